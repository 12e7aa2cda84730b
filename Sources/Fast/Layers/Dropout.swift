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
  ///   - random: draws the mask; nil in evaluation.
  package func callAsFunction(
    _ activation: Activation, of x: Tensor, random: (any RandomSource)?
  ) -> Tensor {
    guard activation == .relu, let random, random.drawsWithinOperations, probability > 0 else {
      return callAsFunction(activation(x), random: random)
    }
    return x.rectifiedAndDroppedOut(probability: probability)
  }

  /// The mask for an operation that drops out by itself: 1 where an element is kept; nil where
  /// torch's generator draws within the operation, or nothing is dropped.
  func injectedMask(_ shape: [Int], random: (any RandomSource)?) -> Tensor? {
    guard let random, !random.drawsWithinOperations, probability > 0 else { return nil }
    return random.bernoulli(shape, probability: 1 - probability)
  }

  /// - Parameters:
  ///   - x: any shape.
  ///   - random: draws the mask; nil in evaluation.
  /// - Returns: the shape of `x`.
  package func callAsFunction(_ x: Tensor, random: (any RandomSource)?) -> Tensor {
    guard let random, probability > 0 else { return x }
    if random.drawsWithinOperations { return x.droppedOut(probability: probability) }
    let kept = 1 - probability
    let mask = random.bernoulli(x.shape, probability: kept)
    return x * (mask / kept)
  }
}
