import OrderedCollections

/// Writes safetensors files, byte for byte as the format's Python library does.
package enum SafetensorsWriter {
  /// Writes tensors to a file and waits until they are on the disk.
  ///
  /// - Parameters:
  ///   - types: for names that shall not be written as their host type: half-precision floats and
  ///     narrow integers. A value that does not fit a narrow integer is cut to its low bits.
  ///   - metadata: the header's `__metadata__`. LeRobot writes none, unless tensors are tied.
  package static func write(
    _ tensors: NamedTensors, to path: String,
    types: [String: SafetensorsType] = [:], metadata: OrderedDictionary<String, String>? = nil
  ) throws(FileError) {
    let layout = tensors.map { name, tensor in
      let type = types[name] ?? SafetensorsType(tensor.scalarType)
      precondition(
        type.isWritable(from: tensor.scalarType), "\(name): \(tensor.scalarType) as \(type)")
      return (name, (type: type, shape: tensor.shape))
    }
    let header = SafetensorsHeader(
      laying: OrderedDictionary(uniqueKeysWithValues: layout), metadata: metadata)
    let file = try RawFile(writing: path)
    try file.write(header.encoded())
    for (name, entry) in header.entries {
      if let tensor = tensors[name] { try write(tensor.storage, as: entry.type, to: file) }
    }
    try file.sync()
  }

  private static func write(
    _ storage: HostTensor.Storage, as type: SafetensorsType, to file: RawFile
  ) throws(FileError) {
    switch storage {
    case .bool(let values): try file.write(values)
    case .uint8(let values): try file.write(values)
    case .float64(let values): try file.write(values)
    case .picture(let picture): try write(.float32(picture.numbers), as: type, to: file)
    case .int64(let values):
      switch type {
      case .int32: try file.write(values.map(Int32.init(truncatingIfNeeded:)))
      case .int16: try file.write(values.map(Int16.init(truncatingIfNeeded:)))
      case .int8: try file.write(values.map(Int8.init(truncatingIfNeeded:)))
      default: try file.write(values)
      }
    case .float32(let values):
      switch type {
      case .float16: try file.write(values.map(HalfPrecision.float16Bits))
      case .bfloat16: try file.write(values.map(HalfPrecision.bfloat16Bits))
      default: try file.write(values)
      }
    }
  }
}
