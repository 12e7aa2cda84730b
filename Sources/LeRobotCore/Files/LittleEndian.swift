extension FixedWidthInteger {
  /// The number's bytes, the least significant first, as most file formats have them.
  package var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
}
