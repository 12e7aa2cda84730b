import OrderedCollections

/// Writes safetensors files in one call.
package enum SafetensorsWriter {
  /// Writes tensors to a file, one at a time, and waits until they are on the disk.
  ///
  /// - Parameter metadata: the header's `__metadata__`. LeRobot writes none, unless tensors are
  ///   tied.
  package static func write(
    _ tensors: NamedTensors, to path: String,
    metadata: OrderedDictionary<String, String>? = nil
  ) throws(FileError) {
    var sink = try SafetensorsSink(path: path, entries: tensors.entries, metadata: metadata)
    try sink.write(tensors)
  }
}
