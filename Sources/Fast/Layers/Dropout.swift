/// [dropout]  torch's own generator uses torch's own dropout, which is one kernel on a GPU.
package struct Dropout {
  /// p, the probability of a zero.
  package let probability: Double

  package init(probability: Double) {
    self.probability = probability
  }

  /// - Parameters:
  ///   - x: any shape.
  ///   - random: draws the mask; nil in evaluation.
  /// - Returns: the shape of `x`.
  package func callAsFunction(_ x: Tensor, random: (any RandomSource)?) -> Tensor {
    guard let random, probability > 0 else { return x }
    if random is TorchRandom { return x.droppedOut(probability: probability) }
    let kept = 1 - probability
    let mask = random.bernoulli(x.shape, probability: kept)
    return x * (mask / kept)
  }
}
