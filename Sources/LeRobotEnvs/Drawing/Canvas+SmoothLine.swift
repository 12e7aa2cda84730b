extension Canvas {
  /// An anti-aliased line of one pixel's width (pygame `draw_aaline`, after X. Wu, SIGGRAPH 1991),
  /// in float32 as there; colours blend toward what is underneath and truncate.
  package mutating func smoothLine(from start: Point, to end: Point, _ colour: Colour) {
    if start == end { return blend(start.x, start.y, 1, colour) }
    let steep = abs(end.x - start.x) < abs(end.y - start.y)
    func along(_ point: Point) -> SIMD2<Float> {
      steep ? [Float(point.y), Float(point.x)] : [Float(point.x), Float(point.y)]
    }
    var (a, b) = (along(start), along(end))
    if b.x < a.x { swap(&a, &b) }
    let slope = (b.y - a.y) / (b.x - a.x)
    let limit: SIMD2<Float> =
      steep ? [Float(height), Float(width)] : [Float(width), Float(height)]
    guard clip(&a, &b, slope, limit) else { return }
    // One row down, undone below: truncation is then rounding down, also at −1.
    a.y += 1
    b.y += 1
    func plot(_ x: Int, _ y: Int, _ weight: Float) {
      steep ? blend(y - 1, x, weight, colour) : blend(x, y - 1, weight, colour)
    }
    /// The two pixels that share one step of the line, the farther first at its ends.
    func plotEnd(_ x: Int, _ y: Float, _ gap: Float) {
      let row = Int(y)
      let fraction = y - Float(row)
      if fraction > 0 { plot(x, row + 1, fraction * gap) }
      plot(x, row, (1 - fraction) * gap)
    }
    var x = Int(a.x)
    var y = a.y + slope * (Float(x) - a.x)
    if b.x > 0 {
      plotEnd(x, y, Float(1 + x) - a.x)
      y += slope
      x += 1
    }
    let last = Int(b.x.rounded(.up))
    if a.x < limit.x - 1 {
      plotEnd(last, b.y + slope * (Float(last) - b.x), Float(1 - last) + b.x)
    }
    while x < last {
      let row = Int(y)
      let near = 1 - y + Float(row)
      plot(x, row, near)
      if Float(row) < y { plot(x, row + 1, 1 - near) }
      y += slope
      x += 1
    }
  }

  /// Cuts a line, x along its longer axis, to the canvas and one pixel round it; false where
  /// nothing is left. The ends move in float32, which shifts the weights between them.
  private func clip(
    _ a: inout SIMD2<Float>, _ b: inout SIMD2<Float>, _ slope: Float, _ limit: SIMD2<Float>
  ) -> Bool {
    let low: Float = -1
    if b.x <= low || a.x >= limit.x { return false }
    if a.x < low { a = [low, a.y + slope * (low - a.x)] }
    if b.x > limit.x { b = [limit.x, b.y + slope * (limit.x - b.x)] }
    if slope > 0 {
      if b.y <= low || a.y >= limit.y { return false }
      if a.y < low { a = [a.x + (low - a.y) / slope, low] }
      if b.y > limit.y { b = [b.x + (limit.y - b.y) / slope, limit.y] }
    } else {
      if a.y <= low || b.y >= limit.y { return false }
      if b.y < low { b = [b.x + (low - b.y) / slope, low] }
      if a.y > limit.y { a = [a.x + (limit.y - a.y) / slope, limit.y] }
    }
    return true
  }

  private mutating func blend(_ x: Int, _ y: Int, _ weight: Float, _ colour: Colour) {
    guard contains(x, y) else { return }
    let under = self[x, y]
    var mixed: Colour = 0
    for shift: Colour in [16, 8, 0] {
      let new = weight * Float(colour >> shift & 255)
      let old = (1 - weight) * Float(under >> shift & 255)
      mixed |= Colour(new + old) << shift
    }
    dot(x, y, mixed)
  }
}
