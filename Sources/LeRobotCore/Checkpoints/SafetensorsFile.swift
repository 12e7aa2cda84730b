import OrderedCollections

/// A safetensors file open for reading (github.com/huggingface/safetensors, README "Format").
///
/// Its header is checked against the file's length before anything is allocated; tensors are read
/// when asked for, each once and straight into its own memory.
package struct SafetensorsFile: Sendable {
  private let file: RawFile
  private let header: SafetensorsHeader
  private let dataOffset: Int

  /// Opens a file and checks its header.
  package init(path: String) throws(SafetensorsError) {
    let file = try Self.converting { () throws(FileError) in try RawFile(reading: path) }
    let fileSize = try Self.converting { () throws(FileError) in try file.size() }
    let headerSize = try Self.headerSize(file, fileSize: fileSize)
    let text = try Self.converting { () throws(FileError) in
      try file.read(UInt8.self, count: headerSize, at: 8)
    }
    var parser = SafetensorsHeaderParser(text, file: path)
    let header = try parser.parse()
    try header.validate(dataSize: fileSize - 8 - headerSize, file: path)
    self.file = file
    self.header = header
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

  /// Names in the order of their bytes in the file.
  package var names: [String] { Array(header.entries.keys) }

  /// What `__metadata__` holds; nil where there is none.
  package var metadata: OrderedDictionary<String, String>? { header.metadata }

  /// The type a tensor has in the file; nil where there is no such tensor.
  package func type(of name: String) -> ScalarType? { header.entries[name]?.type }

  /// The shape a tensor has in the file; nil where there is no such tensor.
  package func shape(of name: String) -> [Int]? { header.entries[name]?.shape }

  /// Reads one tensor, in the type that it has in the file.
  package func tensor(_ name: String) throws(SafetensorsError) -> HostTensor {
    guard let entry = header.entries[name] else {
      throw .missingTensor(file: file.path, tensor: name)
    }
    let bytes = try Self.converting { () throws(FileError) in
      try file.read(
        UInt8.self, count: entry.range.count, at: dataOffset + entry.range.lowerBound)
    }
    return HostTensor(entry.type, shape: entry.shape, buffer: HostBuffer(bytes))
  }

  /// Reads every tensor, in the order of their bytes in the file.
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
