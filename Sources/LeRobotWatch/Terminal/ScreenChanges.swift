/// What a terminal is sent so that it shows other lines than before: those that differ.
package struct ScreenChanges: Sendable {
  /// The lines on the screen; nil where that is not known.
  private var shown: [String]?
  private var size = TerminalSize(columns: 0, rows: 0)

  package init() {}

  /// Takes lines for shown.
  ///
  /// - Parameter lines: as the terminal takes them, none wider than it.
  /// - Returns: what has the terminal show them (ECMA-48, CUP, EL and ED); empty where it does.
  package mutating func show(_ lines: [String], size: TerminalSize) -> String {
    let isKnown = size == self.size
    let old = isKnown ? shown ?? [] : []
    var text = isKnown && shown != nil ? "" : "\u{1B}[2J"
    for row in 0..<max(lines.count, old.count) {
      let line = row < lines.count ? lines[row] : ""
      if line == (row < old.count ? old[row] : "") { continue }
      // Cleared first: behind a line as wide as the screen the cursor stands on its last character.
      text += "\u{1B}[\(row + 1);1H\u{1B}[K\(line)"
    }
    (shown, self.size) = (lines, size)
    return text
  }
}
