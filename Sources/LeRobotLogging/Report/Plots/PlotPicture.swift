/// The picture of a plot, as SVG whose text keeps its size on every screen: places are in percent, and
/// curves are stretched without their width.
struct PlotPicture {
  private let plot: Plot
  private let frame: PlotFrame
  private let columns: [[PlotColumn]]
  /// Smoothed curves that may show their single values too.
  private static let clearCount = 4

  init(_ plot: Plot) {
    self.plot = plot
    let limit = Plot.columnCount(curves: plot.curves.count)
    columns = plot.curves.map { PlotColumn.columns($0.points, limit: limit) }
    let ends = plot.curves.flatMap { [$0.points[0].step, $0.points[$0.points.count - 1].step] }
    let steps = Axis(steps: (ends.min() ?? 0)...(ends.max() ?? 1))
    let extremes = Self.edges(plot, columns, limit).flatMap { $0 }
    let values = Axis(covering: extremes, plot.kind)
    frame = PlotFrame(steps: steps, values: values)
  }

  /// The values that a plot reaches, by curve.
  private static func edges(
    _ plot: Plot, _ columns: [[PlotColumn]], _ limit: Int
  ) -> [[Double]] {
    if plot.curves.contains(where: { $0.style == .area }) {
      let top = PlotColumn.columns(plot.stacked(plot.curves.count - 1), limit: limit)
      return [top.map(\.mean)]
    }
    return columns.map { $0.flatMap { [$0.lowest, $0.highest].compactMap { $0?.value } } }
  }

  var legend: PlotLegend {
    PlotLegend(entries: zip(plot.curves, columns).map { PlotLegend.Entry($0, $1) })
  }

  var isLogarithmic: Bool { frame.values.isLogarithmic }

  /// What has to be said of this picture alone.
  var note: String {
    let lost = columns.joined().reduce(0) { $0 + $1.nonFiniteCount }
    return switch lost {
    case 0: ""
    case 1: "Marked at the top: a value that is no finite number."
    default: "Marked at the top: \(lost) values that are no finite numbers."
    }
  }

  var markup: Markup {
    let name = "plot-" + plot.identifier
    let svg = Markup.element(
      "svg",
      [
        "xmlns": "http://www.w3.org/2000/svg", "role": "img",
        "aria-labelledby": "\(name)-title \(name)-text",
      ],
      .element("title", ["id": name + "-title"], Markup(plot.title)),
      .element("desc", ["id": name + "-text"], Markup(description)),
      axes, .joined(visibleStarts.map(start)),
      .element(
        "svg",
        ["class": "curves", "viewBox": "0 0 1000 1000", "preserveAspectRatio": "none"],
        .joined(plot.curves.indices.map(curve)), lostMarks),
      .joined(plot.curves.indices.map(dots)), .element("g", ["class": "mark"]))
    let values = frame.values
    return .element(
      "div",
      [
        "class": "area", "data-first": "\(frame.steps.low)", "data-last": "\(frame.steps.high)",
        "data-low": "\(values.low)", "data-high": "\(values.high)",
        "data-scale": values.isLogarithmic ? "log" : plot.curves[0].style == .area ? "stack" : nil,
        "data-name": plot.title,
      ],
      svg)
  }

  private var description: String {
    let curves = zip(plot.curves, columns).map { curve, columns in
      let values = columns.flatMap { [$0.lowest, $0.highest].compactMap { $0?.value } }
      let range =
        values.isEmpty
        ? "no finite value"
        : "from \(ReportNumber.value(values.min()!)) to \(ReportNumber.value(values.max()!))"
      return "\(curve.name): \(range)"
    }
    let steps = "\(ReportNumber.step(frame.steps.low)) to \(ReportNumber.step(frame.steps.high))"
    return "Over steps \(steps). " + curves.joined(separator: "; ") + "."
  }

  // MARK: - Axes

