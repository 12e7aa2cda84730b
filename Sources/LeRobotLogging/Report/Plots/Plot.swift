/// A plot of curves over steps: a heading, a legend with the latest values, and the picture.
package struct Plot: Sendable {
  /// Stands in the page's identifiers: letters, digits and hyphens.
  package var identifier: String
  package var title: String
  package var unit = ""
  package var curves: [Curve]
  package var kind = Axis.Kind.automatic
  /// Steps after which a later process of the run began.
  package var starts: [Double] = []
  package var isWide = false

  /// Columns of pixels: as many as a plot is wide on a small screen. Several curves share them, so
  /// that a page of many runs stays small.
  package static func columnCount(curves: Int) -> Int { max(120, min(480, 2400 / max(1, curves))) }

  package init(_ identifier: String, _ title: String, unit: String = "", curves: [Curve]) {
    (self.identifier, self.title, self.unit) = (identifier, title, unit)
    self.curves = curves.filter { !$0.points.isEmpty }
  }

  /// Nothing where no curve has a point.
  package var figure: Markup {
    guard !curves.isEmpty else { return .nothing }
    let picture = PlotPicture(self)
    let asides = [unit, picture.isLogarithmic ? "log scale" : ""].filter { !$0.isEmpty }
    let aside =
      asides.isEmpty
      ? .nothing : " " + Markup.element("small", [:], Markup(asides.joined(separator: ", ")))
    return .element(
      "figure", ["class": isWide ? "plot wide" : "plot", "id": "plot-" + identifier],
      .element(
        "figcaption", [:], .element("h3", [:], Markup(title) + aside),
        .element("span", ["class": "at", "data-latest": "latest"], "latest")),
      picture.legend.markup(isNamed: curves.count > 1), picture.markup,
      picture.note.isEmpty ? .nothing : .element("p", ["class": "note"], Markup(picture.note)))
  }

  /// What has to be said of it and of its neighbours alike.
  var notes: [String] {
    var notes: [String] = []
    if let curve = curves.filter(\.isSmoothed).max(by: { $0.points.count < $1.points.count }) {
      notes.append("Thick lines are means of \(2 * curve.smoothingReach + 1) log lines.")
    }
    let steps = starts.map { ReportNumber.step($0) }.joined(separator: " and ")
    if !steps.isEmpty { notes.append("Dashed lines: the run was resumed after step \(steps).") }
    return notes
  }

  /// The values of a curve as an area's upper edge: its own on top of those of the curves before.
  func stacked(_ index: Int) -> [PlotPoint] {
    let below = curves[..<index].filter { $0.style == .area }
    return curves[index].points.indices.map { place in
      var point = curves[index].points[place]
      for curve in below where place < curve.points.count {
        point.value += curve.points[place].value
      }
      return point
    }
  }
}

extension Markup {
  static func + (left: String, right: Markup) -> Markup { Markup(left) + right }
}
