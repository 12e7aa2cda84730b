/// How far initial weights reach, as `torch.nn.init` and torch's layers have it.
///
/// A weight [O, I, k...] has fan-in I·k² and fan-out O·k².
package enum InitialBounds {
  /// Inputs that reach one output: I·k².
  package static func fanIn(_ shape: [Int]) -> Int { shape.dropFirst().reduce(1, *) }

  /// Outputs that one input reaches: O·k².
  package static func fanOut(_ shape: [Int]) -> Int { shape[0] * shape.dropFirst(2).reduce(1, *) }

  /// [kaiming-uniform]  b = √3 · √(2/(1 + 5)) / √fan-in, which is 1/√fan-in: the gain is that of a
  /// leaky rectifier of slope √5. He et al. (arXiv:1502.01852), §2.2; torch `nn/init.py`,
  /// `kaiming_uniform_`.
  package static func kaimingUniform(_ shape: [Int]) -> Double {
    let slope = 5.0.squareRoot()
    let gain = (2 / (1 + slope * slope)).squareRoot()
    let deviation = gain / Double(fanIn(shape)).squareRoot()
    return 3.0.squareRoot() * deviation
  }

  /// b = 1/√fan-in of the weight beside a bias.
  package static func bias(_ weightShape: [Int]) -> Double {
    1 / Double(fanIn(weightShape)).squareRoot()
  }

  /// [kaiming-normal]  σ = √2/√fan-out. torch `nn/init.py`,
  /// `kaiming_normal_(mode="fan_out", nonlinearity="relu")`.
  package static func kaimingNormal(_ shape: [Int]) -> Double {
    2.0.squareRoot() / Double(fanOut(shape)).squareRoot()
  }

  /// [xavier-uniform]  b = √3 · √(2/(fan-in + fan-out)). Glorot & Bengio (2010), eq. 16; torch
  /// `nn/init.py`, `xavier_uniform_`.
  package static func xavierUniform(_ shape: [Int]) -> Double {
    let deviation = (2.0 / Double(fanIn(shape) + fanOut(shape))).squareRoot()
    return 3.0.squareRoot() * deviation
  }

  /// [codebook-uniform]  b = √(6/(K·D)) of a stack [1, K, D] of codes, whose fan-in is K·D.
  /// He et al. (arXiv:1502.01852), §2.2; torch `nn/init.py`, `kaiming_uniform_` with a slope of 0.
  package static func codebookUniform(_ shape: [Int]) -> Double {
    2.0.squareRoot() / Double(fanIn(shape)).squareRoot() * 3.0.squareRoot()
  }

  /// [lecun-normal]  σ = √(1/fan-in) / 0.8796, for a normal cut at ±2: cutting makes its deviation 0.8796.
  /// LeCun et al., Efficient BackProp (1998), §4.6; transformers `lecun_normal_`.
  package static func lecunNormal(_ shape: [Int]) -> Double {
    (1 / Double(fanIn(shape))).squareRoot() / 0.87962566103423978
  }

  /// erf(√2): how much of N(0, 1) is between −2 and 2.
  package static let withinTwo = 0.9544997361036416
}
