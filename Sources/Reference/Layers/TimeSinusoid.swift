import Foundation

/// [time-sinusoid]  sin and cos of 2πt/p for periods p that grow geometrically from the shortest to the longest.
///
/// Vaswani et al. (arXiv:1706.03762), §3.5; LeRobot `create_sinusoidal_pos_embedding`.
package struct TimeSinusoid {
  /// 2π/p, [D/2].
  private let frequencies: [Double]

  /// - Parameter width: D.
  package init(width: Int, shortest: Double, longest: Double) {
    let half = width / 2
    frequencies = (0..<half).map { i in
      let fraction = half == 1 ? 0 : Double(i) / Double(half - 1)
      return 1 / (shortest * pow(longest / shortest, fraction)) * 2 * .pi
    }
  }

  /// - Parameter time: t, [B].
  /// - Returns: [B, D].
  package func callAsFunction(_ time: Tensor) -> Tensor {
    let angles = time.elements.map { t in frequencies.map { $0 * t } }
    return Tensor(
      angles.flatMap { $0.map(sin) + $0.map(cos) }, shape: [time.count, 2 * frequencies.count])
  }
}
