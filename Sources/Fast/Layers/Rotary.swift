import Foundation

/// [rotary]  The angles are computed in float32 as LeRobot does it, for float64 in float64; once for all
/// layers.
package struct Rotary {
  /// Of the angles, [B, S, 1, d/2].
  private let cosine: Tensor
  private let sine: Tensor

  /// - Parameters:
  ///   - positions: p, whole numbers of the type that angles are computed in, [B, S].
  ///   - width: d.
  ///   - base: b.
  package init(positions: Tensor, width: Int, base: Double = 10_000) {
    let divisors = (0..<width / 2).map { pow(base, 2 * Double($0) / Double(width)) }
    let angles =
      positions.expanded(axis: 2).expanded(axis: 3)
      / Tensor(divisors).to(positions.dataType, device: positions.device)
    (cosine, sine) = (angles.cosine(), angles.sine())
  }

  /// - Parameter x: queries or keys, [B, S, H, d].
  /// - Returns: [B, S, H, d], in the same type.
  package func callAsFunction(_ x: Tensor) -> Tensor {
    let half = x.size(3) / 2
    let wide = x.to(cosine.dataType)
    let (first, second) = (wide.sliced(0..<half, axis: 3), wide.sliced(half..<2 * half, axis: 3))
    return Tensor.concatenated(
      [first * cosine - second * sine, second * cosine + first * sine], axis: 3
    ).to(x.dataType)
  }
}
