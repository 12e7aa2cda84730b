import Foundation

/// Position and angle of the block or its goal, in pixels of the 512 by 512 world and radians.
package struct PushTPose: Sendable, Equatable {
  package var position: SIMD2<Double>
  package var angle: Double

  package init(position: SIMD2<Double>, angle: Double) {
    self.position = position
    self.angle = angle
  }

  /// A point of the block's own frame in the world.
  package func toWorld(_ point: SIMD2<Double>) -> SIMD2<Double> {
    let (c, s) = (cos(angle), sin(angle))
    return SIMD2(point.x * c - point.y * s, point.x * s + point.y * c) + position
  }
}

/// The T: a bar of 120 by 30 pixels and a stem of 30 by 90, which touch but do not overlap.
package enum PushTBlock {
  /// The two parts in the block's own frame, corners in the order in which Chipmunk keeps them and
  /// in which `environment_state` lists them.
  package static let parts = [
    ConvexPolygon([[-60, 0], [60, 0], [60, 30], [-60, 30]]),
    ConvexPolygon([[-15, 30], [15, 30], [15, 120], [-15, 120]]),
  ]

  /// Where the block is to be pushed.
  package static let goal = PushTPose(position: [256, 256], angle: .pi / 4)

  private static let goalParts = placed(goal)

  /// The two parts in the world.
  package static func placed(_ pose: PushTPose) -> [ConvexPolygon] {
    parts.map { ConvexPolygon($0.corners.map(pose.toWorld)) }
  }

  /// The share of the goal that the block covers, 0…1.
  ///
  /// [pusht-coverage]  |goal ∩ block| / |goal|; the parts of a T are disjoint, so the
  /// intersection is the sum over their pairs (gym_pusht `_get_coverage`).
  package static func coverage(_ pose: PushTPose) -> Double {
    let blockParts = placed(pose)
    var covered = 0.0
    for goal in goalParts {
      for block in blockParts { covered += goal.clipped(to: block).area }
    }
    return covered / parts.reduce(0) { $0 + $1.area }
  }
}
