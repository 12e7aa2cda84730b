extension Canvas {
  /// Fills a polygon (pygame `draw_fillpoly`).
  ///
  /// Even-odd, row by row. Where an edge crosses a row is truncated toward zero, and both ends of
  /// a stretch are filled; the lowest row counts as crossed by the edges that end there.
  package mutating func fillPolygon(_ corners: [Point], _ colour: Colour) {
    let rows = corners.map(\.y)
    guard let top = rows.min(), let bottom = rows.max() else { return }
    if top == bottom {
      let columns = corners.map(\.x)
      span(columns.min() ?? 0, columns.max() ?? 0, row: top, colour)
      return
    }
    var crossings: [Int] = []
    for y in stride(from: max(top, 0), through: min(bottom, height - 1), by: 1) {
      crossings.removeAll(keepingCapacity: true)
      Self.forEachEdge(corners) { a, b in
        let (upper, lower) = a.y < b.y ? (a, b) : (b, a)
        let ends = y == bottom && lower.y == bottom
        guard upper.y != lower.y, (y >= upper.y && y < lower.y) || ends else { return }
        let run = Double(y - upper.y) * Double(lower.x - upper.x)
        crossings.append(Int(run / Double(lower.y - upper.y) + Double(upper.x)))
      }
      crossings.sort()
      for k in stride(from: 0, to: crossings.count - 1, by: 2) {
        span(crossings[k], crossings[k + 1], row: y, colour)
      }
    }
    Self.forEachEdge(corners) { a, b in
      if a.y == b.y, top < b.y, b.y < bottom { span(a.x, b.x, row: b.y, colour) }
    }
  }

  /// Each corner with the one before it.
  private static func forEachEdge(_ corners: [Point], _ body: (Point, Point) -> Void) {
    var previous = corners[corners.count - 1]
    for corner in corners {
      body(previous, corner)
      previous = corner
    }
  }

  /// Fills a circle of radius 2 or more (pygame `draw_circle_filled`): the midpoint algorithm about
  /// the corner between four pixels, so it reaches from x − r to x + r − 1.
  package mutating func fillCircle(_ centre: Point, radius: Int, _ colour: Colour) {
    var decision = 1 - radius
    var growthX = 0
    var growthY = -2 * radius
    var (x, y) = (0, radius)
    func rows(_ halfWidth: Int, _ offset: Int) {
      let (left, right) = (centre.x - halfWidth, centre.x + halfWidth - 1)
      span(left, right, row: centre.y + offset - 1, colour)
      span(left, right, row: centre.y - offset, colour)
    }
    while x < y {
      if decision >= 0 {
        y -= 1
        growthY += 2
        decision += growthY
      }
      x += 1
      growthX += 2
      decision += growthX + 1
      if decision >= 0 { rows(x, y) }
      rows(y, x)
    }
  }
}
