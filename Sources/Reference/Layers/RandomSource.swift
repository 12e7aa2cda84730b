import LeRobotCore

/// Where a policy's randomness comes from: initial weights, dropout masks, noise, crops.
///
/// Tests inject what another implementation drew.
package protocol RandomSource: AnyObject {
  /// The source from which weights of a type are drawn.
  ///
  /// - Parameter isDrawn: false for weights that are loaded, for which nothing is drawn.
  func source(of type: ScalarType, isDrawn: Bool) -> any RandomSource
  /// Uniform in `from`…`to`.
  func uniform(_ shape: [Int], from: Double, to: Double) -> Tensor
  /// Normally distributed.
  func normal(_ shape: [Int], mean: Double, standardDeviation: Double) -> Tensor
  /// 1 with the given probability, else 0.
  func bernoulli(_ shape: [Int], probability: Double) -> Tensor
  /// −ln(1 − u), u uniform in 0..<1: how long to wait for what comes once in a unit of time.
  func exponential(_ shape: [Int]) -> Tensor
  /// Beta(a, b).
  func beta(_ shape: [Int], _ a: Double, _ b: Double) -> Tensor
  /// Whole numbers in 0..<bound.
  func integers(_ shape: [Int], below bound: Int) -> Tensor
  /// Whole numbers in 0..<bound, from NumPy's generator; they may repeat.
  func choices(_ count: Int, below bound: Int) -> [Int]
  /// Runs `body`, and then puts back what further draws depend on.
  func preservingState<Result>(_ body: () throws -> Result) throws -> Result
}

extension RandomSource {
  /// The same source, for those that draw one type.
  package func source(of type: ScalarType, isDrawn: Bool) -> any RandomSource { self }

  /// A whole number in 0..<bound.
  func integer(below bound: Int) -> Int { Int(integers([], below: bound).scalar) }

  /// [multinomial]  One index of each row, drawn with the row's probabilities: argmaxᵢ pᵢ/eᵢ, the
  /// first of exponential clocks to ring.
  ///
  /// torch `multinomial` with one sample (ATen/native/Distributions.cpp).
  ///
  /// - Parameter probabilities: p, [R, K].
  /// - Returns: whole numbers, [R].
  package func multinomial(_ probabilities: Tensor) -> Tensor {
    (probabilities / exponential(probabilities.shape)).argmax()
  }
}

/// torch's own draws: float32, from its CPU generator, widened to Double.
///
/// With it the reference starts from LeRobot's weights and sees LeRobot's masks and noise.
package final class TorchRandom: RandomSource, GlobalGenerator {
  /// The seed of a generator that nobody seeded, as in torch.
  package static let defaultSeed: UInt64 = 67_280_421_310_721

  /// The generator's present state.
  package var generator: TorchGenerator
  private let numPy: NumPyStream

  /// - Parameter numPy: the run's, where others draw from it too.
  package init(_ generator: TorchGenerator, numPy: NumPyStream = NumPyStream()) {
    self.generator = generator
    self.numPy = numPy
  }

  package func source(of type: ScalarType, isDrawn: Bool) -> any RandomSource {
    type == .float32 && isDrawn ? self : WeightRandom(self, type, isDrawn: isDrawn)
  }

  package func uniform(_ shape: [Int], from: Double, to: Double) -> Tensor {
    tensor(shape) { $0.uniform(count: $1, from: Float(from), to: Float(to)) }
  }

  package func normal(_ shape: [Int], mean: Double, standardDeviation: Double) -> Tensor {
    tensor(shape) {
      $0.normal(count: $1, mean: mean, standardDeviation: standardDeviation)
    }
  }

  package func bernoulli(_ shape: [Int], probability: Double) -> Tensor {
    tensor(shape) { generator, count in
      (0..<count).map { _ in generator.bernoulli(probability) ? 1 : 0 }
    }
  }

  package func exponential(_ shape: [Int]) -> Tensor {
    tensor(shape) { generator, count in (0..<count).map { _ in Float(generator.exponential()) } }
  }

  package func beta(_ shape: [Int], _ a: Double, _ b: Double) -> Tensor {
    tensor(shape) { generator, count in (0..<count).map { _ in generator.beta(a, b) } }
  }

  package func integers(_ shape: [Int], below bound: Int) -> Tensor {
    let count = shape.reduce(1, *)
    let drawn = (0..<count).map { _ in generator.integer(in: 0..<Int64(bound)) }
    return Tensor(drawn.map(Double.init), shape: shape)
  }

  package func choices(_ count: Int, below bound: Int) -> [Int] {
    numPy.choices(count, below: bound)
  }

  package func draw<Result>(_ body: (inout TorchGenerator) throws -> Result) throws -> Result {
    try body(&generator)
  }

  package func preservingState<Result>(_ body: () throws -> Result) throws -> Result {
    let before = (generator, numPy.generator)
    defer { (generator, numPy.generator) = before }
    return try body()
  }

  /// A tensor of floats drawn from the generator.
  private func tensor(
    _ shape: [Int], _ draw: (inout TorchGenerator, _ count: Int) -> [Float]
  ) -> Tensor {
    Tensor(draw(&generator, shape.reduce(1, *)).map(Double.init), shape: shape)
  }
}

/// Draws weights of a narrow type from another source's generator, or none where weights are loaded.
///
/// torch draws bfloat16 numbers from fewer bits, and rounds on the way.
private final class WeightRandom: RandomSource {
  private let random: TorchRandom
  private let type: ScalarType
  private let isDrawn: Bool

  init(_ random: TorchRandom, _ type: ScalarType, isDrawn: Bool) {
    (self.random, self.type, self.isDrawn) = (random, type, isDrawn)
  }

  func source(of type: ScalarType, isDrawn: Bool) -> any RandomSource {
    random.source(of: type, isDrawn: isDrawn)
  }

  func uniform(_ shape: [Int], from: Double, to: Double) -> Tensor {
    guard isDrawn else { return .zeros(shape) }
    guard type == .bfloat16 else { return random.uniform(shape, from: from, to: to) }
    return tensor(shape) { $0.uniformBFloat16(count: $1, from: from, to: to) }
  }

  func normal(_ shape: [Int], mean: Double, standardDeviation: Double) -> Tensor {
    guard isDrawn else { return .zeros(shape) }
    guard type == .bfloat16 else {
      return random.normal(shape, mean: mean, standardDeviation: standardDeviation)
    }
    return tensor(shape) {
      $0.normalBFloat16(count: $1, mean: mean, standardDeviation: standardDeviation)
    }
  }

  private func tensor(
    _ shape: [Int], _ draw: (inout TorchGenerator, _ count: Int) -> [Float]
  ) -> Tensor {
    Tensor(draw(&random.generator, shape.reduce(1, *)).map(Double.init), shape: shape)
  }

  // MARK: What no weight is drawn from

  func bernoulli(_ shape: [Int], probability: Double) -> Tensor {
    random.bernoulli(shape, probability: probability)
  }

  func exponential(_ shape: [Int]) -> Tensor { random.exponential(shape) }

  func beta(_ shape: [Int], _ a: Double, _ b: Double) -> Tensor {
    random.beta(shape, a, b)
  }

  func integers(_ shape: [Int], below bound: Int) -> Tensor {
    random.integers(shape, below: bound)
  }

  func choices(_ count: Int, below bound: Int) -> [Int] {
    random.choices(count, below: bound)
  }

  func preservingState<Result>(_ body: () throws -> Result) throws -> Result {
    try random.preservingState(body)
  }
}
