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

  /// [lecun-normal]
  func lecunNormal(_ shape: [Int]) -> Tensor {
    let bound = InitialBounds.withinTwo
    let drawn = uniform(shape, from: -bound, to: bound).inverseErrorFunction() * 2.0.squareRoot()
    return drawn.clamped(to: -2...2) * InitialBounds.lecunNormal(shape)
  }

  /// N(0, 1): embeddings.
  func standardNormal(_ shape: [Int]) -> Tensor {
    normal(shape, mean: 0, standardDeviation: 1)
  }

  /// [orthogonal]  By libtorch's decomposition in float64, whose diagonals of R have either sign.
  ///
  /// - Parameters:
  ///   - shape: [O, I, k...], one row for each output.
  ///   - gain: g.
  func orthogonal(_ shape: [Int], gain: Double) -> Tensor {
    let drawn = standardNormal([shape[0], shape.dropFirst().reduce(1, *)])
    let isWide = drawn.size(0) < drawn.size(1)
    let columns = (isWide ? drawn.transposed(0, 1) : drawn).to(.float64)
    let q = columns.orthonormalized()
    let diagonal = (q * columns).sum(axis: 0)  // of R = QᵀX
    let signed = q * (diagonal / diagonal.magnitude())
    let rows = isWide ? signed.transposed(0, 1) : signed
    return (gain * rows).to(drawn.dataType).contiguous().reshaped(shape)
  }
}
