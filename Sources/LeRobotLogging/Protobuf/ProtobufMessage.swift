import LeRobotCore

/// A message in protobuf's wire format, built field by field.
///
/// The event files of TensorBoard and Weights & Biases hold such messages. Of them only some fields
/// are used, so they are written by their numbers, which tests hold against the descriptors.
package struct ProtobufMessage: Sendable, Equatable {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  private enum WireType: UInt8 {
    case varint = 0
    case fixed64 = 1
    case length = 2
    case fixed32 = 5
  }

  private mutating func key(_ field: Int, _ type: WireType) {
    varint(UInt64(field) << 3 | UInt64(type.rawValue))
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// An `int32`, `int64`, `uint64` or `enum`.
  package mutating func add(_ field: Int, _ value: Int) {
    key(field, .varint)
    varint(UInt64(bitPattern: Int64(value)))
  }

  package mutating func add(_ field: Int, _ value: Bool) { add(field, value ? 1 : 0) }

  package mutating func add(_ field: Int, _ value: Double) {
    key(field, .fixed64)
    bytes += value.bitPattern.littleEndianBytes
  }

  package mutating func add(_ field: Int, _ value: Float) {
    key(field, .fixed32)
    bytes += value.bitPattern.littleEndianBytes
  }

  package mutating func add(_ field: Int, bytes value: some Collection<UInt8>) {
    key(field, .length)
    varint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  package mutating func add(_ field: Int, _ value: String) { add(field, bytes: value.utf8) }

  package mutating func add(_ field: Int, _ value: ProtobufMessage) {
    add(field, bytes: value.bytes)
  }

  /// A message that `fill` fills.
  package mutating func add(_ field: Int, _ fill: (inout ProtobufMessage) -> Void) {
    var message = ProtobufMessage()
    fill(&message)
    add(field, message)
  }
}
