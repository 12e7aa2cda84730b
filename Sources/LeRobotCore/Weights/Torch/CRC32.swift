/// The checksum of zip archives (ISO-HDLC, polynomial 0xEDB88320 reflected).
package struct CRC32 {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
    }
  }

  private var state: UInt32 = 0xFFFF_FFFF

  /// Of no bytes yet.
  package init() {}

  /// The checksum of all bytes taken in.
  package var value: UInt32 { ~state }

  /// Takes in bytes.
  package mutating func update(_ bytes: some Sequence<UInt8>) {
    var state = state
    Self.table.withUnsafeBufferPointer { table in
      for byte in bytes { state = state >> 8 ^ table[Int((state ^ UInt32(byte)) & 0xFF)] }
    }
    self.state = state
  }
}
