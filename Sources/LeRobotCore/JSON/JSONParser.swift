import Foundation
import OrderedCollections

extension JSONValue {
  /// Reads one JSON value as Python's `json.loads` does: `NaN`, `Infinity` and `-Infinity` are
  /// numbers; of equal keys the last value wins, at the position of the first.
  ///
  /// An integer beyond 64 bits becomes a double.
  /// - Throws: `JSONError`, with line and column.
  package init(parsing text: String) throws(JSONError) {
    var parser = JSONParser(bytes: Array(text.utf8))
    self = try parser.document()
  }

  /// Reads one JSON value from UTF-8 bytes, as `init(parsing: String)` does.
  package init(parsing data: Data) throws(JSONError) {
    var parser = JSONParser(bytes: Array(data))
    self = try parser.document()
  }
}

/// A recursive-descent parser over the bytes of a text. It computes positions only for errors.
struct JSONParser {
  static let depthLimit = 200

  let bytes: [UInt8]
  /// Whether a key that stands twice in an object is an error.
  let refusesDuplicates: Bool
  var index = 0
  var depth = 0
  /// The offset of each value by its path of keys; nil where it is not needed.
  var offsets: [[String]: Int]?
  private var path: [String] = []

  init(bytes: [UInt8], refusesDuplicates: Bool = false) {
    self.bytes = bytes
    self.refusesDuplicates = refusesDuplicates
  }

  mutating func document() throws(JSONError) -> JSONValue {
    skipSpace()
    let value = try value()
    skipSpace()
    if index < bytes.count { throw .trailing(at: position(of: index)) }
    return value
  }

  /// The value behind a key or an index.
  private mutating func value(under key: String) throws(JSONError) -> JSONValue {
    path.append(key)
    defer { path.removeLast() }
    return try value()
  }

  private mutating func value() throws(JSONError) -> JSONValue {
    offsets?[path] = index
    switch peek {
    case UInt8(ascii: "{"): return try nested { (parser) throws(JSONError) in try parser.object() }
    case UInt8(ascii: "["): return try nested { (parser) throws(JSONError) in try parser.array() }
    case UInt8(ascii: "\""): return .string(try string())
    default: break
    }
    for (word, value) in Self.words where accept(word) { return value }
    guard let number = number() else { throw unexpected("a value") }
    return number
  }

  private static let words: [(StaticString, JSONValue)] = [
    ("null", .null), ("true", .bool(true)), ("false", .bool(false)), ("NaN", .double(.nan)),
    ("Infinity", .double(.infinity)), ("-Infinity", .double(-.infinity)),
  ]

  private mutating func nested(
    _ body: (inout JSONParser) throws(JSONError) -> JSONValue
  ) throws(JSONError) -> JSONValue {
    guard depth < Self.depthLimit else {
      throw .tooDeep(limit: Self.depthLimit, at: position(of: index))
    }
    depth += 1
    index += 1
    skipSpace()
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func object() throws(JSONError) -> JSONValue {
    var members: OrderedDictionary<String, JSONValue> = [:]
    if accept("}") { return .object(members) }
    while true {
      guard peek == UInt8(ascii: "\"") else { throw unexpected("a key in double quotes") }
      let key = try string()
      skipSpace()
      if refusesDuplicates, members[key] != nil {
        throw .duplicateKey(path: path + [key], at: position(of: index))
      }
      guard accept(":") else { throw unexpected("\":\"") }
      skipSpace()
      members[key] = try value(under: key)
      skipSpace()
      if accept("}") { return .object(members) }
      guard accept(",") else { throw unexpected("\",\" or \"}\"") }
      skipSpace()
    }
  }

  private mutating func array() throws(JSONError) -> JSONValue {
    var elements: [JSONValue] = []
    if accept("]") { return .array(elements) }
    while true {
      elements.append(
        offsets == nil ? try value() : try value(under: String(elements.count)))
      skipSpace()
      if accept("]") { return .array(elements) }
      guard accept(",") else { throw unexpected("\",\" or \"]\"") }
      skipSpace()
    }
  }

  /// -?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?, and nothing consumed when that does not match.
  private mutating func number() -> JSONValue? {
    var end = index
    if at(end) == UInt8(ascii: "-") { end += 1 }
    let digits = skipDigits(from: end)
    guard digits > end else { return nil }
    end = at(end) == UInt8(ascii: "0") ? end + 1 : digits
    var isInteger = true
    if at(end) == UInt8(ascii: "."), case let next = skipDigits(from: end + 1), next > end + 1 {
      (end, isInteger) = (next, false)
    }
    if at(end) == UInt8(ascii: "e") || at(end) == UInt8(ascii: "E") {
      let sign = at(end + 1) == UInt8(ascii: "-") || at(end + 1) == UInt8(ascii: "+")
      let start = end + (sign ? 2 : 1)
      let next = skipDigits(from: start)
      if next > start { (end, isInteger) = (next, false) }
    }
    let text = String(decoding: bytes[index..<end], as: UTF8.self)
    index = end
    if isInteger, let value = Int(text) { return .int(value) }
    return Double(text).map { .double($0) }
  }

  private func skipDigits(from start: Int) -> Int {
    var end = start
    while let byte = at(end), byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { end += 1 }
    return end
  }
}

// MARK: - Characters

extension JSONParser {
  var peek: UInt8? { at(index) }

  func at(_ index: Int) -> UInt8? {
    index < bytes.count ? bytes[index] : nil
  }

  mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      index += 1
    }
  }

  mutating func accept(_ word: StaticString) -> Bool {
    word.withUTF8Buffer { word in
      guard bytes.count - index >= word.count,
        bytes[index..<index + word.count].elementsEqual(word)
      else { return false }
      index += word.count
      return true
    }
  }

  func position(of offset: Int) -> JSONPosition {
    let before = bytes[..<min(offset, bytes.count)]
    let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let line = before.reduce(into: 1) { $0 += $1 == 0x0A ? 1 : 0 }
    return JSONPosition(line: line, column: offset - lineStart + 1)
  }

  func unexpected(_ expected: String) -> JSONError {
    let rest = String(decoding: bytes[min(index, bytes.count)...].prefix(8), as: UTF8.self)
    return .unexpected(
      found: rest.first.map(String.init), expected: expected, at: position(of: index))
  }
}
