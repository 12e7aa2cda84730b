extension Canvas {
  /// A line of several pixels' width (pygame `draw_line_width`): Bresenham's, each step widened
  /// along the minor axis, one pixel more below or right of the middle where the width is even.
  package mutating func line(
    from start: Point, to end: Point, width thickness: Int, _ colour: Colour
  ) {
    let (dx, dy) = (abs(end.x - start.x), abs(end.y - start.y))
    let vertical = dx <= dy
    let step = Point(start.x < end.x ? 1 : -1, start.y < end.y ? 1 : -1)
    var error = (dx > dy ? dx : -dy) / 2
    guard let (first, last) = clip(start, end) else { return }
    let (before, after) = ((thickness - 1) / 2, thickness / 2)
    var at = first
    func advance() {
      let old = error
      if old > -dx {
        error -= dy
        at.x += step.x
      }
      if old < dy {
        error += dx
        at.y += step.y
      }
    }
    func isBefore(_ value: Int, _ limit: Int, _ direction: Int) -> Bool {
      value == limit ? false : (value > limit) != (direction > 0)
    }
    while isBefore(at.x, last.x, step.x) || isBefore(at.y, last.y, step.y) {
      across(at, before, after, vertical, colour)
      advance()
    }
    // Past the clipped end as long as a part of the width is still on the canvas.
    while vertical ? at.y != end.y : at.x != end.x, isOn(at, before, after, vertical) {
      across(at, before, after, vertical, colour)
      advance()
    }
    across(at, before, after, vertical, colour)
  }

  /// One step of a wide line.
  private mutating func across(
    _ at: Point, _ before: Int, _ after: Int, _ vertical: Bool, _ colour: Colour
  ) {
    if vertical {
      span(at.x - before, at.x + after, row: at.y, colour)
    } else {
      for y in (at.y - before)...(at.y + after) { dot(at.x, y, colour) }
    }
  }

  private func isOn(_ at: Point, _ before: Int, _ after: Int, _ vertical: Bool) -> Bool {
    vertical
      ? contains(at.x - before, at.y) || contains(at.x + after, at.y)
      : contains(at.x, at.y - before) || contains(at.x, at.y + after)
  }

  /// The part of a line on the canvas (Liang and Barsky, ACM TOG 3(1), 1984); as in pygame, the
  /// column and the row just beyond the canvas count as on it.
  private func clip(_ a: Point, _ b: Point) -> (Point, Point)? {
    let (dx, dy) = (b.x - a.x, b.y - a.y)
    var (enter, leave) = (0.0, 1.0)
    for (outward, room) in [(-dx, a.x), (dx, width - a.x), (-dy, a.y), (dy, height - a.y)] {
      if outward == 0 {
        if room < 0 { return nil }
        continue
      }
      let ratio = Double(room) / Double(outward)
      if outward < 0 { enter = max(enter, ratio) } else { leave = min(leave, ratio) }
    }
    guard enter <= leave else { return nil }
    func rounded(_ value: Double) -> Int { Int(value < 0 ? value - 0.5 : value + 0.5) }
    func point(_ t: Double) -> Point {
      Point(a.x + rounded(Double(dx) * t), a.y + rounded(Double(dy) * t))
    }
    return (point(enter), point(leave))
  }
}
