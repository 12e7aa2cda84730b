/// The points of a curve that fall into one column of pixels.
package struct PlotColumn: Sendable, Equatable {
  /// How many points it stands for.
  package private(set) var count = 0
  package private(set) var nonFiniteCount = 0
  /// Nil where none is finite.
  package private(set) var lowest: PlotPoint?
  package private(set) var highest: PlotPoint?
  package private(set) var last: PlotPoint
  private var first: PlotPoint
  private var sum = 0.0

  /// The step in its middle.
  package var step: Double { ((first.step + last.step) / 2).rounded() }
  /// Of the finite values; what the first value is where there are none.
  package var mean: Double {
    let finite = count - nonFiniteCount
    return finite > 0 ? sum / Double(finite) : first.value
  }

  private init(_ point: PlotPoint) {
    (first, last) = (point, point)
    add(point)
  }

  private mutating func add(_ point: PlotPoint) {
    count += 1
    last = point
    guard point.value.isFinite else {
      nonFiniteCount += 1
      return
    }
    sum += point.value
    if point.value < lowest?.value ?? .infinity { lowest = point }
    if point.value > highest?.value ?? -.infinity { highest = point }
  }

  /// Points in the order of their steps, a column each; where there are more than columns, those that
  /// are close together share one.
  package static func columns(_ points: [PlotPoint], limit: Int) -> [PlotColumn] {
    guard points.count > limit, let first = points.first, let last = points.last,
      last.step > first.step
    else { return points.map(PlotColumn.init) }
    var columns: [PlotColumn] = []
    var place = -1
    for point in points {
      let fraction = (point.step - first.step) / (last.step - first.step)
      let own = min(limit - 1, Int(fraction * Double(limit)))
      if own == place {
        columns[columns.count - 1].add(point)
      } else {
        columns.append(PlotColumn(point))
        place = own
      }
    }
    return columns
  }
}
