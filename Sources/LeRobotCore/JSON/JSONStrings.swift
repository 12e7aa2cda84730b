/// Reading of JSON strings: escapes, surrogate pairs, control characters, UTF-8.
extension JSONParser {
  /// Reads the string whose opening quote is at `index`.
  mutating func string() throws(JSONError) -> String {
    index += 1
    var text: [UInt8] = []
    var start = index
    while true {
      guard let byte = peek else { throw unexpected("the closing quote of a string") }
      if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
        index += 1
        continue
      }
      guard byte >= 0x20 else { throw .controlCharacter(at: position(of: index)) }
      text += bytes[start..<index]
      index += 1
      if byte == UInt8(ascii: "\"") { return try decode(text) }
      text += String(try escape()).utf8
      start = index
    }
  }

  private func decode(_ text: [UInt8]) throws(JSONError) -> String {
    guard let string = String(validating: text, as: UTF8.self) else {
      throw .notUTF8(at: position(of: index))
    }
    return string
  }

  /// The character after a backslash; `index` is behind the backslash.
  private mutating func escape() throws(JSONError) -> Unicode.Scalar {
    let start = index - 1
    guard let byte = peek else { throw unexpected("an escaped character") }
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{08}"
    case UInt8(ascii: "f"): return "\u{0C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      if let scalar = unicodeEscape() { return scalar }
      fallthrough
    default: throw .invalidEscape(at: position(of: start))
    }
  }

  /// Four hexadecimal digits, or two such groups that make a surrogate pair.
  private mutating func unicodeEscape() -> Unicode.Scalar? {
    guard let high = hexadecimal() else { return nil }
    guard (0xD800..<0xDC00).contains(high) else { return Unicode.Scalar(high) }
    guard accept("\\u"), let low = hexadecimal(), (0xDC00..<0xE000).contains(low) else {
      return nil
    }
    return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
  }

  private mutating func hexadecimal() -> UInt32? {
    guard bytes.count - index >= 4 else { return nil }
    let digits = bytes[index..<index + 4]
    guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
    index += 4
    return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}
