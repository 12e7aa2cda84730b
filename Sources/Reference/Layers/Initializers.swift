import LeRobotCore

/// Initial weights as `torch.nn.init` and torch's layers draw them.
///
/// A weight [O, I, k...] has fan-in I·k² and fan-out O·k².
extension RandomSource {
  /// [kaiming-uniform]  U(−b, b), b = 1/√fan-in: torch's default for linear and convolution
  /// weights (gain for a leaky slope of √5: √3 · √(2/(1+5)) / √fan-in). He et al.
  /// (arXiv:1502.01852), §2.2; torch `nn/init.py`, `kaiming_uniform_`.
  func kaimingUniform(_ shape: [Int]) -> Tensor {
    let bound = InitialBounds.kaimingUniform(shape)
    return uniform(shape, from: -bound, to: bound)
  }

  /// U(−b, b), b = 1/√fan-in: torch's default for the bias beside a weight of `weightShape`, of
  /// `count` elements or of one for each row of the weight.
  func defaultBias(_ weightShape: [Int], count: Int? = nil) -> Tensor {
    let bound = InitialBounds.bias(weightShape)
    return uniform([count ?? weightShape[0]], from: -bound, to: bound)
  }

  /// [kaiming-normal]  N(0, 2/fan-out): a ResNet's convolutions.
  /// torch `nn/init.py`, `kaiming_normal_(mode="fan_out", nonlinearity="relu")`.
  func kaimingNormal(_ shape: [Int]) -> Tensor {
    normal(shape, mean: 0, standardDeviation: InitialBounds.kaimingNormal(shape))
  }

  /// [xavier-uniform]  U(−b, b), b = √3 · √(2/(fan-in + fan-out)): transformer weights.
  /// Glorot & Bengio (2010), eq. 16; torch `nn/init.py`, `xavier_uniform_`.
  func xavierUniform(_ shape: [Int]) -> Tensor {
    let bound = InitialBounds.xavierUniform(shape)
    return uniform(shape, from: -bound, to: bound)
  }

  /// N(0, 1): embeddings.
  func standardNormal(_ shape: [Int]) -> Tensor {
    normal(shape, mean: 0, standardDeviation: 1)
  }
}
