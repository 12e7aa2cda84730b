/// What a part of a line means; terminals show it as a colour.
package enum TextStyle: Sendable, Equatable {
  case plain
  case title
  /// What explains the rest.
  case quiet
  case good
  case warning
  case bad
  /// A curve or bar; the number tells runs apart.
  case series(Int)

  /// The code that begins the style (ECMA-48, SGR); empty for none.
  var code: String {
    switch self {
    case .plain: ""
    case .title: "1"
    case .quiet: "2"
    case .good: "32"
    case .warning: "33"
    case .bad: "1;31"
    case .series(let index): Self.seriesCodes[index % Self.seriesCodes.count]
    }
  }

  /// Cyan, magenta, yellow, blue, green: those that read on light and dark grounds.
  private static let seriesCodes = ["36", "35", "33", "34", "32"]
}

/// A line of the terminal: pieces of text, each in a style.
package struct StyledLine: Sendable, Equatable {
  package private(set) var pieces: [Piece] = []

  /// A text and its style.
  package struct Piece: Sendable, Equatable {
    package var text: String
    package var style: TextStyle
  }

  package init() {}

  package init(_ text: String, _ style: TextStyle = .plain) { add(text, style) }

  /// Adds a text at the end; what a terminal would take for a command becomes spaces.
  package mutating func add(_ text: String, _ style: TextStyle = .plain) {
    if !text.isEmpty { pieces.append(Piece(text: text.printable, style: style)) }
  }

  package mutating func add(_ line: StyledLine) { pieces += line.pieces }

  /// The columns that the line takes.
  package var columns: Int { pieces.reduce(0) { $0 + $1.text.columns } }

  /// The text without styles and without spaces at its end.
  package var plain: String {
    let text = pieces.map(\.text).joined()
    guard let last = text.lastIndex(where: { $0 != " " }) else { return "" }
    return String(text[...last])
  }

  /// The line as a terminal takes it.
  package var coloured: String {
    pieces.map { piece in
      let code = piece.style.code
      return code.isEmpty ? piece.text : "\u{1B}[\(code)m\(piece.text)\u{1B}[0m"
    }.joined()
  }

  /// The line cut to so many columns.
  package func fitted(to width: Int) -> StyledLine {
    if columns <= width { return self }
    var (line, left) = (StyledLine(), width)
    for piece in pieces where left > 0 {
      let isWhole = piece.text.columns < left
      let text = isWhole ? piece.text : (piece.text + " ").fitted(to: left)
      line.pieces.append(Piece(text: text, style: piece.style))
      left -= text.columns
      if !isWhole { break }
    }
    return line
  }

  /// The line with a text at the right edge; nil where both do not fit into so many columns.
  package func withRight(_ text: String, _ style: TextStyle, width: Int) -> StyledLine? {
    let space = width - columns - text.columns
    guard space >= 2 else { return nil }
    var line = self
    line.add(String(repeating: " ", count: space))
    line.add(text, style)
    return line
  }
}
