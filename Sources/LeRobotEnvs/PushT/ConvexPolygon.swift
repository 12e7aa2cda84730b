/// A convex polygon, its corners in the order that turns from x toward y.
package struct ConvexPolygon: Sendable, Equatable {
  package var corners: [SIMD2<Double>]

  package init(_ corners: [SIMD2<Double>]) {
    self.corners = corners
  }

  /// [polygon-area]  ½ Σᵢ (pᵢ − p₀) × (pᵢ₊₁ − p₀), the triangles about the first corner.
  package var area: Double {
    guard corners.count >= 3 else { return 0 }
    var twice = 0.0
    for k in 1..<(corners.count - 1) {
      twice += Self.cross(corners[k] - corners[0], corners[k + 1] - corners[0])
    }
    return twice / 2
  }

  /// The part inside another polygon: cut along the line of each of its edges in turn
  /// (Sutherland and Hodgman, CACM 17(1), 1974).
  package func clipped(to window: ConvexPolygon) -> ConvexPolygon {
    var rest = corners
    var start = window.corners[window.corners.count - 1]
    for end in window.corners {
      rest = Self.half(of: rest, leftOf: start, end)
      if rest.count < 3 { return ConvexPolygon([]) }
      start = end
    }
    return ConvexPolygon(rest)
  }

  private static func half(
    of corners: [SIMD2<Double>], leftOf a: SIMD2<Double>, _ b: SIMD2<Double>
  ) -> [SIMD2<Double>] {
    var kept: [SIMD2<Double>] = []
    kept.reserveCapacity(corners.count + 1)
    guard var p = corners.last else { return kept }
    var pSide = cross(b - a, p - a)
    for q in corners {
      let qSide = cross(b - a, q - a)
      if (pSide >= 0) != (qSide >= 0) { kept.append(p + (q - p) * (pSide / (pSide - qSide))) }
      if qSide >= 0 { kept.append(q) }
      (p, pSide) = (q, qSide)
    }
    return kept
  }

  private static func cross(_ u: SIMD2<Double>, _ v: SIMD2<Double>) -> Double {
    u.x * v.y - u.y * v.x
  }
}
