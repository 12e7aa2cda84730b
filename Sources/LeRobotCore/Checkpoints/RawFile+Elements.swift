extension RawFile {
  /// Reads elements of a file's type as what a `HostTensor` holds: half precision becomes float32,
  /// narrow integers int64, both without loss.
  func read(
    _ type: SafetensorsType, count: Int, at offset: Int
  ) throws(FileError) -> HostTensor.Storage {
    switch type {
    // Any byte but zero is true: a Swift Bool of another bit pattern would be undefined.
    case .bool: .bool(try read(UInt8.self, count: count, at: offset).map { $0 != 0 })
    case .uint8: .uint8(try read(UInt8.self, count: count, at: offset))
    case .int64: .int64(try read(Int64.self, count: count, at: offset))
    case .float32: .float32(try read(Float.self, count: count, at: offset))
    case .float64: .float64(try read(Double.self, count: count, at: offset))
    case .int8: .int64(try read(Int8.self, count: count, at: offset).map(Int64.init))
    case .int16: .int64(try read(Int16.self, count: count, at: offset).map(Int64.init))
    case .int32: .int64(try read(Int32.self, count: count, at: offset).map(Int64.init))
    case .float16:
      .float32(try read(UInt16.self, count: count, at: offset).map(HalfPrecision.float16))
    case .bfloat16:
      .float32(try read(UInt16.self, count: count, at: offset).map(HalfPrecision.bfloat16))
    }
  }
}
