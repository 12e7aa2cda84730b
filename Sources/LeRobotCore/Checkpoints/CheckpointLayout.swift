/// Names of files and folders in a run's output directory (LeRobot `utils/constants.py`).
package enum CheckpointLayout {
  package static let checkpoints = "checkpoints"
  package static let last = "last"
  /// Our own; LeRobot passes it over.
  package static let best = "best"
  package static let pretrainedModel = "pretrained_model"
  /// The moving average of the weights, under the name of LeRobot's main branch.
  package static let averagedModel = "pretrained_model_ema"
  package static let trainingState = "training_state"

  package static let policyConfig = "config.json"
  package static let trainConfig = "train_config.json"
  package static let weights = "model.safetensors"
  package static let modelCard = "README.md"

  package static let trainingStep = "training_step.json"
  package static let optimizerState = "optimizer_state.safetensors"
  package static let parameterGroups = "optimizer_param_groups.json"
  package static let scheduleState = "scheduler_state.json"
  package static let randomState = "rng_state.safetensors"
  /// All of the training state, in checkpoints of LeRobot until March 2025.
  package static let legacyTrainingState = "training_state.pth"
  /// Our own; LeRobot passes it over.
  package static let resumeState = "resume_state.safetensors"
  /// Options of our own that a resumed run takes over; LeRobot passes it over too.
  package static let runOptions = "run_options.json"

  /// A checkpoint's name: the step, padded so that names sort
  /// (LeRobot `utils/train_utils.py`, `get_step_identifier`).
  package static func name(step: Int, totalSteps: Int) -> String {
    let digits = String(step)
    let width = max(6, String(totalSteps).count)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// The step a checkpoint's name says; nil for other names.
  package static func step(name: String) -> Int? {
    name.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(name) : nil
  }

  /// The checkpoints among some names, the highest step first.
  static func newestFirst(_ names: [String]) -> [(step: Int, name: String)] {
    names.compactMap { name in step(name: name).map { (step: $0, name: name) } }
      .sorted { $0.step > $1.step }
  }

  /// The name of the highest step among some names; those of no checkpoint are passed over.
  package static func newest(of names: [String]) -> String? { newestFirst(names).first?.name }

  /// While it is written; a name that no reader takes for a checkpoint.
  static func unfinished(_ name: String) -> String { ".unfinished-" + name }

  /// While a new checkpoint takes the place of one of the same step.
  static func replaced(_ name: String) -> String { ".replaced-" + name }

  /// A checkpoint's folder under its own name, should it have the name of a replaced one.
  package static func original(_ folder: String) -> String {
    let name = FileSystem.name(of: folder)
    guard name.hasPrefix(replaced("")), let parent = FileSystem.parent(of: folder) else {
      return folder
    }
    return "\(parent)/\(name.dropFirst(replaced("").count))"
  }

  /// Where a path to nowhere leads, if it runs through a checkpoint, or a link to one, that a kill
  /// left under the name of a replaced one; nil for every other path.
  static func survivor(of path: String) -> String? {
    var parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    for end in parts.indices {
      let prefix = parts[...end].joined(separator: "/")
      if prefix.isEmpty || FileSystem.exists(prefix) { continue }
      parts[end] = replaced(FileSystem.linkTarget(prefix) ?? parts[end])
      let candidate = parts.joined(separator: "/")
      return FileSystem.exists(candidate) ? candidate : nil
    }
    return nil
  }
}
