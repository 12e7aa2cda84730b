import OrderedCollections

/// Processing around a real robot (LeRobot `envs/configs.py`, `HILSerlProcessorConfig`).
package struct ManipulatorProcessor: ConfigRecord {
  package var controlMode = "gamepad"
  package var observation: Observation?
  package var imagePreprocessing: ImagePreprocessing?
  package var gripper: Gripper?
  package var reset: Reset?
  package var inverseKinematics: InverseKinematics?
  package var rewardClassifier: RewardClassifier?
  package var maximumGripperPosition: Double? = 100

  package init() {}

  package static let fields: [Field<Self>] = [
    Field("control_mode", \.controlMode, "What the robot is controlled with."),
    Field("observation", \.observation, "What is added to observations."),
    Field("image_preprocessing", \.imagePreprocessing, "Crops and sizes of images."),
    Field("gripper", \.gripper, "The gripper."),
    Field("reset", \.reset, "How an episode starts."),
    Field("inverse_kinematics", \.inverseKinematics, "Control of the end effector."),
    Field("reward_classifier", \.rewardClassifier, "Rewards from a classifier."),
    Field("max_gripper_pos", \.maximumGripperPosition, "Largest opening of the gripper."),
  ]

  /// What is added to observations.
  package struct Observation: ConfigRecord {
    package var addsJointVelocity = false
    package var addsCurrent = false
    package var displaysCameras = false

    package init() {}

    package static let fields: [Field<Self>] = [
      Field("add_joint_velocity_to_observation", \.addsJointVelocity, "Adds joint velocities."),
      Field("add_current_to_observation", \.addsCurrent, "Adds motor currents."),
      Field("display_cameras", \.displaysCameras, "Shows the cameras."),
    ]
  }

  /// Crops (top, left, height, width) by camera, and the size of images.
  package struct ImagePreprocessing: ConfigRecord {
    package var crops: OrderedDictionary<String, [Int]>?
    package var size: ImageSize?

    package init() {}

    package static let fields: [Field<Self>] = [
      Field(
        "crop_params_dict", \.crops, "Crop of each camera.",
        as: .optional(.dictionary(.tuple([.int, .int, .int, .int])))),
      Field("resize_size", \.size, "Height and width of images."),
    ]
  }

  /// The gripper and what moving it costs.
  package struct Gripper: ConfigRecord {
    package var usesGripper = true
    package var penalty = 0.0

    package init() {}

    package static let fields: [Field<Self>] = [
      Field("use_gripper", \.usesGripper, "Controls the gripper."),
      Field("gripper_penalty", \.penalty, "Penalty for moving it."),
    ]
  }

  /// How an episode starts and ends; times in seconds.
  package struct Reset: ConfigRecord {
    package var jointPositions: JSONValue = .null
    package var resetTime = 5.0
    package var controlTime = 20.0
    package var terminatesOnSuccess = true

    package init() {}

    package static let fields: [Field<Self>] = [
      Field("fixed_reset_joint_positions", \.jointPositions, "Joints at the start."),
      Field("reset_time_s", \.resetTime, "Seconds for a reset."),
      Field("control_time_s", \.controlTime, "Seconds of an episode."),
      Field("terminate_on_success", \.terminatesOnSuccess, "Ends an episode that succeeded."),
    ]
  }

  /// Control of the end effector instead of the joints.
  package struct InverseKinematics: ConfigRecord {
    package var urdfPath: String?
    package var targetFrame: String?
    package var bounds: OrderedDictionary<String, [Double]>?
    package var stepSizes: OrderedDictionary<String, Double>?

    package init() {}

    package static let fields: [Field<Self>] = [
      Field("urdf_path", \.urdfPath, "Description of the robot."),
      Field("target_frame_name", \.targetFrame, "Frame that is controlled."),
      Field("end_effector_bounds", \.bounds, "Bounds of its position."),
      Field("end_effector_step_sizes", \.stepSizes, "Its steps."),
    ]
  }

  /// Rewards from a trained classifier.
  package struct RewardClassifier: ConfigRecord {
    package var pretrainedPath: String?
    package var successThreshold = 0.5
    package var successReward = 1.0

    package init() {}

    package static let fields: [Field<Self>] = [
      Field("pretrained_path", \.pretrainedPath, "Folder of the classifier."),
      Field("success_threshold", \.successThreshold, "Probability that counts as success."),
      Field("success_reward", \.successReward, "Reward for success."),
    ]
  }
}
