import Foundation
import LeRobotCore

/// One case that `Fixtures/generate/policies/pi.py` wrote.
package struct PIGoldenCase: VisionLanguageGolden {
  /// The case's file name, without extension.
  package let name: String
  /// Of π₀ or π₀.₅, with its sizes.
  package let policy: PolicyConfig
  package let golden: GoldenTensors
  package let steps: Int
  package let batchSize: Int

  /// Reads `Fixtures/policies/pi/NAME`, whose configuration is a config.json of LeRobot's.
  package init(_ name: String) throws {
    let file = RepositoryFiles.fixtures.appending(path: "policies/pi/\(name).json")
    let json = try JSONValue(parsing: Data(contentsOf: file))
    guard let steps = json["steps"]?.intValue, let batchSize = json["batch"]?.intValue else {
      throw MissingGolden(name: name, key: "config")
    }
    policy =
      name.hasPrefix("pi05")
      ? PolicyConfig(try Self.config(json, name, PI05.self))
      : PolicyConfig(try Self.config(json, name, PI0.self))
    self.name = name
    (self.steps, self.batchSize) = (steps, batchSize)
    golden = try GoldenTensors("pi/\(name)")
  }

  private static func config<Release>(
    _ json: JSONValue, _ name: String, _ release: Release.Type
  ) throws -> PIConfig<Release> {
    guard let options = json["config"], let sizes = json["sizes"],
      var config = PIConfig<Release>(canonical: options)
    else { throw MissingGolden(name: name, key: "config") }
    config.ownSizes = try PIOwnSizes(sizes)
    config.trainsExpertOnly = json["frozen"] == "model"
    config.freezesVisionEncoder = json["frozen"] == "tower"
    return config
  }
}
