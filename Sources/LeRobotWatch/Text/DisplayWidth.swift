extension Character {
  /// The columns of a terminal that the character takes: 0, 1 or 2.
  ///
  /// Terminals count like `wcwidth`: marks that join the character before them take none, East Asian
  /// wide characters and emoji two (Unicode Standard Annex 11).
  package var columns: Int {
    let scalars = unicodeScalars
    if scalars.contains("\u{FE0F}") { return 2 }
    return scalars.map(\.columns).max() ?? 0
  }
}

extension Unicode.Scalar {
  fileprivate var columns: Int {
    if value < 0x300 { return value < 0x20 || (0x7F..<0xA0).contains(value) ? 0 : 1 }
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: break
    }
    return properties.isEmojiPresentation || Self.isWide(value) ? 2 : 1
  }

  /// Whether a code point lies in a block of East Asian wide or full-width characters.
  private static func isWide(_ value: UInt32) -> Bool {
    switch value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
      0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      true
    default: false
    }
  }
}

extension String {
  /// The columns of a terminal that the text takes.
  package var columns: Int { reduce(0) { $0 + $1.columns } }

  /// The beginning of a text that is wider than so many columns, with an ellipsis.
  package func fitted(to width: Int) -> String {
    if columns <= width { return self }
    return prefix(columns: width - 1) + (width > 0 ? "…" : "")
  }

  /// The end of a text that is wider than so many columns, after an ellipsis: of a path the end tells
  /// most.
  package func fittedAtEnd(to width: Int) -> String {
    if columns <= width { return self }
    let end = String(String(reversed()).prefix(columns: width - 1).reversed())
    return (width > 0 ? "…" : "") + end
  }

  /// The text with spaces behind it, so many columns wide; a wider one is cut.
  package func padded(toColumns width: Int) -> String {
    let text = fitted(to: width)
    return text + String(repeating: " ", count: max(0, width - text.columns))
  }

  private func prefix(columns limit: Int) -> String {
    var (text, width) = ("", 0)
    for character in self {
      width += character.columns
      if width > limit { break }
      text.append(character)
    }
    return text
  }

  /// The text on one line, without what would change the terminal: a run's names come from files.
  package var printable: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.map { scalar in
          switch scalar.properties.generalCategory {
          case .control, .lineSeparator, .paragraphSeparator, .surrogate: " "
          // Marks that reverse the direction of what follows, a line's rest included.
          case .format where !Self.joiners.contains(scalar): " "
          default: scalar
          }
        }))
  }

  /// Parts of emoji and of words in some scripts.
  private static let joiners: Set<Unicode.Scalar> = ["\u{200C}", "\u{200D}"]
}
