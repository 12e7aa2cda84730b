import LeRobotCore

/// The frame of a record in a TFRecord file, the format of TensorBoard's event files.
///
///     length of the data, 8 bytes | its checksum, 4 | data | its checksum, 4
///
/// All numbers are little-endian (TensorFlow `lib/io/record_writer.h`).
package enum RecordFraming {
  /// A record with its frame.
  package static func framed(_ data: [UInt8]) -> [UInt8] {
    let length = UInt64(data.count).littleEndianBytes
    return length + maskedChecksum(length).littleEndianBytes + data
      + maskedChecksum(data).littleEndianBytes
  }

  /// The format turns checksums and adds a constant, so that a record of records does not hold the
  /// checksum of bytes that contain their own.
  package static func maskedChecksum(_ bytes: [UInt8]) -> UInt32 {
    let checksum = checksum(bytes)
    return (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
  }

  /// CRC-32C (RFC 3720, B.4): the polynomial of Castagnoli, mirrored, begun and ended with ones.
  package static func checksum(_ bytes: [UInt8]) -> UInt32 {
    table.withUnsafeBufferPointer { table in
      ~bytes.reduce(~0) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
    }
  }

  /// The remainder of each byte.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { rest, _ in rest >> 1 ^ (rest & 1 == 0 ? 0 : 0x82F6_3B78) }
  }
}
