import OrderedCollections

/// The environments LeRobot registers, with their fields (LeRobot `envs/configs.py`), and two of ours.
enum EnvironmentTables {
  static let all: [RecordType] = [
    aloha, pushT, gymManipulator, libero, metaWorld, gymnasium, hub,
  ]

  private static let aloha = environment(
    "aloha", task: "AlohaInsertion-v0", fps: 50, actionWidth: 14,
    map: [
      "action": "action", "agent_pos": "observation.state", "top": "observation.image.top",
      "pixels/top": "observation.images.top",
    ],
    fields: [
      episodeLength(400), observationType, height("observation", 480), width("observation", 640),
      renderMode,
    ])

  private static let pushT = environment(
    "pusht", task: "PushT-v0", fps: 10, actionWidth: 2,
    features: ["agent_pos": PolicyFeature(type: .state, shape: [2])],
    map: [
      "action": "action", "agent_pos": "observation.state",
      "environment_state": "observation.environment_state", "pixels": "observation.image",
    ],
    fields: [
      episodeLength(300), observationType, renderMode, width("visualization", 384),
      height("visualization", 384), height("observation", 384), width("observation", 384),
    ])

  private static let gymManipulator = RecordType(
    name: "gym_manipulator",
    fields: common(task: .optional(.string), .null, fps: 30, features: [:], map: [:]) + [
      FieldType(
        key: "robot", type: .optional(.choice(ChoiceType(name: "robot", cases: []))),
        defaultValue: .null, help: "A real robot; none is registered in training."),
      FieldType(
        key: "teleop", type: .optional(.choice(ChoiceType(name: "teleop", cases: []))),
        defaultValue: .null, help: "A teleoperator; none is registered in training."),
      FieldType(
        key: "processor", type: ManipulatorProcessor.valueType,
        defaultValue: ManipulatorProcessor().json, help: "What happens to observations."),
      FieldType(
        key: "name", type: .string, defaultValue: "real_robot", help: "Name of the environment."),
    ])

  private static let libero = environment(
    "libero", task: "libero_10", taskType: .string, fps: 30, actionWidth: 7,
    map: [
      "action": "action",
      "robot_state/eef/pos": "observation.state.eef_pos",
      "robot_state/eef/quat": "observation.state.eef_quat",
      "robot_state/eef/mat": "observation.state.eef_mat",
      "robot_state/gripper/qpos": "observation.state.gripper_qpos",
      "robot_state/gripper/qvel": "observation.state.gripper_qvel",
      "robot_state/joints/pos": "observation.state.joint_pos",
      "robot_state/joints/vel": "observation.state.joint_vel",
      "pixels/agentview_image": "observation.images.image",
      "pixels/robot0_eye_in_hand_image": "observation.images.image2",
    ],
    fields: [
      episodeLength(520), observationType, renderMode,
      FieldType(
        key: "camera_name", type: .string,
        defaultValue: "agentview_image,robot0_eye_in_hand_image",
        help: "Cameras, separated by commas."),
      FieldType(
        key: "init_states", type: .bool, defaultValue: true, help: "Starts in recorded states."),
      FieldType(
        key: "camera_name_mapping", type: .optional(.dictionary(.string)), defaultValue: .null,
        help: "New names of the cameras."),
      height("observation", 360), width("observation", 360),
    ], check: knownObservationType)

  private static let metaWorld = environment(
    "metaworld", task: "metaworld-push-v2", taskType: .string, fps: 80, actionWidth: 4,
    map: [
      "action": "action", "agent_pos": "observation.state", "top": "observation.image",
      "pixels/top": "observation.image",
    ],
    fields: [
      episodeLength(400), observationType, renderMode,
      FieldType(
        key: "multitask_eval", type: .bool, defaultValue: true,
        help: "Evaluates all tasks of a group."),
    ], check: knownObservationType)

  // MARK: - Ours

  private static let gymnasium = RecordType(
    name: EnvironmentConfig.gymnasiumType,
    fields: [
      FieldType(
        key: "task", type: .string, defaultValue: nil,
        help: "Task of the environment: here gymnasium's id of it, such as gym_pusht/PushT-v0."),
      FieldType(
        key: "kwargs", type: .dictionary(.any), defaultValue: .object([:]),
        help: "What gymnasium.make is given besides the id."),
      FieldType(
        key: "episode_length", type: .optional(.int), defaultValue: .null,
        help: "Steps after which an episode ends; null leaves it to the environment."),
      FieldType(
        key: "disable_env_checker", type: .bool, defaultValue: true,
        help: "Skips gymnasium's checks."),
    ])

