import OrderedCollections

/// A safetensors file open for reading (github.com/huggingface/safetensors, README "Format").
///
/// Its header is checked against the file's length before anything is allocated; tensors are read
/// when asked for, each in the type that it has in the file.
package struct SafetensorsFile: Sendable {
  let file: RawFile
  let header: SafetensorsHeader
  /// Where the tensors' bytes begin.
  let dataOffset: Int

  /// Opens a file and checks its header.
  package init(path: String) throws(SafetensorsError) {
    let file = try Self.converting { () throws(FileError) in try RawFile(reading: path) }
    let fileSize = try Self.converting { () throws(FileError) in try file.size() }
    let headerSize = try Self.headerSize(file, fileSize: fileSize)
    let text = try Self.converting { () throws(FileError) in
      try file.read(UInt8.self, count: headerSize, at: 8)
    }
    header = try SafetensorsHeader(parsing: text, file: path)
    try header.validate(dataSize: fileSize - 8 - headerSize, file: path)
    self.file = file
    dataOffset = 8 + headerSize
  }

  private static func headerSize(
    _ file: RawFile, fileSize: Int
  ) throws(SafetensorsError) -> Int {
    guard fileSize >= 8 else { throw .tooShort(file: file.path, byteCount: fileSize) }
    let size = try converting { () throws(FileError) in
      try file.read(UInt64.self, count: 1, at: 0)[0]
    }
    guard size <= SafetensorsHeader.sizeLimit else {
      throw .headerTooLarge(
        file: file.path, headerSize: size, limit: SafetensorsHeader.sizeLimit)
    }
    guard size <= fileSize - 8 else {
      throw .headerBeyondFile(file: file.path, headerSize: Int(size), fileSize: fileSize)
    }
    return Int(size)
  }

  package var path: String { file.path }

  /// Types and shapes, in the order of the tensors' bytes in the file.
  package var entries: OrderedDictionary<String, WeightEntry> {
    header.entries.mapValues { WeightEntry($0.type, shape: $0.shape) }
  }

  /// Names in the order of their bytes in the file.
  package var names: [String] { Array(header.entries.keys) }

  /// What `__metadata__` holds; nil where there is none.
  package var metadata: OrderedDictionary<String, String>? { header.metadata }

  /// Gives one tensor; a large one is mapped and not read.
  package func tensor(_ name: String) throws(SafetensorsError) -> HostTensor {
    guard let entry = header.entries[name] else {
      throw .missingTensor(file: file.path, tensor: name)
    }
    let start = dataOffset + entry.range.lowerBound
    let buffer = try Self.converting { () throws(FileError) in
      try file.buffer(start..<start + entry.range.count)
    }
    return HostTensor(entry.type, shape: entry.shape, buffer: buffer)
  }

  /// Gives every tensor, in the order of their bytes in the file.
  package func tensors() throws(SafetensorsError) -> NamedTensors {
    var result: NamedTensors = [:]
    for name in header.entries.keys { result[name] = try tensor(name) }
    return result
  }

  private static func converting<Result>(
    _ body: () throws(FileError) -> Result
  ) throws(SafetensorsError) -> Result {
    do throws(FileError) { return try body() } catch { throw .file(error) }
  }
}
