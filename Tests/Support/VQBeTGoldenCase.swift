import Foundation
import LeRobotCore

/// One case that `Fixtures/generate/policies/vqbet.py` wrote.
package struct VQBeTGoldenCase: Sendable, CustomStringConvertible {
  /// The case's file name, without extension.
  package let name: String
  package let config: VQBeTConfig
  /// Its tensors; weights, codes and pictures are filled by formulas.
  package let golden: GoldenTensors
  /// Optimizer steps.
  package let steps: Int
  private let batchSize: Int
  private let isDiscretized: Bool

  package var description: String { name }

  /// Reads `Fixtures/policies/vqbet/NAME`, whose configuration is a config.json of LeRobot's.
  package init(_ name: String) throws {
    let file = RepositoryFiles.fixtures.appending(path: "policies/vqbet/\(name).json")
    let json = try JSONValue(parsing: Data(contentsOf: file))
    guard let options = json["config"], let config = VQBeTConfig(canonical: options),
      let steps = json["steps"]?.intValue, let batchSize = json["batch"]?.intValue
    else { throw MissingGolden(name: name, key: "config") }
    self.name = name
    self.config = config
    (self.steps, self.batchSize) = (steps, batchSize)
    isDiscretized = json["is_discretized"] == .bool(true)
    golden = try GoldenTensors("vqbet/\(name)")
  }

  /// The weights to start from, given the policy's names and shapes in order. A policy has its own
  /// tables, and batch norms have seen a black picture.
  package func weights(for shapes: [(name: String, shape: [Int])]) -> NamedTensors {
    vqbetWeights(for: shapes, isDiscretized: isDiscretized)
  }

  /// Names and elements of what the loss of each step reports.
  package func parts(ofStep step: Int) -> [String: Double] {
    golden.tensors(under: "parts/\(step)").reduce(into: [:]) { $0[$1.key] = $1.value.doubles[0] }
  }

  /// The training batch.
  package var batch: Batch {
    let pictures = pictures(0, leading: [batchSize, config.observationStepCount])
    return Batch(tensors: golden.tensors(under: "batch").merging(pictures) { $1 })
  }

  /// The series of observations.
  package var observations: [Batch] {
    (0..<5).map { moment in
      let vectors = golden.tensors(under: "observations/\(moment)")
      return Batch(tensors: vectors.merging(pictures(moment, leading: [batchSize])) { $1 })
    }
  }

  private func pictures(_ moment: Int, leading: [Int]) -> NamedTensors {
    var all: NamedTensors = [:]
    for (key, feature) in config.common.imageFeatures {
      let shape = leading + feature.shape
      let seed = UInt32(1000 + moment)
      all[key] = HostTensor(hashedUnits(shape.reduce(1, *), seed: seed), shape: shape)
    }
    return all
  }
}

/// Weights of a VQ-BeT by formula, codes far apart and in clusters of some size.
///
/// - Parameter isDiscretized: whether the quantizer has been trained.
func vqbetWeights(
  for shapes: [(name: String, shape: [Int])], isDiscretized: Bool
) -> NamedTensors {
  var all: NamedTensors = [:]
  for (seed, (name, shape)) in shapes.enumerated() {
    let units = hashedUnits(shape.reduce(1, *), seed: UInt32(seed))
    if name.hasSuffix("embed") || name.hasSuffix("embed_avg") {
      all[name] = HostTensor(units.map { 2 * $0 - 1 }, shape: shape)
    } else if name.hasSuffix("cluster_size") {
      all[name] = HostTensor(units.map { $0 + 0.5 }, shape: shape)
    } else if name.hasSuffix("discretized") || name.hasSuffix("freeze_codebook") {
      all[name] = HostTensor([isDiscretized], shape: [])
    } else if name.hasSuffix("num_batches_tracked") {
      all[name] = HostTensor([1 as Int64], shape: [])
    } else if !["pos_grid", ".attn.bias", "initted", "indices"].contains(where: name.hasSuffix) {
      all[name] = filled(name, shape, seed: UInt32(seed))
    }
  }
  return all
}

extension PolicyQuestion {
  /// A golden case as a question.
  package init(_ golden: VQBeTGoldenCase) {
    self.init(
      config: PolicyConfig(golden.config), optimizer: golden.config.optimizerPreset,
      batch: golden.batch, draws: .recorded(golden.golden.draws), steps: golden.steps,
      observations: golden.observations, weights: { golden.weights(for: $0) })
  }
}
