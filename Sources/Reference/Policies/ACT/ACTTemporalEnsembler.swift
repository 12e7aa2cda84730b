import Foundation

/// [ACT-ensemble]  The action executed at time t is the weighted mean of all predictions made for t:
/// Σᵢ wᵢ âᵢ / Σᵢ wᵢ with wᵢ = exp(−m·i), where â₀ is the oldest.
///
/// §IV-B, algorithm 2. Kept as a running mean over the chunk's remaining times, as LeRobot's
/// `modeling_act.py`, `ACTTemporalEnsembler`, does: with n predictions averaged into ā before,
/// ā ← (ā · Σ_{i<n} wᵢ + â · wₙ) / Σ_{i≤n} wᵢ.
package final class ACTTemporalEnsembler {
  /// wᵢ, i < k.
  private let weights: [Double]
  /// Means for the times ahead, the next one first; each [B, A] with the number n it averages.
  private var ahead: [(mean: Tensor, count: Int)] = []

  /// - Parameters:
  ///   - coefficient: m; positive favours old predictions, 0 none.
  ///   - chunkSize: k.
  package init(coefficient: Double, chunkSize: Int) {
    weights = (0..<chunkSize).map { exp(-coefficient * Double($0)) }
  }

  /// Forgets all predictions.
  package func reset() { ahead = [] }

  /// Averages a new chunk [B, k, A] in, and takes the action for now [B, A] out.
  package func update(_ chunk: Tensor) -> Tensor {
    let predictions = (0..<chunk.size(1)).map { step in
      chunk.sliced(step..<step + 1, axis: 1).reshaped([chunk.size(0), chunk.size(2)])
    }
    let averaged = zip(ahead, predictions).map { known, prediction in
      let before = weights[..<known.count].reduce(0, +)
      let weight = weights[known.count]
      let mean = (known.mean * before + prediction * weight) / (before + weight)
      return (mean, known.count + 1)
    }
    ahead = averaged + predictions[averaged.count...].map { ($0, 1) }
    return ahead.removeFirst().mean
  }
}
