/// The data of an SVG path in a square of 1000 × 1000 units, in whole and relative numbers: half the
/// length of absolute ones.
struct PlotPath {
  static let size = 1000.0

  private(set) var data = ""
  private var pen = (x: 0, y: 0)
  /// Points since the pen was put down.
  private var count = 0

  /// Draws to a point, from the lower left corner (0, 0) to the upper right one (1, 1).
  mutating func add(_ x: Double, _ y: Double) {
    let (x, y) = (Self.units(x), Self.units(1 - y))
    if count == 0 {
      data += "M\(x) \(y)"
    } else if (x, y) != pen {
      data += "l\(x - pen.x) \(y - pen.y)"
    } else {
      return
    }
    pen = (x, y)
    count += 1
  }

  /// Begins a new line with the next point. A line of one point is drawn as a dot.
  mutating func lift() {
    if count == 1 { data += "h0" }
    count = 0
  }

  /// Closes an area and begins a new one.
  mutating func close() {
    if count > 1 { data += "z" }
    count = 0
  }

  private static func units(_ fraction: Double) -> Int {
    Int((min(2, max(-1, fraction)) * size).rounded())
  }
}

/// Where points lie in a plot.
struct PlotFrame: Sendable {
  var steps: Axis
  var values: Axis

  /// A line through points; a point without a place is a gap.
  func line(_ points: [PlotPoint]) -> String {
    var path = PlotPath()
    for point in points {
      if let x = steps.position(point.step), let y = values.position(point.value) {
        path.add(x, y)
      } else {
        path.lift()
      }
    }
    path.lift()
    return path.data
  }

  /// A line from column to column that reaches the lowest and the highest value of each.
  func line(_ columns: [PlotColumn]) -> String {
    let points = columns.flatMap { column -> [PlotPoint] in
      guard let low = column.lowest, let high = column.highest else {
        return [PlotPoint(step: column.step, value: .nan)]
      }
      if column.count == 1 { return [low] }
      return low.step < high.step ? [low, high] : [high, low]
    }
    return line(points)
  }

  /// The area between two curves of the same steps; nil for the one at 0.
  func area(_ upper: [PlotPoint], above lower: [PlotPoint]?) -> String {
    var path = PlotPath()
    var back: [(Double, Double)] = []
    func closeArea() {
      for (x, y) in back.reversed() { path.add(x, y) }
      path.close()
      back = []
    }
    for (index, point) in upper.enumerated() {
      let base = lower.map { $0[index].value } ?? 0
      if let x = steps.position(point.step), let y = values.position(point.value),
        let low = values.position(base)
      {
        path.add(x, y)
        back.append((x, low))
      } else {
        closeArea()
      }
    }
    closeArea()
    return path.data
  }
}
