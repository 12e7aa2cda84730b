import Foundation
import LeRobotCore

/// One case that `Fixtures/generate/policies/diffusion.py` wrote.
package struct DiffusionGoldenCase: Sendable, CustomStringConvertible {
  /// The case's file name, without extension.
  package let name: String
  package let config: DiffusionConfig
  /// Its tensors; weights and pictures are filled by formulas.
  package let golden: GoldenTensors
  private let batchSize: Int

  package var description: String { name }

  /// Reads `Fixtures/policies/diffusion/NAME`, whose configuration is a config.json of LeRobot's.
  package init(_ name: String) throws {
    let file = RepositoryFiles.fixtures.appending(path: "policies/diffusion/\(name).json")
    let json = try JSONValue(parsing: Data(contentsOf: file))
    guard let options = json["config"], let config = DiffusionConfig(canonical: options) else {
      throw MissingGolden(name: name, key: "config")
    }
    self.name = name
    self.config = config
    golden = try GoldenTensors("diffusion/\(name)")
    batchSize = json["batch"]?.intValue ?? 0
  }

  /// The weights to start from, given the policy's names and shapes in order. A policy has its own
  /// grid of places, and batch norms have seen a black picture.
  package func weights(for shapes: [(name: String, shape: [Int])]) -> NamedTensors {
    var all: NamedTensors = [:]
    for (seed, (name, shape)) in shapes.enumerated() where !name.hasSuffix("pos_grid") {
      all[name] =
        name.hasSuffix("num_batches_tracked")
        ? HostTensor([1 as Int64], shape: []) : filled(name, shape, seed: UInt32(seed))
    }
    return all
  }

  /// The training batch.
  package var batch: Batch {
    let pictures = pictures(0, leading: [batchSize, config.observationStepCount])
    return Batch(tensors: golden.tensors(under: "batch").merging(pictures) { $1 })
  }

  /// The series of observations.
  package var observations: [Batch] {
    (0..<6).map { moment in
      let vectors = golden.tensors(under: "observations/\(moment)")
      return Batch(tensors: vectors.merging(pictures(moment, leading: [batchSize])) { $1 })
    }
  }

  private func pictures(_ moment: Int, leading: [Int]) -> NamedTensors {
    var all: NamedTensors = [:]
    for (key, feature) in config.common.imageFeatures {
      let shape = leading + feature.shape
      let camera = UInt32(key.suffix(1)) ?? 0
      let seed = UInt32(1000 + 10 * moment) + camera
      all[key] = HostTensor(hashedUnits(shape.reduce(1, *), seed: seed), shape: shape)
    }
    return all
  }
}

extension PolicyQuestion {
  /// A golden case as a question.
  package init(_ golden: DiffusionGoldenCase) {
    self.init(
      config: PolicyConfig(golden.config), optimizer: golden.config.optimizerPreset,
      batch: golden.batch, draws: .recorded(golden.golden.draws), steps: 3,
      observations: golden.observations, weights: { golden.weights(for: $0) })
  }
}
