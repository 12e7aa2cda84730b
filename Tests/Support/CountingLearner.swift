import Foundation
import LeRobotCore

/// A learner that computes nothing: its loss is the step's number. For tests of the loop around.
package final class CountingLearner: Learner {
  package var parameterCounts: (learnable: Int, total: Int) { (1, 1) }
  package var parameterGroupNames: [String] { ["default"] }
  package var initialLearningRates: [Double] { [0.5] }
  /// Dataset indices of every batch it was given.
  package private(set) var seen: [[Int]] = []
  /// Learning rates it was given, the first group's.
  package private(set) var rates: [Double] = []
  /// Called before each update; may throw to end the run.
  package var beforeUpdate: (Int) throws -> Void = { _ in }

  /// Of a step and its dataset indices.
  package var loss: (Int, [Int]) -> Double = { step, _ in Double(step) }

  package init() {}

  package func accumulate(_ batch: Batch, weight: Double) throws {
    try beforeUpdate(seen.count + 1)
    seen.append((batch["index"]?.doubles ?? []).map { Int($0) })
  }
  package func step(learningRates: [Double], world: any World) throws -> StepResult {
    rates.append(learningRates[0])
    let loss = loss(seen.count, seen.last ?? [])
    return StepResult(loss: loss, gradientNorm: 0.25, parts: ["half_loss": loss / 2])
  }
  package func loss(of batch: Batch) throws -> LossRecord { LossRecord(total: 0) }

  package func weights() throws -> NamedTensors {
    ["w": HostTensor([1, -2] as [Float], shape: [2])]
  }
  package var memory: LearnerMemory { LearnerMemory(weights: 8, trained: 8, momentCount: 0) }
  package var weightNames: [String] { ["w"] }
  package func load(_ tensor: HostTensor, named name: String) throws {}
  package func optimizerState() throws -> OptimizerState {
    OptimizerState(slots: [:], groups: [[0]])
  }
  package func loadOptimizer(_ saved: SavedOptimizer) throws {}
  /// How often the average was moved, and by which decays.
  package private(set) var decays: [Double] = []
  /// Whether the average computes.
  package private(set) var isExchanged = false
  package func beginAverage() throws {}
  package func average(decay: Double) throws { decays.append(decay) }
  package func loadAverage(_ tensor: HostTensor, named name: String) throws {}
  package func exchangeAverage() throws { isExchanged.toggle() }
  /// The chunk that it plans whatever it sees, [B, T, A].
  package var plan = HostTensor([0] as [Float], shape: [1, 1, 1])
  package func predictActionChunk(_ samples: Batch) throws -> HostTensor { plan }
  package func selectAction(_ observation: Batch) throws -> HostTensor {
    HostTensor([0] as [Float], shape: [1, 1])
  }
  package func reset() {}
}

/// Batches that hold nothing but their dataset indices.
package final class IndexLoader: BatchLoader {
  package let workerCount = 0
  package let drawsTransforms = false
  private var rest: ArraySlice<[Int]> = []

  package init() {}

  package func begin(_ plan: EpochPlan, at position: LoaderPosition?) {
    rest = plan.batches[...].dropFirst(position?.taken ?? 0)
  }
  package var position: LoaderPosition { LoaderPosition(taken: rest.startIndex) }
  package func next(_ generator: any GlobalGenerator) throws -> Batch? {
    rest.popFirst().map { indices in
      Batch(tensors: ["index": HostTensor(indices.map(Int64.init), shape: [indices.count])])
    }
  }
  package func stop() { rest = [] }
}

/// A global generator that belongs to no engine.
package final class PlainGenerator: GlobalGenerator {
  package var generator: TorchGenerator

  package init(seed: UInt64) { generator = TorchGenerator(seed: seed) }

  package func draw<Result>(
    _ body: (inout TorchGenerator) throws -> Result
  ) throws -> Result { try body(&generator) }
}
