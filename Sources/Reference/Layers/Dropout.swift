/// [dropout]  y = x · m/(1 − p), with m = 0 with probability p, else 1; y = x in evaluation.
///
/// Srivastava et al. (JMLR 15, 2014), §4, scaled in training as torch `nn/modules/dropout.py` does.
package struct Dropout {
  /// p, the probability of a zero.
  package let probability: Double

  package init(probability: Double) {
    self.probability = probability
  }

  /// - Parameters:
  ///   - x: any shape.
  ///   - pass: draws the mask, in training.
  /// - Returns: the shape of `x`.
  package func callAsFunction(_ x: Variable, _ pass: Pass) -> Variable {
    guard pass.isTraining, probability > 0 else { return x }
    let kept = 1 - probability
    let mask = pass.random.bernoulli(x.shape, probability: kept)
    return x * Variable(mask / kept)
  }
}
