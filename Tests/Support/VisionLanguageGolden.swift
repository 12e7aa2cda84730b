import LeRobotCore
import OrderedCollections

/// A golden case of a policy that looks at pictures and reads a text. Weights and pictures are filled by
/// formulas; the file holds the rest.
package protocol VisionLanguageGolden: Sendable, CustomStringConvertible {
  var name: String { get }
  var policy: PolicyConfig { get }
  /// Its tensors.
  var golden: GoldenTensors { get }
  /// Optimizer steps.
  var steps: Int { get }
  var batchSize: Int { get }
}

extension VisionLanguageGolden {
  package var description: String { name }

  /// The weights to start from, given the policy's names and shapes in order.
  package func weights(for shapes: [(name: String, shape: [Int])]) -> NamedTensors {
    NamedTensors(
      uniqueKeysWithValues: shapes.enumerated().map { seed, entry in
        (entry.name, filled(entry.name, entry.shape, seed: UInt32(seed)))
      })
  }

  /// The training batch.
  package var batch: Batch {
    Batch(tensors: golden.tensors(under: "batch").merging(pictures(0)) { $1 })
  }

  /// The series of observations.
  package var observations: [Batch] {
    (0..<3).map { moment in
      let vectors = golden.tensors(under: "observations/\(moment)")
      return Batch(tensors: vectors.merging(pictures(moment)) { $1 })
    }
  }

  /// Of every camera but the empty ones.
  private func pictures(_ moment: Int) -> NamedTensors {
    var all: NamedTensors = [:]
    let cameras = policy.common.imageFeatures.filter { !$0.key.contains("empty_camera") }
    for (place, (key, feature)) in cameras.enumerated() {
      let shape = [batchSize] + feature.shape
      let units = hashedUnits(shape.reduce(1, *), seed: UInt32(1000 + 10 * moment + place))
      all[key] = HostTensor(units, shape: shape)
    }
    return all
  }
}

extension PolicyQuestion {
  /// A golden case as a question.
  package init(_ golden: some VisionLanguageGolden) {
    self.init(
      config: golden.policy, optimizer: golden.policy.value.optimizerPreset,
      batch: golden.batch, draws: .recorded(golden.golden.draws), steps: golden.steps,
      observations: golden.observations, weights: { golden.weights(for: $0) })
  }
}
