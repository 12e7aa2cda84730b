import LeRobotCore

/// Draws weights of a narrow type from another source's generator, or none where weights are loaded.
///
/// torch draws bfloat16 numbers from fewer bits, and rounds on the way.
package final class WeightRandom: RandomSource {
  private let random: TorchRandom
  private let type: ScalarType
  private let isDrawn: Bool

  init(_ random: TorchRandom, _ type: ScalarType, isDrawn: Bool) {
    (self.random, self.type, self.isDrawn) = (random, type, isDrawn)
  }

  package func source(of type: ScalarType, isDrawn: Bool) -> any RandomSource {
    random.source(of: type, isDrawn: isDrawn)
  }

  package func uniform(_ shape: [Int], from: Double, to: Double) -> Tensor {
    guard isDrawn else { return .zeros(shape) }
    guard type == .bfloat16 else { return random.uniform(shape, from: from, to: to) }
    return tensor(shape) { $0.uniformBFloat16(count: $1, from: from, to: to) }
  }

  package func normal(_ shape: [Int], mean: Double, standardDeviation: Double) -> Tensor {
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

  package func bernoulli(_ shape: [Int], probability: Double) -> Tensor {
    random.bernoulli(shape, probability: probability)
  }

  package func exponential(_ shape: [Int]) -> Tensor { random.exponential(shape) }

  package func beta(_ shape: [Int], _ a: Double, _ b: Double) -> Tensor {
    random.beta(shape, a, b)
  }

  package func integers(_ shape: [Int], below bound: Int) -> Tensor {
    random.integers(shape, below: bound)
  }

  package func choices(_ count: Int, below bound: Int) -> [Int] {
    random.choices(count, below: bound)
  }

  package func preservingState<Result>(_ body: () throws -> Result) throws -> Result {
    try random.preservingState(body)
  }
}
