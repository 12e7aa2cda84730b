import OrderedCollections

/// Reads the JSON of a safetensors header: one object of tensors, each with exactly `dtype`,
/// `shape` and `data_offsets`, and an optional `__metadata__` of strings.
///
/// It is stricter than a general JSON reader: a name that stands twice is an error, and nothing
/// nests deeper than the format does, so that no input can exhaust the stack.
struct SafetensorsHeaderParser {
  private let file: String
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  /// Parses the whole header; entries come in the order of their bytes.
  mutating func parse() throws(SafetensorsError) -> SafetensorsHeader {
    var found: [(name: String, entry: SafetensorsHeader.Entry)] = []
    var names: Set<String> = []
    var metadata: OrderedDictionary<String, String>?
    try object { parser, name throws(SafetensorsError) in
      if !names.insert(name).inserted {
        throw .duplicateName(file: parser.file, tensor: name)
      }
      if name == "__metadata__" {
        metadata = try parser.strings()
      } else {
        found.append((name, try parser.entry(name)))
      }
    }
    skipSpace()
    if position != bytes.count { throw unexpected("text after the header's end") }
    // Empty tensors share their offset; the name breaks the tie.
    found.sort {
      ($0.entry.range.lowerBound, $0.entry.range.upperBound, $0.name)
        < ($1.entry.range.lowerBound, $1.entry.range.upperBound, $1.name)
    }
    let entries = OrderedDictionary(uniqueKeysWithValues: found.map { ($0.name, $0.entry) })
    return SafetensorsHeader(entries: entries, metadata: metadata)
  }

  private mutating func entry(
    _ tensor: String
  ) throws(SafetensorsError) -> SafetensorsHeader.Entry {
    var type: ScalarType?
    var shape: [Int]?
    var offsets: [Int]?
    try object { parser, key throws(SafetensorsError) in
      switch key {
      case "dtype" where type == nil:
        let name = try parser.string()
        type = ScalarType(rawValue: name)
        if type == nil { throw .unknownType(file: parser.file, tensor: tensor, type: name) }
      case "shape" where shape == nil: shape = try parser.integers()
      case "data_offsets" where offsets == nil: offsets = try parser.integers()
      default: throw parser.unexpected("\(tensor) has a wrong field \(key)")
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2, offsets[0] <= offsets[1] else {
      throw unexpected("\(tensor) lacks a dtype, a shape or two ascending data_offsets")
    }
    return SafetensorsHeader.Entry(type: type, shape: shape, range: offsets[0]..<offsets[1])
  }

  private mutating func strings() throws(SafetensorsError) -> OrderedDictionary<String, String> {
    var result: OrderedDictionary<String, String> = [:]
    try object { parser, key throws(SafetensorsError) in
      if result.updateValue(try parser.string(), forKey: key) != nil {
        throw .duplicateName(file: parser.file, tensor: "__metadata__." + key)
      }
    }
    return result
  }
}

// MARK: JSON

extension SafetensorsHeaderParser {
  /// Reads `{"key": value, …}`; `field` reads each value.
  private mutating func object(
    _ field: (inout Self, String) throws(SafetensorsError) -> Void
  ) throws(SafetensorsError) {
    try expect("{")
    if accept("}") { return }
    repeat {
      let key = try string()
      try expect(":")
      try field(&self, key)
    } while accept(",")
    try expect("}")
  }

  private mutating func integers() throws(SafetensorsError) -> [Int] {
    var result: [Int] = []
    try expect("[")
    if accept("]") { return result }
    repeat { result.append(try integer()) } while accept(",")
    try expect("]")
    return result
  }

  /// A whole number from zero up.
  private mutating func integer() throws(SafetensorsError) -> Int {
    skipSpace()
    let start = position
    while position < bytes.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[position] {
      position += 1
    }
    let digits = String(decoding: bytes[start..<position], as: UTF8.self)
    guard let value = Int(digits), digits == String(value) else {
      position = start
      throw unexpected("expected a whole number")
    }
    return value
  }

  private mutating func string() throws(SafetensorsError) -> String {
    try expect("\"")
    let start = position
    var units: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: units, as: UTF8.self) else {
          position = start
          throw unexpected("a string is not UTF-8")
        }
        return text
      case UInt8(ascii: "\\"): units.append(contentsOf: try escape())
      case 0..<0x20: throw unexpected("a control character in a string")
      default: units.append(byte)
      }
    }
    throw unexpected("a string does not end")
  }

  private mutating func escape() throws(SafetensorsError) -> [UInt8] {
    guard position < bytes.count else { throw unexpected("a string does not end") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw unexpected("an unknown escape in a string")
    }
  }

  private mutating func unicodeEscape() throws(SafetensorsError) -> [UInt8] {
    var units = [try hexadecimal()]
    if UTF16.isLeadSurrogate(units[0]) {
      guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
        bytes[position + 1] == UInt8(ascii: "u")
      else { throw unexpected("half of a surrogate pair") }
      position += 2
      units.append(try hexadecimal())
    }
    guard let text = String(validating: units, as: UTF16.self) else {
      throw unexpected("half of a surrogate pair")
    }
    return Array(text.utf8)
  }

  private mutating func hexadecimal() throws(SafetensorsError) -> UInt16 {
    var value: UInt16 = 0
    for _ in 0..<4 {
      guard position < bytes.count,
        let digit = Character(UnicodeScalar(bytes[position])).hexDigitValue
      else { throw unexpected("expected four hexadecimal digits") }
      value = value << 4 | UInt16(digit)
      position += 1
    }
    return value
  }

  private mutating func expect(_ character: Character) throws(SafetensorsError) {
    if !accept(character) { throw unexpected("expected \(character)") }
  }

  /// Steps over `character` where it is next.
  private mutating func accept(_ character: Character) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == character.asciiValue else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
      position += 1
    }
  }

  private func unexpected(_ reason: String) -> SafetensorsError {
    .invalidHeader(file: file, position: position, reason: reason)
  }
}
