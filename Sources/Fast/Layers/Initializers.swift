/// Initial weights as `torch.nn.init` and torch's layers draw them.
extension RandomSource {
  /// [kaiming-uniform]
  func kaimingUniform(_ shape: [Int]) -> Tensor {
    let slope = 5.0.squareRoot()
    let gain = (2 / (1 + slope * slope)).squareRoot()
    let deviation = gain / Double(fanIn(shape)).squareRoot()
    let bound = 3.0.squareRoot() * deviation
    return uniform(shape, from: -bound, to: bound)
  }

  /// U(−b, b), b = 1/√fan-in: the bias beside a weight of `weightShape`, of `count` elements or
  /// of one for each row of the weight.
  func defaultBias(_ weightShape: [Int], count: Int? = nil) -> Tensor {
    let bound = 1 / Double(fanIn(weightShape)).squareRoot()
    return uniform([count ?? weightShape[0]], from: -bound, to: bound)
  }

  /// [kaiming-normal]
  func kaimingNormal(_ shape: [Int]) -> Tensor {
    let deviation = 2.0.squareRoot() / Double(fanOut(shape)).squareRoot()
    return normal(shape, mean: 0, standardDeviation: deviation)
  }

  /// [xavier-uniform]
  func xavierUniform(_ shape: [Int]) -> Tensor {
    let deviation = (2.0 / Double(fanIn(shape) + fanOut(shape))).squareRoot()
    let bound = 3.0.squareRoot() * deviation
    return uniform(shape, from: -bound, to: bound)
  }

  /// N(0, 1): embeddings.
  func standardNormal(_ shape: [Int]) -> Tensor {
    normal(shape, mean: 0, standardDeviation: 1)
  }
}

/// Inputs that reach one output: I·k².
private func fanIn(_ shape: [Int]) -> Int { shape.dropFirst().reduce(1, *) }

/// Outputs that one input reaches: O·k².
private func fanOut(_ shape: [Int]) -> Int { shape[0] * shape.dropFirst(2).reduce(1, *) }
