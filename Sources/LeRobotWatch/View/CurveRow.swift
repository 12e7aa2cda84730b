/// A metric in a line: its name, the latest value, the lowest, and the curve.
struct CurveRow {
  let label: String
  let latest: Double
  /// Nil where no value is finite.
  let lowest: Double?
  let values: [Double]
  let mayBeLogarithmic: Bool

  static let labelWidth = 16
  private static let valueWidth = 10
  private static let lowestWidth = 14
  /// Fewer columns than these show no curve.
  private static let leastCurve = 8

  /// - Parameter width: columns; nil leaves the curve out and cuts nothing.
  func line(_ series: TextStyle, width: Int?) -> StyledLine {
    var line = StyledLine(fitted(label, Self.labelWidth, width), .quiet)
    line.add(
      fitted(NumberText.value(latest), Self.valueWidth, width), latest.isFinite ? .plain : .bad)
    let lowest = self.lowest.map { "min \(NumberText.value($0))" } ?? ""
    guard let width else {
      line.add(lowest)
      return line
    }
    if width >= 60 { line.add(lowest.padded(toColumns: Self.lowestWidth), .quiet) }
    let space = width - line.columns
    guard space >= Self.leastCurve else { return line }
    let note = "  log"
    var curve = Sparkline(values, width: space, mayBeLogarithmic: mayBeLogarithmic)
    if curve.isLogarithmic {
      curve = Sparkline(values, width: space - note.count, mayBeLogarithmic: true)
    }
    line.add(curve.text, series)
    if curve.isLogarithmic { line.add(note, .quiet) }
    return line
  }

  /// A column of the row with a space behind it; uncut where there is no limit.
  private func fitted(_ text: String, _ columns: Int, _ width: Int?) -> String {
    width == nil && text.columns >= columns
      ? text + " " : text.fitted(to: columns - 1).padded(toColumns: columns)
  }
}
