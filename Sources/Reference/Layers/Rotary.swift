import Foundation

/// [rotary]  Turns the pair (x₁ᵢ, x₂ᵢ) of a vector's halves by the angle p/b^(2i/d), so that the product of
/// a query and a key depends on the distance of their positions p alone:
/// (x₁ cos − x₂ sin, x₂ cos + x₁ sin).
///
/// Su et al. (arXiv:2104.09864), §3.4.2; LeRobot `apply_rope`, which pairs halves, not neighbours.
package struct Rotary {
  /// Of the angles, [B, S, 1, d/2].
  private let cosine: Variable
  private let sine: Variable

  /// - Parameters:
  ///   - positions: p, whole numbers, [B, S].
  ///   - width: d.
  ///   - base: b.
  package init(positions: Tensor, width: Int, base: Double = 10_000) {
    let divisors = (0..<width / 2).map { pow(base, 2 * Double($0) / Double(width)) }
    let angles = Tensor(
      positions.elements.flatMap { position in divisors.map { position / $0 } },
      shape: positions.shape + [1, divisors.count])
    (cosine, sine) = (Variable(angles.map(cos)), Variable(angles.map(sin)))
  }

  /// - Parameter x: queries or keys, [B, S, H, d].
  /// - Returns: [B, S, H, d].
  package func callAsFunction(_ x: Variable) -> Variable {
    let half = x.size(3) / 2
    let (first, second) = (x.sliced(0..<half, axis: 3), x.sliced(half..<2 * half, axis: 3))
    return .concatenated(
      [first * cosine - second * sine, second * cosine + first * sine], axis: 3)
  }
}
