import OrderedCollections

/// What takes named tensors one at a time, in any order; what they are was announced before.
package protocol WeightSink {
  /// What has to be written, in the order in which it is written fastest.
  var entries: OrderedDictionary<String, WeightEntry> { get }
  /// Writes one tensor, of the type and shape that were announced.
  mutating func write(_ tensor: HostTensor, named name: String) throws(FileError)
  /// Waits until everything is on the disk; every tensor must have been written.
  mutating func finish() throws(FileError)
}

extension WeightSink {
  /// Writes all tensors of a source, one at a time, and waits until they are on the disk. Each
  /// tensor's memory is let go of once it is written.
  package mutating func write(_ source: any WeightSource) throws(WeightError) {
    for name in entries.keys {
      let tensor = try source.tensor(name)
      do throws(FileError) { try write(tensor, named: name) } catch { throw .file(error) }
      tensor.buffer.release()
    }
    do throws(FileError) { try finish() } catch { throw .file(error) }
  }

  /// Writes all tensors of a dictionary, as those of any other source.
  package mutating func write(_ tensors: NamedTensors) throws(FileError) {
    for name in entries.keys {
      guard let tensor = tensors[name] else { continue }
      try write(tensor, named: name)
      tensor.buffer.release()
    }
    try finish()
  }
}

/// One safetensors file, byte for byte as the format's Python library writes it.
package struct SafetensorsSink: WeightSink {
  package let entries: OrderedDictionary<String, WeightEntry>
  private let file: RawFile
  private let header: SafetensorsHeader
  private let dataOffset: Int
  private var missing: Set<String>

  /// Creates the file with its header.
  ///
  /// - Parameter metadata: the header's `__metadata__`. LeRobot writes none, unless tensors are
  ///   tied.
  package init(
    path: String, entries: OrderedDictionary<String, WeightEntry>,
    metadata: OrderedDictionary<String, String>? = nil
  ) throws(FileError) {
    header = SafetensorsHeader(laying: entries, metadata: metadata)
    self.entries = header.entries.mapValues { WeightEntry($0.type, shape: $0.shape) }
    missing = Set(entries.keys)
    let start = header.encoded()
    dataOffset = start.count
    file = try RawFile(writing: path)
    try file.write(start)
  }

  package mutating func write(_ tensor: HostTensor, named name: String) throws(FileError) {
    let entry = header.entries[name]
    precondition(
      entry?.type == tensor.scalarType && entry?.shape == tensor.shape,
      "\(file.path): \(name) \(tensor.shape) of \(tensor.scalarType) was not announced")
    let offset = dataOffset + (entry?.range.lowerBound ?? 0)
    try tensor.buffer.withUnsafeBytes { bytes throws(FileError) in
      try file.write(bytes, at: offset)
    }
    missing.remove(name)
  }

  package mutating func finish() throws(FileError) {
    precondition(missing.isEmpty, "\(file.path): \(missing.sorted()) were not written")
    try file.sync()
  }
}

/// Safetensors files of a limited size, and the index that says which tensor lies in which.
package struct ShardedSafetensorsSink: WeightSink {
  package let entries: OrderedDictionary<String, WeightEntry>
  private let indexPath: String
  private let index: ShardIndex
  private var shards: [String: SafetensorsSink] = [:]

  /// Creates `model-00001-of-00003.safetensors`, … in a folder that exists.
  ///
  /// - Parameters:
  ///   - name: `model.safetensors`.
  ///   - shardSize: bytes of tensors that a file may hold; a larger tensor has one of its own.
  package init(
    folder: String, name: String, entries: OrderedDictionary<String, WeightEntry>, shardSize: Int
  ) throws(FileError) {
    let parts = Self.split(entries, shardSize: shardSize)
    let stem = name.hasSuffix(".safetensors") ? String(name.dropLast(12)) : name
    var places: OrderedDictionary<String, String> = [:]
    for (number, part) in parts.enumerated() {
      let file = "\(stem)-\(Self.padded(number + 1))-of-\(Self.padded(parts.count)).safetensors"
      shards[file] = try SafetensorsSink(path: "\(folder)/\(file)", entries: part)
      for tensor in part.keys { places[tensor] = file }
    }
    index = ShardIndex(places: places)
    indexPath = "\(folder)/\(name)\(ShardIndex.suffix)"
    self.entries = entries
  }

  package mutating func write(_ tensor: HostTensor, named name: String) throws(FileError) {
    let file = index.places[name]
    precondition(file != nil, "\(indexPath): \(name) was not announced")
    if let file { try shards[file]?.write(tensor, named: name) }
  }

  package mutating func finish() throws(FileError) {
    for file in shards.keys.sorted() { try shards[file]?.finish() }
    let byteCount = entries.values.reduce(0) { $0 + $1.byteCount }
    try TextFile.write(index.text(byteCount: byteCount), to: indexPath)
  }

  /// Fills one shard after the other, in the order of the entries.
  private static func split(
    _ entries: OrderedDictionary<String, WeightEntry>, shardSize: Int
  ) -> [OrderedDictionary<String, WeightEntry>] {
    var parts: [OrderedDictionary<String, WeightEntry>] = []
    var size = 0
    for (name, entry) in entries {
      if parts.isEmpty || size + entry.byteCount > shardSize && size > 0 {
        parts.append([:])
        size = 0
      }
      parts[parts.count - 1][name] = entry
      size += entry.byteCount
    }
    return parts
  }

  private static func padded(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  }
}
