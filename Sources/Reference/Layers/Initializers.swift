import Foundation
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

  /// [lecun-normal]  A normal cut at ±2 times σ: √2·erf⁻¹(u), u uniform in ±erf(√2).
  /// transformers `modeling_siglip.py`, `variance_scaling_`.
  func lecunNormal(_ shape: [Int]) -> Tensor {
    let bound = InitialBounds.withinTwo
    let deviation = InitialBounds.lecunNormal(shape)
    return uniform(shape, from: -bound, to: bound).map {
      min(max(inverseErrorFunction($0) * 2.0.squareRoot(), -2), 2) * deviation
    }
  }

  /// N(0, 1): embeddings.
  func standardNormal(_ shape: [Int]) -> Tensor {
    normal(shape, mean: 0, standardDeviation: 1)
  }

  /// [orthogonal]  g·Q, where Q has orthonormal columns, or rows where it has fewer of these, and is
  /// as likely as any other such matrix: Gram and Schmidt's Q of a matrix of N(0, 1).
  ///
  /// Saxe et al. (arXiv:1312.6120), §3; Mezzadri (arXiv:math-ph/0609050), §4: another decomposition
  /// QR must get R's diagonal positive. torch `nn/init.py`, `orthogonal_`.
  ///
  /// - Parameters:
  ///   - shape: [O, I, k...], one row for each output.
  ///   - gain: g.
  func orthogonal(_ shape: [Int], gain: Double) -> Tensor {
    let drawn = standardNormal([shape[0], shape.dropFirst().reduce(1, *)])
    let isWide = drawn.size(0) < drawn.size(1)
    // The columns to be made orthonormal, as rows.
    let rows = orthonormalRows(isWide ? drawn : drawn.transposed)
    return gain * (isWide ? rows : rows.transposed).reshaped(shape)
  }
}

/// The number whose error function is y, by Newton's method from Winitzki's guess (2008).
private func inverseErrorFunction(_ y: Double) -> Double {
  let (a, l) = (0.147, log(1 - y * y))
  let half = 2 / (.pi * a) + l / 2
  var x = ((half * half - l / a).squareRoot() - half).squareRoot() * (y < 0 ? -1 : 1)
  for _ in 0..<4 { x -= (erf(x) - y) * .pi.squareRoot() / 2 * exp(x * x) }
  return x
}

/// Gram and Schmidt's: of each row what the rows before it leave, of length 1.
///
/// Each part is taken from what is left already, which keeps rounding small (Björck, 1967).
private func orthonormalRows(_ x: Tensor) -> Tensor {
  var done: [[Double]] = []
  for start in stride(from: 0, to: x.count, by: x.size(1)) {
    var rest = Array(x.elements[start..<start + x.size(1)])
    for row in done {
      let shared = zip(row, rest).reduce(0) { $0 + $1.0 * $1.1 }
      rest = zip(rest, row).map { $0 - shared * $1 }
    }
    let length = rest.reduce(0) { $0 + $1 * $1 }.squareRoot()
    done.append(rest.map { $0 / length })
  }
  return Tensor(done.flatMap { $0 }, shape: x.shape)
}
