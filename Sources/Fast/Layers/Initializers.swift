import LeRobotCore

/// Initial weights as `torch.nn.init` and torch's layers draw them.
extension RandomSource {
  /// [kaiming-uniform]
  func kaimingUniform(_ shape: [Int]) -> Tensor {
    let bound = InitialBounds.kaimingUniform(shape)
    return uniform(shape, from: -bound, to: bound)
  }

  /// U(−b, b), b = 1/√fan-in: the bias beside a weight of `weightShape`, of `count` elements or
  /// of one for each row of the weight.
  func defaultBias(_ weightShape: [Int], count: Int? = nil) -> Tensor {
    let bound = InitialBounds.bias(weightShape)
    return uniform([count ?? weightShape[0]], from: -bound, to: bound)
  }

  /// [kaiming-normal]
  func kaimingNormal(_ shape: [Int]) -> Tensor {
    normal(shape, mean: 0, standardDeviation: InitialBounds.kaimingNormal(shape))
  }

  /// [xavier-uniform]
  func xavierUniform(_ shape: [Int]) -> Tensor {
    let bound = InitialBounds.xavierUniform(shape)
    return uniform(shape, from: -bound, to: bound)
  }

  /// N(0, 1): embeddings.
  func standardNormal(_ shape: [Int]) -> Tensor {
    normal(shape, mean: 0, standardDeviation: 1)
  }
}
