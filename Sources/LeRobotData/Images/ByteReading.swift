extension UnsafeRawBufferPointer {
  /// The big-endian 32-bit number at `offset`, nil beyond the end.
  func bigEndian32(at offset: Int) -> Int? {
    guard offset >= 0, offset + 4 <= count else { return nil }
    return Int(UInt32(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
  }

  /// The 16-bit number at `offset`, nil beyond the end.
  func integer16(at offset: Int, littleEndian: Bool) -> Int? {
    guard offset >= 0, offset + 2 <= count else { return nil }
    let value = loadUnaligned(fromByteOffset: offset, as: UInt16.self)
    return Int(littleEndian ? UInt16(littleEndian: value) : UInt16(bigEndian: value))
  }

  /// The 32-bit number at `offset`, nil beyond the end.
  func integer32(at offset: Int, littleEndian: Bool) -> Int? {
    guard offset >= 0, offset + 4 <= count else { return nil }
    let value = loadUnaligned(fromByteOffset: offset, as: UInt32.self)
    return Int(littleEndian ? UInt32(littleEndian: value) : UInt32(bigEndian: value))
  }
}
