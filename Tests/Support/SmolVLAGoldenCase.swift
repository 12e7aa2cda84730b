import Fast
import Foundation
import LeRobotCore
import Reference

/// One case that `Fixtures/generate/policies/smolvla.py` wrote.
package struct SmolVLAGoldenCase: VisionLanguageGolden {
  /// The case's file name, without extension.
  package let name: String
  /// With the sizes of its vision-language model.
  package let config: SmolVLAConfig
  /// Its tensors; weights and pictures are filled by formulas.
  package let golden: GoldenTensors
  /// Optimizer steps.
  package let steps: Int
  package let batchSize: Int

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

  package var policy: PolicyConfig { PolicyConfig(config) }
}
