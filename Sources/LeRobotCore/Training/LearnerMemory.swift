/// What a learner keeps in memory from step to step, in bytes; activations come on top.
package struct LearnerMemory: Sendable, Equatable {
  /// All parameters and buffers.
  package var weights: Int
  /// Of the trained parameters.
  package var gradients: Int
  /// What the optimizer remembers of the trained parameters.
  package var moments: Int

  /// The moving average of the weights, where one is kept.
  package var average = 0

  /// - Parameters:
  ///   - trained: bytes of the trained parameters.
  ///   - momentCount: tensors of a parameter's size that the optimizer keeps.
  package init(weights: Int, trained: Int, momentCount: Int) {
    self.weights = weights
    gradients = trained
    moments = trained * momentCount
  }

  package var total: Int { weights + gradients + moments + average }
}

extension OptimizerConfig {
  /// Tensors of a parameter's size that the optimizer keeps of each parameter.
  package var momentCount: Int {
    switch self {
    case .adam, .adamW, .multiAdam: 2
    case .sgd(let options): options.momentum == 0 ? 0 : 1
    }
  }
}
