/// Draws PushT's field on a canvas of 512 by 512 pixels (gym_pusht `_draw` and its pymunk
/// `DrawOptions`).
package struct PushTPainter: Sendable {
  static let fieldSize = 512

  private enum Colours {
    static let field: Canvas.Colour = 0xff_ff_ff
    static let goal: Canvas.Colour = 0x90_ee_90
    static let wall: Canvas.Colour = 0xd3_d3_d3
    static let agent: Canvas.Colour = 0x41_69_e1
    static let agentInside: Canvas.Colour = 0x4e_7e_ff
    static let block: Canvas.Colour = 0x77_88_99
    static let blockInside: Canvas.Colour = 0x8f_a3_b8
    static let contact: Canvas.Colour = 0xe7_4c_3c
  }

  /// What never moves: the goal and the walls.
  package let background: Canvas
  /// The last picture; what differs from the background is inside `canvas.touched`.
  package private(set) var canvas: Canvas

  package init() {
    var canvas = Canvas(width: Self.fieldSize, height: Self.fieldSize, colour: Colours.field)
    for part in PushTBlock.placed(PushTBlock.goal) {
      canvas.fillPolygon(part.corners.map(Canvas.Point.init), Colours.goal)
    }
    Self.drawWalls(on: &canvas)
    background = canvas.asBackground
    self.canvas = background
  }

  /// - Parameters:
  ///   - agent: its centre.
  ///   - block: its pose.
  ///   - contacts: ends of the lines drawn through contacts.
  package mutating func draw(
    agent: SIMD2<Double>, block: PushTPose, contacts: [(SIMD2<Double>, SIMD2<Double>)]
  ) {
    canvas.restore(from: background)
    for part in PushTBlock.placed(block) {
      let corners = part.corners.map(Canvas.Point.init)
      canvas.fillPolygon(corners, Colours.blockInside)
      for (a, b) in zip(corners, corners[1...] + corners[..<1]) {
        Self.drawStroke(on: &canvas, from: a, to: b, Colours.block)
      }
    }
    let centre = Canvas.Point(agent)
    let radius = Int(PushTWorld.agentRadius)
    canvas.fillCircle(centre, radius: radius, Colours.agent)
    canvas.fillCircle(centre, radius: radius - 4, Colours.agentInside)
    if touchesWalls { Self.drawWalls(on: &canvas) }
    for (a, b) in contacts {
      canvas.smoothLine(from: Canvas.Point(a), to: Canvas.Point(b), Colours.contact)
    }
  }

  /// Walls are above what moves, so they are drawn again where that has come over them.
  private var touchesWalls: Bool {
    let edge = 10
    let far = Self.fieldSize - 1 - edge
    let touched = canvas.touched
    return touched.left <= edge || touched.top <= edge || touched.right >= far
      || touched.bottom >= far
  }

  private static func drawWalls(on canvas: inout Canvas) {
    for (a, b) in PushTWorld.walls {
      drawStroke(on: &canvas, from: Canvas.Point(a), to: Canvas.Point(b), Colours.wall)
    }
  }

  /// A line of radius 2 with round ends: a wide line, a slanted rectangle over it, two circles
  /// (gym_pusht `draw_fat_segment`).
  private static func drawStroke(
    on canvas: inout Canvas, from a: Canvas.Point, to b: Canvas.Point, _ colour: Canvas.Colour
  ) {
    let radius = 2
    canvas.line(from: a, to: b, width: 2 * radius, colour)
    let across = SIMD2(Double(abs(b.y - a.y)), Double(abs(b.x - a.x)))
    if across == .zero { return }
    let scale = Double(radius) / (across * across).sum().squareRoot()
    let offset = Canvas.Point(across * scale)
    canvas.fillPolygon(
      [
        Canvas.Point(a.x - offset.x, a.y - offset.y), Canvas.Point(a.x + offset.x, a.y + offset.y),
        Canvas.Point(b.x + offset.x, b.y + offset.y), Canvas.Point(b.x - offset.x, b.y - offset.y),
      ], colour)
    canvas.fillCircle(a, radius: radius, colour)
    canvas.fillCircle(b, radius: radius, colour)
  }
}

extension Canvas.Point {
  /// The pixel nearest to a point, halves to the even one as Python's `round`; far away points stay
  /// far away.
  init(_ point: SIMD2<Double>) {
    let limit = SIMD2(repeating: 1e6)
    let pixel = point.clamped(lowerBound: -limit, upperBound: limit).rounded(.toNearestOrEven)
    self.init(Int(pixel.x), Int(pixel.y))
  }
}
