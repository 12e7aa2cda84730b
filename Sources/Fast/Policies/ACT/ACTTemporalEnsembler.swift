import LeRobotCore

/// [ACT-ensemble]  All times ahead are one tensor, and the mean is updated in LeRobot's order of
/// operations.
package final class ACTTemporalEnsembler {
  private let coefficient: Double
  private let chunkSize: Int
  /// Means for the times ahead [B, n, A], the next one first, and the number each averages.
  private var ahead: (means: Tensor, counts: [Int])?

  /// - Parameters:
  ///   - coefficient: m; positive favours old predictions, 0 none.
  ///   - chunkSize: k.
  package init(coefficient: Double, chunkSize: Int) {
    self.coefficient = coefficient
    self.chunkSize = chunkSize
  }

  /// Forgets all predictions.
  package func reset() { ahead = nil }

  /// Averages a new chunk [B, k, A] in, and takes the action for now [B, A] out.
  package func update(_ chunk: Tensor) -> Tensor {
    Torch.withoutGradients {
      let (means, counts) =
        ahead.map { averaged(chunk, $0.means, $0.counts) }
        ?? (chunk, Array(repeating: 1, count: chunkSize))
      ahead = (means.sliced(1..<counts.count, axis: 1), Array(counts.dropFirst()))
      return means.selected(0, axis: 1)
    }
  }

  /// The chunk averaged into what is known; its last action is new.
  private func averaged(
    _ chunk: Tensor, _ means: Tensor, _ counts: [Int]
  ) -> (means: Tensor, counts: [Int]) {
    let steps = Tensor((0..<chunkSize).map(Double.init)).to(chunk.dataType)
    let weights = (steps * -coefficient).exp()  // wᵢ, [k]
    let sums = weights.cumulativeSum(axis: 0)  // Σ w₀…wᵢ, [k]
    func at(_ places: [Int], of values: Tensor) -> Tensor {  // [n, 1]
      values.reshaped([chunkSize, 1]).rows(Tensor(places)).to(device: chunk.device)
    }
    let known = chunk.sliced(0..<counts.count, axis: 1)
    let before = at(counts.map { $0 - 1 }, of: sums)
    let updated = (means * before + known * at(counts, of: weights)) / at(counts, of: sums)
    let newest = chunk.sliced(counts.count..<chunkSize, axis: 1)
    return (
      .concatenated([updated, newest], axis: 1), counts.map { min($0 + 1, chunkSize) } + [1]
    )
  }
}
