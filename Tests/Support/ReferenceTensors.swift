import Foundation
import LeRobotCore
import Reference

extension Reference.Tensor {
  /// Elements uniform in −1…1.
  package static func random(
    _ shape: [Int], using generator: inout some RandomNumberGenerator
  ) -> Reference.Tensor {
    let count = shape.reduce(1, *)
    return Reference.Tensor(
      (0..<count).map { _ in Double.random(in: -1...1, using: &generator) }, shape: shape)
  }
}

/// Draws from a small generator of its own: initial weights and masks for properties.
package final class SplitMixRandom: Reference.RandomSource {
  private var generator: SplitMix64

  package init(seed: UInt64) { generator = SplitMix64(seed: seed) }

  package func uniform(_ shape: [Int], from: Double, to: Double) -> Reference.Tensor {
    Reference.Tensor.random(shape, using: &generator).map { (from + to + (to - from) * $0) / 2 }
  }

  /// Not normal but of its mean and deviation, which is all a property needs.
  package func normal(
    _ shape: [Int], mean: Double, standardDeviation: Double
  ) -> Reference.Tensor {
    let reach = standardDeviation * 3.0.squareRoot()
    return uniform(shape, from: mean - reach, to: mean + reach)
  }

  package func bernoulli(_ shape: [Int], probability: Double) -> Reference.Tensor {
    uniform(shape, from: 0, to: 1).map { $0 < probability ? 1 : 0 }
  }

  package func exponential(_ shape: [Int]) -> Reference.Tensor {
    uniform(shape, from: 0, to: 1).map { -log(1 - $0 * 0.999) }
  }

  /// Not of the distribution but of its mean, in 0…1.
  package func beta(_ shape: [Int], _ a: Double, _ b: Double) -> Reference.Tensor {
    uniform(shape, from: max(0, (a - b) / (a + b)), to: min(1, 2 * a / (a + b)))
  }

  package func integers(_ shape: [Int], below bound: Int) -> Reference.Tensor {
    uniform(shape, from: 0, to: Double(bound)).map { min($0.rounded(.down), Double(bound - 1)) }
  }

  package func choices(_ count: Int, below bound: Int) -> [Int] {
    integers([count], below: bound).elements.map { Int($0) }
  }

  package func preservingState<Result>(_ body: () throws -> Result) throws -> Result {
    let before = generator
    defer { generator = before }
    return try body()
  }
}

/// Compares the gradients of Σ w·f(x), w random, with central differences.
///
/// - Returns: a message for the first input whose gradient is off by more than 1e-6.
package func gradientMismatch(
  at inputs: [Reference.Tensor], seed: UInt64, _ function: ([Variable]) -> Variable
) -> String? {
  var generator = SplitMix64(seed: seed ^ 0xABCD)
  let weights = Variable(
    .random(function(inputs.map { Variable($0) }).shape, using: &generator))
  func loss(_ inputs: [Variable]) -> Variable { (function(inputs) * weights).sum() }

  let variables = inputs.map { Variable($0, needsGradient: true) }
  let computed = gradients(of: loss(variables), withRespectTo: variables)
  for (position, input) in inputs.enumerated() {
    let estimated = input.elements.indices.map { element in
      let sides = [1e-5, -1e-5].map { step in
        var moved = input.elements
        moved[element] += step
        var all = inputs.map { Variable($0) }
        all[position] = Variable(Reference.Tensor(moved, shape: input.shape))
        return loss(all).value.scalar
      }
      return (sides[0] - sides[1]) / 2e-5
    }
    let expected = Reference.Tensor(estimated, shape: input.shape)
    let gradient = computed[position] ?? .zeros(input.shape)
    if let message = mismatch(expected, gradient, relative: 1e-6, absolute: 1e-7) {
      return "input \(position): \(message)"
    }
  }
  return nil
}

extension Reference.Policy {
  /// What the policy reads of a batch.
  package func inputs(_ batch: Batch) -> [String: Reference.Tensor] { batch.inputs(batchKeys) }
}
