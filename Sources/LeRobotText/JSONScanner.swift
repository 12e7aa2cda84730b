/// Walks over the bytes of a JSON text without building values: a vocabulary of 260,000 tokens is read
/// as fast as its bytes can be looked at.
///
/// It takes every text that `JSONValue` takes and some that it does not: what is wrong with a text is
/// found by reading it again with that one.
struct JSONScanner {
  /// The text is not JSON, or not of the expected form, at this offset.
  struct Failure: Error {
    let offset: Int
  }

  let bytes: [UInt8]
  private(set) var index = 0
  private static let depthLimit = 200

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The next byte that is no blank; nil at the end.
  mutating func peek() -> UInt8? {
    while index < bytes.count {
      let byte = bytes[index]
      if byte != 0x20, byte != 0x0A, byte != 0x0D, byte != 0x09 { return byte }
      index += 1
    }
    return nil
  }

  /// Steps over a byte, if it is the next one that is no blank.
  mutating func accept(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    index += 1
    return true
  }

  private mutating func expect(_ byte: UInt8) throws(Failure) {
    if !accept(byte) { throw Failure(offset: index) }
  }

  /// Steps over what is left, which may only be blanks.
  mutating func end() throws(Failure) {
    if peek() != nil { throw Failure(offset: index) }
  }

  // MARK: Lists and dictionaries

  /// Reads a dictionary; `body` reads the value of a key, which it finds in `key`.
  mutating func members<Problem: Error>(
    _ key: inout [UInt8], wrapping: (Failure) -> Problem,
    _ body: (inout JSONScanner, inout [UInt8]) throws(Problem) -> Void
  ) throws(Problem) {
    do throws(Failure) {
      try expect(UInt8(ascii: "{"))
      if accept(UInt8(ascii: "}")) { return }
    } catch {
      throw wrapping(error)
    }
    while true {
      do throws(Failure) {
        key.removeAll(keepingCapacity: true)
        try string(into: &key)
        try expect(UInt8(ascii: ":"))
      } catch {
        throw wrapping(error)
      }
      try body(&self, &key)
      if accept(UInt8(ascii: "}")) { return }
      if !accept(UInt8(ascii: ",")) { throw wrapping(Failure(offset: index)) }
    }
  }

  /// Reads a list; `body` reads an element.
  mutating func elements<Problem: Error>(
    wrapping: (Failure) -> Problem, _ body: (inout JSONScanner) throws(Problem) -> Void
  ) throws(Problem) {
    if !accept(UInt8(ascii: "[")) { throw wrapping(Failure(offset: index)) }
    if accept(UInt8(ascii: "]")) { return }
    while true {
      try body(&self)
      if accept(UInt8(ascii: "]")) { return }
      if !accept(UInt8(ascii: ",")) { throw wrapping(Failure(offset: index)) }
    }
  }

  /// Steps over any value and gives its bytes.
  mutating func value() throws(Failure) -> Range<Int> {
    guard peek() != nil else { throw Failure(offset: index) }
    let start = index
    var depth = 0
    repeat {
      guard let byte = peek() else { throw Failure(offset: index) }
      switch byte {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        if depth > Self.depthLimit { throw Failure(offset: index) }
        index += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth < 0 { throw Failure(offset: index) }
        index += 1
      case UInt8(ascii: "\""): try skipString()
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        if depth == 0 { throw Failure(offset: index) }
        index += 1
      default: skipWord()
      }
    } while depth > 0
    return start..<index
  }

  private mutating func skipWord() {
    while index < bytes.count {
      switch bytes[index] {
      case 0x20, 0x0A, 0x0D, 0x09, UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "]"),
        UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "\""):
        return
      default: index += 1
      }
    }
  }

  private mutating func skipString() throws(Failure) {
    index += 1
    while index < bytes.count {
      let byte = bytes[index]
      index += byte == UInt8(ascii: "\\") ? 2 : 1
      if byte == UInt8(ascii: "\"") { return }
    }
    throw Failure(offset: bytes.count)
  }

  // MARK: Numbers and strings

  /// Reads an integer of at most 18 digits.
  mutating func integer() throws(Failure) -> Int {
    let isNegative = accept(UInt8(ascii: "-"))
    let start = isNegative || peek() != nil ? index : bytes.count
    var number = 0
    while index < bytes.count, case let digit = Int(bytes[index]) - 48, (0...9).contains(digit) {
      guard index - start < 18 else { throw Failure(offset: index) }
      number = number * 10 + digit
      index += 1
    }
    let isFraction = index < bytes.count && [0x2E, 0x45, 0x65].contains(bytes[index])
    guard index > start, !isFraction else { throw Failure(offset: index) }
    return isNegative ? -number : number
  }

  /// Reads a string and appends its UTF-8, escapes replaced.
  mutating func string(into text: inout [UInt8]) throws(Failure) {
    try expect(UInt8(ascii: "\""))
    var start = index
    while index < bytes.count {
      let byte = bytes[index]
      if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
        index += 1
        continue
      }
      text.append(contentsOf: bytes[start..<index])
      guard byte >= 0x20 else { throw Failure(offset: index) }
      index += 1
      if byte == UInt8(ascii: "\"") { return }
      try escape(into: &text)
      start = index
    }
    throw Failure(offset: index)
  }

  /// The character after a backslash, behind which `index` is.
  private mutating func escape(into text: inout [UInt8]) throws(Failure) {
    guard index < bytes.count else { throw Failure(offset: index) }
    let byte = bytes[index]
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): text.append(contentsOf: String(try unicodeEscape()).utf8)
    default: throw Failure(offset: index)
    }
  }

  /// Four hexadecimal digits, or two such groups that make a surrogate pair.
  private mutating func unicodeEscape() throws(Failure) -> Unicode.Scalar {
    let high = try hexadecimal()
    if let scalar = Unicode.Scalar(high) { return scalar }
    guard high < 0xDC00, index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
      bytes[index + 1] == UInt8(ascii: "u")
    else { throw Failure(offset: index) }
    index += 2
    let low = try hexadecimal()
    guard (0xDC00..<0xE000).contains(low),
      let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
    else { throw Failure(offset: index) }
    return scalar
  }

  private mutating func hexadecimal() throws(Failure) -> UInt32 {
    guard bytes.count - index >= 4 else { throw Failure(offset: index) }
    var number: UInt32 = 0
    for _ in 0..<4 {
      let character = Character(Unicode.Scalar(bytes[index]))
      guard character.isASCII, let digit = character.hexDigitValue else {
        throw Failure(offset: index)
      }
      number = number << 4 | UInt32(digit)
      index += 1
    }
    return number
  }
}

/// The offset of the first byte that is not part of UTF-8 text; nil where there is none.
func firstInvalidUTF8(_ bytes: [UInt8]) -> Int? {
  do {
    _ = try UTF8Span(validating: bytes.span)
    return nil
  } catch {
    return error.byteOffsets.lowerBound
  }
}
