import LeRobotCore

/// Where in LeRobot's script a log record comes from; its users' log parsers know these lines.
enum LogSource: Int {
  /// Of `wandb_utils.py`.
  case wandb = 102
  case configuration = 163
  case logger = 171
  case dataset = 183
  case environment = 198
  case policy = 202
  case optimizer = 247
  case outputDirectory = 259
  case environmentTask = 261
  case environmentProcessors = 262
  case steps = 264
  case frames = 265
  case episodes = 266
  case batchSize = 269
  case learnableParameters = 270
  case totalParameters = 271
  case start = 327
  case metrics = 354
  case checkpoint = 364
  case evaluation = 385
  case suite = 405
  case results = 413
  case end = 435

  /// The line that makes a part of the run.
  init(_ part: RunPart) {
    self =
      switch part {
      case .logger(let isSynced): isSynced ? .wandb : .logger
      case .dataset: .dataset
      case .environment: .environment
      case .policy: .policy
      case .optimizer: .optimizer
      }
  }

  /// File and line as a record shows them.
  var origin: String {
    self == .wandb ? "wandb_utils.py:\(rawValue)" : "ot_train.py:\(rawValue)"
  }

  /// The origin of a record that LeRobot's script does not have.
  static let ownOrigin = "lerobot-train"
}
