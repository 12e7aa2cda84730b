import Foundation
import LeRobotCore

/// One configuration of image transforms, a seed, and what LeRobot made of a picture.
package struct TransformFixture: Sendable, CustomStringConvertible {
  package let name: String
  package let seed: UInt64
  package let config: ImageTransformsConfig
  /// Before and after; float32 in 0…1.
  package let frames: HostTensor
  package let changed: HostTensor
  /// The uniform number that follows in the stream.
  package let after: Float

  package var description: String { "\(name), seed \(seed)" }

  /// All cases of `Fixtures/transforms`.
  package static func load() throws -> [TransformFixture] {
    let folder = RepositoryFiles.fixtures.appending(path: "transforms")
    let json = try JSONValue(
      parsing: Data(contentsOf: folder.appending(path: "transforms.json")))
    let file = try SafetensorsFile(path: folder.appending(path: "transforms.safetensors").path)
    return try (json.arrayValue ?? []).map { entry in
      let key = entry["key"]?.stringValue ?? ""
      let bytes = try file.tensor("\(key).frames")
      return TransformFixture(
        name: entry["name"]?.stringValue ?? "",
        seed: UInt64(entry["seed"]?.intValue ?? 0),
        config: config(entry["config"]),
        frames: HostTensor(bytes.doubles.map { Float($0) / 255 }, shape: bytes.shape),
        changed: try file.tensor("\(key).changed"),
        after: Float(entry["after"]?.doubleValue ?? -1))
    }
  }

  /// LeRobot's default, but for what `json` names.
  private static func config(_ json: JSONValue?) -> ImageTransformsConfig {
    var config = ImageTransformsConfig()
    config.enable = true
    if let count = json?["max_num_transforms"]?.intValue { config.maximumCount = count }
    if let random = json?["random_order"]?.boolValue { config.randomOrder = random }
    guard let transforms = json?["tfs"]?.objectValue else { return config }
    config.transforms = transforms.mapValues { value in
      var transform = ImageTransformConfig(
        type: value["type"]?.stringValue ?? "", arguments: value["kwargs"]?.objectValue ?? [:])
      transform.weight = value["weight"]?.doubleValue ?? 1
      return transform
    }
    return config
  }
}
