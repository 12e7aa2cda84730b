import Foundation
import LeRobotCore
import LeRobotEnvs
import Testing

/// Areas and intersections with closed forms.
struct ConvexPolygonPropertyTests {
  private var generator = PCG64Generator(seed: 31)

  /// A rectangle of any place and size, turned about the origin.
  private func rectangle(
    _ low: SIMD2<Double>, _ size: SIMD2<Double>, angle: Double = 0
  ) -> ConvexPolygon {
    let corners: [SIMD2<Double>] = [[0, 0], [1, 0], [1, 1], [0, 1]]
    let pose = PushTPose(position: .zero, angle: angle)
    return ConvexPolygon(corners.map { pose.toWorld(low + $0 * size) })
  }

  private mutating func draw(_ low: Double, _ high: Double) -> SIMD2<Double> {
    [generator.uniform(from: low, to: high), generator.uniform(from: low, to: high)]
  }

  @Test mutating func rectanglesOverlapInARectangle() {
    for _ in 0..<500 {
      let (a, b) = (draw(-100, 100), draw(-100, 100))
      let (sizeA, sizeB) = (draw(1, 150), draw(1, 150))
      let angle = generator.uniform(from: -4, to: 4)
      let high = pointwiseMin(a + sizeA, b + sizeB)
      let side = pointwiseMax(high - pointwiseMax(a, b), .zero)
      let found = rectangle(a, sizeA, angle: angle)
        .clipped(to: rectangle(b, sizeB, angle: angle)).area
      #expect(abs(found - side.x * side.y) < 1e-9, "\(a) \(sizeA), \(b) \(sizeB), \(angle)")
    }
  }

  @Test func turnedSquareLeavesAnOctagon() {
    let square = rectangle([-0.5, -0.5], [1, 1])
    let turned = rectangle([-0.5, -0.5], [1, 1], angle: .pi / 4)
    let octagon = square.clipped(to: turned)
    #expect(octagon.corners.count == 8)
    #expect(abs(octagon.area - 2 * (2.0.squareRoot() - 1)) < 1e-14)
  }

  @Test mutating func clippingIsSymmetricAndNeverGrows() {
    for _ in 0..<500 {
      let angles = draw(-4, 4)
      let a = rectangle(draw(-60, 60), draw(1, 90), angle: angles.x)
      let b = rectangle(draw(-60, 60), draw(1, 90), angle: angles.y)
      let (ab, ba) = (a.clipped(to: b).area, b.clipped(to: a).area)
      #expect(abs(ab - ba) < 1e-9, "\(a), \(b)")
      #expect(ab >= 0 && ab <= min(a.area, b.area) + 1e-9, "\(a), \(b)")
    }
  }

  @Test func polygonInsideAnotherIsKeptAndOneOutsideIsLost() {
    let large = rectangle([-50, -50], [100, 100], angle: 0.3)
    let small = rectangle([-5, -5], [10, 10], angle: 1)
    #expect(abs(small.clipped(to: large).area - 100) < 1e-10)
    #expect(abs(large.clipped(to: small).area - 100) < 1e-10)
    #expect(small.clipped(to: rectangle([90, 90], [10, 10])).area == 0)
    #expect(ConvexPolygon([]).area == 0)
  }
}
