/// The classes of characters that patterns speak of, as the regular expressions of the `tokenizers`
/// library see them.
extension Unicode.Scalar {
  /// `\p{L}`.
  var isLetter: Bool {
    if value < 0x80 { return (0x41...0x5A).contains(value) || (0x61...0x7A).contains(value) }
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return isOfUnicode(16)
    default: return false
    }
  }

  /// `\p{N}`: digits of all scripts, and numerals such as ² and Ⅷ.
  var isNumber: Bool { isNumeric && (value < 0x80 || isOfUnicode(16)) }

  /// Rust's `char::is_numeric`: the same of a newer Unicode.
  var isNumeric: Bool {
    if value < 0x80 { return (0x30...0x39).contains(value) }
    switch properties.generalCategory {
    case .decimalNumber, .letterNumber, .otherNumber: return true
    default: return false
    }
  }

  /// `\s`.
  var isSpace: Bool {
    if value < 0x80 { return value == 0x20 || (0x09...0x0D).contains(value) }
    return properties.isWhitespace
  }

  /// `\w` of Rust's regular expressions (UTS 18, Annex C).
  var isWord: Bool {
    guard isOfUnicode(16) else { return false }
    if properties.isAlphabetic || properties.isJoinControl { return true }
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation:
      return true
    default: return false
    }
  }

  /// A line's end to Qwen's pattern.
  var isLineBreak: Bool { self == "\r" || self == "\n" }

  /// Whether a version of Unicode knows the character: libraries bring their own tables, some of them
  /// older than Swift's.
  func isOfUnicode(_ version: Int) -> Bool {
    properties.age.map { ($0.major, $0.minor) <= (version, 0) } ?? false
  }
}
