/// The fields of a message in protobuf's wire format, as they stand in its bytes.
package struct ProtobufFields: Sendable {
  package enum Value: Sendable, Equatable {
    case number(UInt64)
    case bytes([UInt8])
  }

  /// By field number; a repeated field has several values.
  package private(set) var values: [Int: [Value]] = [:]

  /// - Returns: nil for bytes that are no whole message.
  package init?(_ bytes: some Collection<UInt8>) {
    let bytes = Array(bytes)
    var at = 0
    while at < bytes.count {
      guard let key = Self.varint(bytes, &at), key >> 3 > 0,
        let value = Self.value(of: key & 7, bytes, &at)
      else { return nil }
      values[Int(key >> 3), default: []].append(value)
    }
  }

  private static func value(of type: UInt64, _ bytes: [UInt8], _ at: inout Int) -> Value? {
    switch type {
    case 0: return varint(bytes, &at).map(Value.number)
    case 1: return fixed(bytes, &at, count: 8).map(Value.number)
    case 5: return fixed(bytes, &at, count: 4).map(Value.number)
    case 2:
      guard let length = varint(bytes, &at), length <= bytes.count - at else { return nil }
      defer { at += Int(length) }
      return .bytes(Array(bytes[at..<at + Int(length)]))
    default: return nil
    }
  }

  private static func varint(_ bytes: [UInt8], _ at: inout Int) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
      guard at < bytes.count else { return nil }
      let byte = bytes[at]
      at += 1
      value |= UInt64(byte & 0x7F) << UInt64(shift)
      if byte < 0x80 { return value }
    }
    return nil
  }

  private static func fixed(_ bytes: [UInt8], _ at: inout Int, count: Int) -> UInt64? {
    guard count <= bytes.count - at else { return nil }
    defer { at += count }
    return bytes[at..<at + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  // MARK: - Reading; the last value of a field counts, and none is its zero

  /// An integer, or the bits of a fixed number.
  package func number(_ field: Int) -> Int {
    if case .number(let value)? = values[field]?.last { Int(truncatingIfNeeded: value) } else { 0 }
  }

  /// A string.
  package func text(_ field: Int) -> String {
    if case .bytes(let bytes)? = values[field]?.last {
      String(decoding: bytes, as: UTF8.self)
    } else {
      ""
    }
  }

  /// The texts of a repeated field.
  package func texts(_ field: Int) -> [String] {
    (values[field] ?? []).compactMap { value in
      if case .bytes(let bytes) = value { String(decoding: bytes, as: UTF8.self) } else { nil }
    }
  }

  /// A message inside; nil where there is none.
  package func message(_ field: Int) -> ProtobufFields? {
    if case .bytes(let bytes)? = values[field]?.last { ProtobufFields(bytes) } else { nil }
  }

  /// The messages of a repeated field.
  package func messages(_ field: Int) -> [ProtobufFields] {
    (values[field] ?? []).compactMap { value in
      if case .bytes(let bytes) = value { ProtobufFields(bytes) } else { nil }
    }
  }

  /// Whether a field has a value.
  package func has(_ field: Int) -> Bool { values[field] != nil }
}
