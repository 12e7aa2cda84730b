import LeRobotCore

/// [ACT-ensemble]
package final class ACTTemporalEnsembler {
  private let coefficient: Double
  private let chunkSize: Int
  /// The average so far of each action ahead [B, n, A], and of how many predictions it is.
  private var state: (actions: Tensor, counts: [Int])?

  package init(coefficient: Double, chunkSize: Int) {
    self.coefficient = coefficient
    self.chunkSize = chunkSize
  }

  /// Forgets all predictions.
  package func reset() { state = nil }

  /// Takes in a new chunk of predictions.
  ///
  /// - Parameter chunk: [B, T, A].
  /// - Returns: the action to take now [B, A].
  package func update(_ chunk: Tensor) -> Tensor {
    Torch.withoutGradients {
      let (actions, counts) =
        state.map { averaged(chunk, $0.actions, $0.counts) }
        ?? (chunk, Array(repeating: 1, count: chunkSize))
      state = (actions.sliced(1..<counts.count, axis: 1), Array(counts.dropFirst()))
      return actions.selected(0, axis: 1)
    }
  }

  /// Means of all predictions for each action ahead, the last one new.
  private func averaged(
    _ chunk: Tensor, _ actions: Tensor, _ counts: [Int]
  ) -> (Tensor, [Int]) {
    let weights = (steps.to(chunk.dataType) * -coefficient).exp()  // wᵢ
    let sums = weights.cumulativeSum(axis: 0)  // Σ w₀…wᵢ
    func at(_ indices: [Int], _ values: Tensor) -> Tensor {  // [n, 1]
      let rows = values.reshaped([chunkSize, 1]).rows(Tensor(indices))
      return rows.to(device: chunk.device)
    }
    let known = chunk.sliced(0..<counts.count, axis: 1)
    let updated =
      (actions * at(counts.map { $0 - 1 }, sums) + known * at(counts, weights)) / at(counts, sums)
    let newest = chunk.sliced(counts.count..<chunkSize, axis: 1)
    return (
      Tensor.concatenated([updated, newest], axis: 1),
      counts.map { min($0 + 1, chunkSize) } + [1]
    )
  }

  /// 0, 1, … T − 1.
  private var steps: Tensor { Tensor((0..<chunkSize).map(Double.init)) }
}
