import OrderedCollections

/// Writes safetensors files, byte for byte as the format's Python library does.
package enum SafetensorsWriter {
  /// Writes tensors to a file and waits until they are on the disk.
  ///
  /// - Parameter metadata: the header's `__metadata__`. LeRobot writes none, unless tensors are
  ///   tied.
  package static func write(
    _ tensors: NamedTensors, to path: String, metadata: OrderedDictionary<String, String>? = nil
  ) throws(FileError) {
    let header = SafetensorsHeader(
      laying: tensors.mapValues { (type: $0.scalarType, shape: $0.shape) }, metadata: metadata)
    let file = try RawFile(writing: path)
    try file.write(header.encoded())
    for name in header.entries.keys {
      try tensors[name]?.buffer.withUnsafeBytes { bytes throws(FileError) in try file.write(bytes) }
    }
    try file.sync()
  }
}