  private static let hub = RecordType(
    name: EnvironmentConfig.hubType,
    fields: [
      FieldType(
        key: "task", type: .string, defaultValue: nil,
        help: "Task of the environment: here the repository, USER/NAME[@REVISION][:FILE]."),
      FieldType(
        key: "max_parallel_tasks", type: .int, defaultValue: 1, help: "Tasks evaluated at once."),
    ])

  // MARK: - Parts

  private static func environment(
    _ name: String, task: String, taskType: ValueType = .optional(.string), fps: Int,
    actionWidth: Int, features: OrderedDictionary<String, PolicyFeature> = [:],
    map: OrderedDictionary<String, String>, fields: [FieldType],
    check: @escaping @Sendable (JSONValue) -> [FieldProblem] = { _ in [] }
  ) -> RecordType {
    var all: OrderedDictionary = ["action": PolicyFeature(type: .action, shape: [actionWidth])]
    all.merge(features) { $1 }
    return RecordType(
      name: name,
      fields: common(task: taskType, .string(task), fps: fps, features: all, map: map) + fields,
      check: check)
  }

  private static func common(
    task type: ValueType, _ task: JSONValue, fps: Int,
    features: OrderedDictionary<String, PolicyFeature>, map: OrderedDictionary<String, String>
  ) -> [FieldType] {
    [
      FieldType(key: "task", type: type, defaultValue: task, help: "Task of the environment."),
      FieldType(key: "fps", type: .int, defaultValue: .int(fps), help: "Steps per second."),
      FieldType(
        key: "features", type: .dictionary(PolicyFeature.valueType), defaultValue: features.json,
        help: "What the environment takes and gives."),
      FieldType(
        key: "features_map", type: .dictionary(.string), defaultValue: map.json,
        help: "The policy's names of those features."),
      FieldType(
        key: "max_parallel_tasks", type: .int, defaultValue: 1, help: "Tasks evaluated at once."),
      FieldType(
        key: "disable_env_checker", type: .bool, defaultValue: true,
        help: "Skips gymnasium's checks."),
    ]
  }

  private static func episodeLength(_ steps: Int) -> FieldType {
    FieldType(
      key: "episode_length", type: .int, defaultValue: .int(steps),
      help: "Steps after which an episode ends.")
  }

  private static let observationType = FieldType(
    key: "obs_type", type: .string, defaultValue: "pixels_agent_pos",
    help: "What the policy sees: pixels, pixels_agent_pos or what else the environment has.")

  private static let renderMode = FieldType(
    key: "render_mode", type: .string, defaultValue: "rgb_array", help: "gymnasium's render mode.")

  private static func height(_ prefix: String, _ pixels: Int) -> FieldType {
    FieldType(
      key: "\(prefix)_height", type: .int, defaultValue: .int(pixels),
      help: "Height of the \(prefix) image.")
  }

  private static func width(_ prefix: String, _ pixels: Int) -> FieldType {
    FieldType(
      key: "\(prefix)_width", type: .int, defaultValue: .int(pixels),
      help: "Width of the \(prefix) image.")
  }

  @Sendable private static func knownObservationType(_ fields: JSONValue) -> [FieldProblem] {
    PolicyChecks.choice(
      "obs_type", fields["obs_type"]?.stringValue ?? "", among: ["pixels", "pixels_agent_pos"])
  }

  /// The features that follow from the observation type; images are [H, W, 3] here.
  static func observedFeatures(
    type: String, observationType: String, height: Int, width: Int
  ) -> OrderedDictionary<String, PolicyFeature> {
    let image = PolicyFeature(type: .visual, shape: [height, width, 3])
    func state(_ shape: Int...) -> PolicyFeature { PolicyFeature(type: .state, shape: shape) }
    switch (type, observationType) {
    case ("aloha", "pixels"), ("metaworld", "pixels"):
      return ["top": image]
    case ("aloha", "pixels_agent_pos"):
      return ["agent_pos": state(14), "pixels/top": image]
    case ("metaworld", "pixels_agent_pos"):
      return ["agent_pos": state(4), "pixels/top": image]
    case ("pusht", "pixels_agent_pos"):
      return ["pixels": image]
    case ("pusht", "environment_state_agent_pos"):
      return ["environment_state": PolicyFeature(type: .environment, shape: [16])]
    case ("libero", "pixels"):
      return ["pixels/agentview_image": image, "pixels/robot0_eye_in_hand_image": image]
    case ("libero", "pixels_agent_pos"):
      return [
        "pixels/agentview_image": image, "pixels/robot0_eye_in_hand_image": image,
        "robot_state/eef/pos": state(3), "robot_state/eef/quat": state(4),
        "robot_state/eef/mat": state(3, 3), "robot_state/gripper/qpos": state(2),
        "robot_state/gripper/qvel": state(2), "robot_state/joints/pos": state(7),
        "robot_state/joints/vel": state(7),
      ]
    default: return [:]
    }
  }
}
