// The normal forms are no public part of Swift's library; Foundation's are of an older Unicode and leave
// some syllables of Hangul apart.
@_spi(_Unicode) import Swift

/// Normalization form C as the `tokenizers` library makes it, with the tables of Unicode 9: characters
/// that came later stay as they are.
enum ComposedText {
  static func compose(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    // Below U+0300 nothing composes.
    guard text.contains(where: { $0.value >= 0x300 }) else { return text }
    var composed: [Unicode.Scalar] = []
    var known = String.UnicodeScalarView()
    for scalar in text {
      if !scalar.isOfUnicode(9) {
        composed += String(known)._nfc
        composed.append(scalar)
        known = String.UnicodeScalarView()
      } else if let marks = marks[scalar] {
        known.append(contentsOf: marks)
      } else {
        known.append(scalar)
      }
    }
    return composed + String(known)._nfc
  }

  /// Vowel signs of Tibetan that are made of two marks but count as none: Swift's library does not sort
  /// their parts among the marks before them.
  private static let marks: [Unicode.Scalar: [Unicode.Scalar]] = [
    "\u{F73}": ["\u{F71}", "\u{F72}"], "\u{F75}": ["\u{F71}", "\u{F74}"],
    "\u{F81}": ["\u{F71}", "\u{F80}"],
  ]
}
