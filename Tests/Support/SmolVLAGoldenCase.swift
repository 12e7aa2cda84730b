import Fast
import Foundation
import LeRobotCore
import Reference

/// One case that `Fixtures/generate/policies/smolvla.py` wrote.
package struct SmolVLAGoldenCase: Sendable, CustomStringConvertible {
  /// The case's file name, without extension.
  package let name: String
  /// With the sizes of its vision-language model.
  package let config: SmolVLAConfig
  /// Its tensors; weights and pictures are filled by formulas.
  package let golden: GoldenTensors
  /// Optimizer steps.
  package let steps: Int
  private let batchSize: Int

  package var description: String { name }

  /// Reads `Fixtures/policies/smolvla/NAME`, whose configuration is a config.json of LeRobot's.
  package init(_ name: String) throws {
    let file = RepositoryFiles.fixtures.appending(path: "policies/smolvla/\(name).json")
    let json = try JSONValue(parsing: Data(contentsOf: file))
    guard let options = json["config"], var config = SmolVLAConfig(canonical: options),
      let model = json["model"], let fakeToken = json["fake_token"]?.intValue,
      let globalToken = json["global_token"]?.intValue,
      let steps = json["steps"]?.intValue, let batchSize = json["batch"]?.intValue
    else { throw MissingGolden(name: name, key: "config") }
    config.parts = SmolVLAParts(
      model: try SmolVLMConfig(model, file: SmolVLMConfig.fileName), fakeToken: fakeToken,
      globalToken: globalToken)
    self.name = name
    self.config = config
    (self.steps, self.batchSize) = (steps, batchSize)
    golden = try GoldenTensors("smolvla/\(name)")
  }

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
    let cameras = config.common.imageFeatures.filter { !$0.key.contains("empty_camera") }
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
  package init(_ golden: SmolVLAGoldenCase) {
    self.init(
      config: PolicyConfig(golden.config), optimizer: golden.config.optimizerPreset,
      batch: golden.batch, draws: .recorded(golden.golden.draws), steps: golden.steps,
      observations: golden.observations, weights: { golden.weights(for: $0) })
  }
}
