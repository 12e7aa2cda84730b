import LeRobotCore

/// [dropout]  torch's own generator draws within one kernel.
package struct Dropout {
  /// p, the probability of a zero.
  package let probability: Double

  package init(probability: Double) {
    self.probability = probability
  }

  /// Dropout of an activation's result; rectifier and dropout are one pass.
  ///
  /// - Parameters:
  ///   - activation: what comes before.
  ///   - x: what the activation takes.
  ///   - pass: draws the mask, in training.
  package func callAsFunction(_ activation: Activation, of x: Tensor, _ pass: Pass) -> Tensor {
    let dropped = probability(in: pass)
    guard activation == .relu, pass.random.drawsWithinOperations, dropped > 0 else {
      return callAsFunction(activation(x), pass)
    }
    return x.rectifiedAndDroppedOut(probability: dropped)
  }

  /// p in training, 0 in an evaluation.
  func probability(in pass: Pass) -> Double { pass.isTraining ? probability : 0 }

  /// The mask for an operation that drops out by itself: 1 where an element is kept; nil where
  /// the operation draws it, or nothing is dropped.
  func injectedMask(_ shape: [Int], _ pass: Pass) -> Tensor? {
    let dropped = probability(in: pass)
    guard !pass.random.drawsWithinOperations, dropped > 0 else { return nil }
    return pass.random.bernoulli(shape, probability: 1 - dropped)
  }

  /// - Parameters:
  ///   - x: any shape.
  ///   - pass: draws the mask, in training.
  /// - Returns: the shape of `x`.
  package func callAsFunction(_ x: Tensor, _ pass: Pass) -> Tensor {
    guard pass.isTraining, probability > 0 else { return x }
    if pass.random.drawsWithinOperations { return x.droppedOut(probability: probability) }
    let kept = 1 - probability
    let mask = pass.random.bernoulli(x.shape, probability: kept)
    return x * (mask / kept)
  }
}
