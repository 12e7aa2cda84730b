import Foundation
import LeRobotCore

/// One case that `Fixtures/generate/policies/act.py` wrote.
package struct ACTGoldenCase: Sendable, CustomStringConvertible {
  /// The case's file name, without extension.
  package let name: String
  package let config: ACTConfig
  /// The largest gradient norm that is not clipped.
  package let gradientClipNorm: Double
  /// Its tensors; weights and pictures are filled by formulas.
  package let golden: GoldenTensors
  private let batchSize: Int

  package var description: String { name }

  /// Reads `Fixtures/policies/act/NAME`.
  package init(_ name: String) throws {
    let folder = RepositoryFiles.fixtures.appending(path: "policies/act")
    let json = try JSONValue(
      parsing: Data(contentsOf: folder.appending(path: "\(name).json")))
    self.name = name
    guard let config = ACTConfig(golden: json) else {
      throw MissingGolden(name: name, key: "config")
    }
    self.config = config
    gradientClipNorm = json["clip"]?.doubleValue ?? 0
    batchSize = json["batch"]?.intValue ?? 0
    golden = try GoldenTensors("act/\(name)")
  }

  /// A stored tensor.
  package func tensor(_ key: String) throws -> HostTensor { try golden.tensor(key) }

  /// Stored tensors below a folder, by the rest of their name.
  package func tensors(under folder: String) -> NamedTensors { golden.tensors(under: folder) }

  /// Dropout masks and normal draws in call order.
  package var draws: [HostTensor] { golden.draws }

  /// AdamW as the case's preset has it.
  package var optimizer: OptimizerConfig {
    var options = AdamOptions(weightDecay: config.weightDecay)
    options.learningRate = config.learningRate
    options.gradientClipNorm = gradientClipNorm
    return .adamW(options)
  }

  /// The weights to start from, given the policy's names and shapes in order: stored, or filled
  /// by formula where they are large.
  package func weights(for shapes: [(name: String, shape: [Int])]) throws -> NamedTensors {
    var all: NamedTensors = [:]
    for (seed, (name, shape)) in shapes.enumerated() {
      all[name] =
        isLarge(name) ? filled(name, shape, seed: UInt32(seed)) : try tensor("weights/\(name)")
    }
    return all
  }

  /// The training batch.
  package var batch: Batch {
    Batch(tensors: tensors(under: "batch").merging(pictures(0)) { $1 })
  }

  /// The observation at one moment of the series.
  package func observation(_ moment: Int) -> Batch {
    Batch(tensors: tensors(under: "observations/\(moment)").merging(pictures(moment)) { $1 })
  }

  private func pictures(_ moment: Int) -> NamedTensors {
    var all: NamedTensors = [:]
    for (key, feature) in config.common.inputFeatures where feature.type == .visual {
      let shape = [batchSize] + feature.shape
      let camera = UInt32(key.suffix(1)) ?? 0
      let seed = UInt32(1000 + 10 * moment) + camera
      all[key] = HostTensor(hashedUnits(shape.reduce(1, *), seed: seed), shape: shape)
    }
    return all
  }
}

extension ACTConfig {
  /// The configuration of a golden case, under LeRobot's keys.
  fileprivate init?(golden json: JSONValue) {
    var fields = ACTConfig().json.objectValue ?? [:]
    fields.merge(json["config"]?.objectValue ?? [:]) { $1 }
    // LeRobot's program takes a Bool here, its files do not.
    let dilation = "replace_final_stride_with_dilation"
    if fields[dilation] == true { fields[dilation] = 1 }
    fields["pretrained_backbone_weights"] = .null
    fields["input_features"] = json["inputs"]
    fields["output_features"] = ["action": ["type": "ACTION", "shape": [2]]]
    self.init(canonical: .object(fields))
  }
}
