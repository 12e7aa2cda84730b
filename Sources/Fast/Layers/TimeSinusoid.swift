import Foundation

/// [time-sinusoid]  In float64, whatever the type of t.
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
  /// - Returns: float64, [B, D].
  package func callAsFunction(_ time: Tensor) -> Tensor {
    let angles =
      time.to(.float64).expanded(axis: 1) * Tensor(frequencies).to(device: time.device)
    return .concatenated([angles.sine(), angles.cosine()], axis: 1)
  }
}
