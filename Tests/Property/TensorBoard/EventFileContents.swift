import LeRobotCore
import LeRobotLogging

/// What an event file of TensorBoard holds, read without the code that writes it.
struct EventFileContents {
  private(set) var events: [ProtobufFields] = []
  /// Bytes after the last whole record.
  private(set) var rest = 0

  /// - Returns: nil where a checksum or a message is wrong.
  init?(_ bytes: [UInt8]) {
    var at = 0
    while let length = Self.number(bytes, at, count: 8), at + 16 + length <= bytes.count {
      let data = Array(bytes[at + 12..<at + 12 + length])
      guard Self.number(bytes, at + 8, count: 4) == Self.mask(Array(bytes[at..<at + 8])),
        Self.number(bytes, at + 12 + length, count: 4) == Self.mask(data),
        let event = ProtobufFields(data)
      else { return nil }
      events.append(event)
      at += 16 + length
    }
    rest = bytes.count - at
  }

  /// All event files of a run's folder, in the order of their names.
  static func read(_ run: String) throws -> [(name: String, contents: EventFileContents?)] {
    let folder = RunDirectory(path: run).tensorBoard
    return try FileSystem.list(folder).map { name in
      (name, EventFileContents(try TextFile.bytes("\(folder)/\(name)")))
    }
  }

  private static func number(_ bytes: [UInt8], _ at: Int, count: Int) -> Int? {
    guard at + count <= bytes.count else { return nil }
    return bytes[at..<at + count].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// CRC-32C bit by bit, turned and with the format's constant.
  private static func mask(_ bytes: [UInt8]) -> Int {
    var rest: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      rest ^= UInt32(byte)
      for _ in 0..<8 { rest = rest & 1 == 1 ? rest >> 1 ^ 0x82F6_3B78 : rest >> 1 }
    }
    let checksum = ~rest
    return Int((checksum >> 15 | checksum << 17) &+ 0xA282_EAD8)
  }
}

// MARK: - Summaries

extension EventFileContents {
  /// A value of an event.
  struct Value {
    var tag: String
    var step: Int
    var time: Double
    var plugin: String
    var fields: ProtobufFields

    /// The number of a scalar.
    var number: Float { Float(bitPattern: UInt32(truncatingIfNeeded: fields.number(2))) }
    /// The text of a tensor.
    var text: String { fields.message(8)?.text(8) ?? "" }
    /// The picture of an image.
    var picture: ProtobufFields? { fields.message(4) }
  }

  /// The values of all events that one plugin shows, in their order.
  func values(_ plugin: String) -> [Value] {
    events.flatMap { event in
      (event.message(5)?.messages(1) ?? []).map { value in
        Value(
          tag: value.text(1), step: event.number(2),
          time: Double(bitPattern: UInt64(bitPattern: Int64(event.number(1)))),
          plugin: value.message(9)?.message(1)?.text(1) ?? "", fields: value)
      }
    }.filter { $0.plugin == plugin }
  }

  /// The points of all scalars: tag, step and number.
  var scalars: [ScalarPoint] {
    values("scalars").map { ScalarPoint(tag: $0.tag, step: $0.step, number: $0.number) }
  }
}

/// A point of a curve. Two of them are the same if their bits are.
struct ScalarPoint: Hashable, CustomStringConvertible {
  var tag: String
  var step: Int
  private var bits: UInt32

  init(tag: String, step: Int, number: Float) {
    (self.tag, self.step, bits) = (tag, step, number.bitPattern)
  }

  var description: String { "\(tag) \(step): \(Float(bitPattern: bits))" }
}