  private var axes: Markup {
    let values = zip(frame.values.ticks.values, frame.values.ticks.labels).map { value, label in
      let y = Self.percent(1 - (frame.values.position(value) ?? 0))
      return Markup.element("line", ["class": "grid", "x2": "100%", "y1": y, "y2": y])
        + .element("text", ["x": "-8", "y": y, "dy": ".33em", "class": "value"], Markup(label))
    }
    let steps = zip(frame.steps.ticks.values, frame.steps.ticks.labels).map { step, label in
      let x = Self.percent(frame.steps.position(step) ?? 0)
      return Markup.element("line", ["class": "grid", "x1": x, "x2": x, "y2": "100%"])
        + .element("text", ["x": x, "y": "100%", "dy": "1.6em", "class": "step"], Markup(label))
    }
    let name = Markup.element(
      "text", ["x": "-14", "y": "100%", "dy": "1.6em", "class": "value"], "step")
    return .element(
      "g", ["class": "axes", "aria-hidden": "true"], .joined(values), .joined(steps), name)
  }

  private var visibleStarts: [Double] {
    plot.starts.compactMap(frame.steps.position).filter { $0 > 0 && $0 < 1 }
  }

  private func start(_ x: Double) -> Markup {
    let x = Self.percent(x)
    return .element("line", ["class": "start", "x1": x, "x2": x, "y2": "100%"])
  }

  // MARK: - Curves

  private func curve(_ index: Int) -> Markup {
    let curve = plot.curves[index]
    let color = PlotLegend.colorClass(curve)
    func path(_ kind: String, _ data: String) -> Markup {
      data.isEmpty ? .nothing : .element("path", ["class": kind + " " + color, "d": data])
    }
    switch curve.style {
    case .line, .points: return path("line", frame.line(columns[index]))
    case .smoothed where !curve.isSmoothed: return path("line", frame.line(columns[index]))
    case .smoothed:
      let limit = Plot.columnCount(curves: plot.curves.count)
      let average = curve.movingAverage(limit: limit, isLogarithmic: isLogarithmic)
      // The single values of many runs would hide each other's averages.
      let isClear = plot.curves.count <= Self.clearCount
      return (isClear ? path("thin", frame.line(columns[index])) : .nothing)
        + path("thick", frame.line(average))
    case .area:
      let limit = Plot.columnCount(curves: plot.curves.count)
      func edge(_ index: Int) -> [PlotPoint] {
        PlotColumn.columns(plot.stacked(index), limit: limit).map {
          PlotPoint(step: $0.step, value: $0.mean)
        }
      }
      let upper = edge(index)
      return path("fill", frame.area(upper, above: index > 0 ? edge(index - 1) : nil))
        + path("line", frame.line(upper))
    }
  }

  private func dots(_ index: Int) -> Markup {
    guard plot.curves[index].style == .points else { return .nothing }
    let color = PlotLegend.colorClass(plot.curves[index])
    return .joined(
      columns[index].compactMap { $0.highest }.compactMap { point in
        guard let x = frame.steps.position(point.step), let y = frame.values.position(point.value)
        else { return nil }
        return .element(
          "circle",
          ["class": "dot " + color, "cx": Self.percent(x), "cy": Self.percent(1 - y), "r": "3.5"])
      })
  }

  /// Short lines at the top where values are no finite numbers.
  private var lostMarks: Markup {
    let places = Set(
      columns.joined().filter { $0.nonFiniteCount > 0 }
        .compactMap { frame.steps.position($0.step) }.map { Int(($0 * 1000).rounded()) })
    if places.isEmpty { return .nothing }
    let data = places.sorted().map { "M\($0) 0v35" }.joined()
    return .element("path", ["class": "lost", "d": data])
  }

  /// A place in percent with two digits.
  private static func percent(_ fraction: Double) -> String {
    "\((fraction * 10_000).rounded() / 100)%"
  }
}
