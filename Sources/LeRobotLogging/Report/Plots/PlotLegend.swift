/// The legend of a plot: each curve's name with its latest value, and for a script those it shows when
/// a reader points at the plot.
struct PlotLegend {
  struct Entry {
    fileprivate let curve: Curve
    fileprivate let columns: [PlotColumn]

    init(_ curve: Curve, _ columns: [PlotColumn]) {
      (self.curve, self.columns) = (curve, columns)
    }
  }

  let entries: [Entry]

  /// Colours that a palette holds.
  static let colorCount = 8

  /// The classes that choose a curve's colour, and its dashes where colours are used again.
  static func colorClass(_ curve: Curve) -> String {
    let isDashed = curve.isDashed || (curve.color / colorCount) % 2 == 1
    return "c\(curve.color % colorCount)" + (isDashed ? " dashed" : "")
  }

  /// - Parameter isNamed: false where the heading names the only curve.
  func markup(isNamed: Bool) -> Markup {
    .element("ul", ["class": "legend"], .joined(entries.map { $0.markup(isNamed: isNamed) }))
  }
}

extension PlotLegend.Entry {
  fileprivate func markup(isNamed: Bool) -> Markup {
    let latest = ReportNumber.value(curve.points[curve.points.count - 1].value)
    let isShared = columns.count < curve.points.count
    return .element(
      "li",
      [
        "class": PlotLegend.colorClass(curve),
        "data-steps": columns.map { "\(Int(clamping: $0.step))" }.joined(separator: " "),
        "data-values": columns.map { ReportNumber.value($0.mean) }.joined(separator: " "),
        // How many log lines a value is the mean of.
        "data-lines": isShared
          ? "\((curve.points.count + columns.count / 2) / columns.count)" : nil,
      ],
      .element("i", [:]),
      .element("span", ["class": isNamed ? "name" : "name unseen"], Markup(curve.name)),
      .element("b", ["data-latest": latest], Markup(latest)))
  }
}

extension Int {
  fileprivate init(clamping value: Double) {
    self = value.isFinite ? Int(Swift.min(1e15, Swift.max(-1e15, value))) : 0
  }
}
