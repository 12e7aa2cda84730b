import LeRobotCore
import OrderedCollections

/// ALOHA's options (LeRobot `envs/configs.py`, `AlohaEnv`, and the arguments of gym_aloha's
/// `AlohaEnv`).
package struct AlohaSettings: Sendable, Equatable {
  /// What an observation holds (gym_aloha's `obs_type`).
  package enum ObservationKind: String, CaseIterable, Sendable {
    /// The pictures alone.
    case pixels
    /// The pictures and the arms' joints.
    case pixelsAndAgentPosition = "pixels_agent_pos"
    /// The places of the objects and the arms' joints; gym_aloha has no such.
    case environmentState = "environment_state_agent_pos"
  }

  /// The picture of a video, and of an observation unless options say otherwise.
  package static let pictureSize = PictureSize(width: 640, height: 480)
  /// The camera of a video.
  package static let videoCamera = "top"

  package var task = AlohaTask.insertion
  package var observation = ObservationKind.pixelsAndAgentPosition
  package var observationSize = pictureSize
  /// The model's cameras, under the names of the pictures that they give.
  package var cameras: OrderedDictionary<String, String> = ["pixels/top": "top"]

  package init() {}

  /// - Throws: `EnvironmentError.unknownOption`.
  package init(_ config: EnvironmentConfig) throws(EnvironmentError) {
    let tasks = AlohaTask.allCases.map(\.rawValue)
    task =
      AlohaTask(rawValue: try config.choice("task", unsaid: task.rawValue, among: tasks)) ?? task
    let kinds = ObservationKind.allCases.map(\.rawValue)
    let kind = try config.choice("obs_type", unsaid: observation.rawValue, among: kinds)
    observation = ObservationKind(rawValue: kind) ?? observation
    _ = try config.choice("render_mode", unsaid: "rgb_array", among: ["rgb_array"])
    observationSize = try config.size("observation", unsaid: Self.pictureSize)
    if let map = config.fields["features_map"]?.objectValue { cameras = try Self.cameras(map) }
  }

  /// The cameras of the models; gym_aloha draws `front_close` as `vis`.
  private static let known = [
    "top", "angle", "vis", "front_close", "left_pillar", "right_pillar", "left_wrist",
    "right_wrist",
  ]

  /// The cameras that `features_map` names: `pixels/angle` with the policy's
  /// `observation.images.angle`. gym_aloha shows `top` whatever it says (Q-ALOHA-3).
  private static func cameras(
    _ map: OrderedDictionary<String, JSONValue>
  ) throws(EnvironmentError) -> OrderedDictionary<String, String> {
    var cameras: OrderedDictionary<String, String> = [:]
    for (key, value) in map where key.hasPrefix("pixels/") {
      let name = String(key.dropFirst("pixels/".count))
      guard known.contains(name) else {
        throw .unknownOption(
          key: "features_map", value: key, known: known.map { "pixels/" + $0 })
      }
      let target = value.stringValue ?? ""
      guard let label = target.wholeMatch(of: /observation\.images\.(.+)/)?.1 else {
        throw .unknownOption(
          key: "features_map", value: "\(key): \(target)", known: ["observation.images.NAME"])
      }
      cameras["pixels/\(label)"] = name == "vis" ? "front_close" : name
    }
    return cameras.isEmpty ? AlohaSettings().cameras : cameras
  }
}
