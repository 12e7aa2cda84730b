import Foundation
import LeRobotCore

/// One case that `Fixtures/generate/policies/tdmpc.py` wrote.
package struct TDMPCGoldenCase: Sendable, CustomStringConvertible {
  /// The case's file name, without extension.
  package let name: String
  package let config: TDMPCConfig
  /// Its tensors; weights and pictures are filled by formulas.
  package let golden: GoldenTensors
  private let batchSize: Int

  package var description: String { name }

  /// Reads `Fixtures/policies/tdmpc/NAME`, whose configuration is a config.json of LeRobot's.
  package init(_ name: String) throws {
    let file = RepositoryFiles.fixtures.appending(path: "policies/tdmpc/\(name).json")
    let json = try JSONValue(parsing: Data(contentsOf: file))
    guard let options = json["config"], let config = TDMPCConfig(canonical: options) else {
      throw MissingGolden(name: name, key: "config")
    }
    self.name = name
    self.config = config
    golden = try GoldenTensors("tdmpc/\(name)")
    batchSize = json["batch"]?.intValue ?? 0
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
    let pictures = pictures(0, leading: [batchSize, config.horizon + 1])
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
    config.common.imageFeatures.mapValues { feature in
      let shape = leading + feature.shape
      let numbers = hashedUnits(shape.reduce(1, *), seed: UInt32(1000 + 10 * moment))
      return HostTensor(numbers, shape: shape)
    }
  }
}

extension PolicyQuestion {
  /// A golden case as a question.
  package init(_ golden: TDMPCGoldenCase) {
    self.init(
      config: PolicyConfig(golden.config), optimizer: golden.config.optimizerPreset,
      batch: golden.batch, draws: .recorded(golden.golden.draws), steps: 3,
      observations: golden.observations, weights: { golden.weights(for: $0) })
  }
}
