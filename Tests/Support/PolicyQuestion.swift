import Foundation
import LeRobotCore
import OrderedCollections

/// What an engine answers to a golden case of a policy or to a random one.
package struct PolicyOutcome {
  /// Of each training step.
  package var losses: [Double] = []
  /// Of all gradients before clipping, at each step.
  package var norms: [Double] = []
  /// Of the loss of each step, under LeRobot's names.
  package var parts: [OrderedDictionary<String, Double>] = []
  /// Of the first step.
  package var gradients: NamedTensors = [:]
  /// All trained parameters after the last step.
  package var after: NamedTensors = [:]
  /// All buffers after the last step: tables, and the running statistics of batch norms.
  package var buffers: NamedTensors = [:]
  /// Actions for a series of observations, each [B, A].
  package var actions: [HostTensor] = []
  /// The kernels of our own that ran, by name; the reference has none.
  package var kernels: Set<String> = []
  /// Draws that were asked for in another shape than was recorded, and draws left over.
  package var complaints: [String] = []

  package init() {}
}

/// What a policy is asked: where it starts, what it trains on, what is drawn, what it observes.
package struct PolicyQuestion: Sendable {
  package let config: PolicyConfig
  package let optimizer: OptimizerConfig
  package let batch: Batch
  package let draws: Draws.Source
  package let steps: Int
  package let observations: [Batch]
  /// Weights for the policy's names and shapes, in order.
  package let weights: @Sendable ([(name: String, shape: [Int])]) throws -> NamedTensors

  package init(
    config: PolicyConfig, optimizer: OptimizerConfig, batch: Batch, draws: Draws.Source,
    steps: Int, observations: [Batch],
    weights: @escaping @Sendable ([(name: String, shape: [Int])]) throws -> NamedTensors
  ) {
    self.config = config
    self.optimizer = optimizer
    self.batch = batch
    self.draws = draws
    self.steps = steps
    self.observations = observations
    self.weights = weights
  }

  /// A golden case as a question.
  package init(_ golden: ACTGoldenCase) {
    self.init(
      config: PolicyConfig(golden.config), optimizer: golden.optimizer, batch: golden.batch,
      draws: .recorded(golden.draws), steps: 3, observations: (0..<5).map(golden.observation),
      weights: { try golden.weights(for: $0) })
  }
}

/// The numbers that two engines draw, the same for both while they ask in the same order.
package final class Draws {
  /// Where the numbers come from.
  package enum Source: Sendable {
    /// From a golden, which says how many there were.
    case recorded([HostTensor])
    /// From a small generator, as many as are asked for.
    case seeded(UInt64)
  }

  private var remaining: ArraySlice<HostTensor> = []
  private var generator: SplitMix64?
  private var complaints: [String] = []

  package init(_ source: Source) {
    switch source {
    case .recorded(let draws): remaining = draws[...]
    case .seeded(let seed): generator = SplitMix64(seed: seed)
    }
  }

  /// The next draw; ones, and a complaint, if it was recorded in another shape.
  ///
  /// - Parameter number: draws one number where none are recorded.
  func next(_ shape: [Int], _ number: (inout SplitMix64) -> Double) -> HostTensor {
    let count = shape.reduce(1, *)
    if var generator {
      defer { self.generator = generator }
      return HostTensor((0..<count).map { _ in number(&generator) }, shape: shape)
    }
    if let draw = remaining.popFirst(), draw.shape == shape { return draw }
    complaints.append("a draw of \(shape) was not recorded")
    return HostTensor(Array(repeating: 1.0, count: count), shape: shape)
  }

  func uniform(_ shape: [Int], from: Double, to: Double) -> HostTensor {
    next(shape) { Double.random(in: from...to, using: &$0) }
  }
  /// Not normal, but as wide.
  func normal(_ shape: [Int], mean: Double, standardDeviation: Double) -> HostTensor {
    next(shape) { mean + standardDeviation * Double.random(in: -2...2, using: &$0) }
  }
  func bernoulli(_ shape: [Int], probability: Double) -> HostTensor {
    next(shape) { Double.random(in: 0..<1, using: &$0) < probability ? 1 : 0 }
  }
  func exponential(_ shape: [Int]) -> HostTensor {
    next(shape) { -log(1 - Double.random(in: 0..<1, using: &$0)) }
  }
  /// Not beta but uniform, and no float32 needs rounding.
  func beta(_ shape: [Int], _ a: Double, _ b: Double) -> HostTensor {
    next(shape) { Double(Float.random(in: 0..<1, using: &$0)) }
  }
  func integers(_ shape: [Int], below bound: Int) -> HostTensor {
    next(shape) { Double(Int.random(in: 0..<bound, using: &$0)) }
  }

  /// Runs `body` and takes its draws back.
  func preservingState<Result>(_ body: () throws -> Result) rethrows -> Result {
    let before = (remaining, generator)
    defer { (remaining, generator) = before }
    return try body()
  }

  /// All complaints, and one if draws are left over.
  package var summary: [String] {
    complaints + (remaining.isEmpty ? [] : ["\(remaining.count) draws were not asked for"])
  }
}
