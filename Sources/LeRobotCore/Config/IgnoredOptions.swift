/// Warnings for options that were typed and change nothing, most of which LeRobot drops without a
/// word; each names the one that works.
struct IgnoredOptions {
  let config: TrainPipelineConfig
  let origins: ConfigOrigins

  var warnings: [ConfigWarning] {
    optimizer + presetFields + renameMap + evaluation + switchedOff + notBuilt
  }

  /// The options typed on the command line for `prefix` or something inside it, sorted.
  private func typed(_ prefix: String...) -> [(path: ConfigPath, argument: String)] {
    let prefix = ConfigPath(prefix)
    return origins.typed.filter { $0.path.isInside(prefix) }
      .sorted { $0.path.description < $1.path.description }
  }

  private func ignored(
    _ options: [(path: ConfigPath, argument: String)], reason: String,
    remedy: (ConfigPath) -> String
  ) -> [ConfigWarning] {
    options.map { .ignored(option: $0.argument, reason: reason, remedy: remedy($0.path)) }
  }

  /// `--optimizer.*` and `--scheduler.*`.
  private var optimizer: [ConfigWarning] {
    if config.resume {
      // torch saves neither the clipping nor a schedule's shape: those count as they are typed.
      let options = typed("optimizer").filter {
        !$0.path.isInside(ConfigPath(["optimizer", "grad_clip_norm"]))
      }
      return ignored(
        options, reason: "a resumed run takes the optimizer's options from its checkpoint"
      ) { _ in "to change them start a new run with --policy.path=CHECKPOINT/pretrained_model" }
    }
    let options = typed("optimizer") + typed("scheduler")
    guard config.usesPolicyTrainingPreset else { return [] }
    return ignored(options, reason: "the policy's preset is used") { path in
      let field = path.description.replacingFirst(".", with: "_")
      let same = config.policy?.json[field] == nil ? "" : "give --policy.\(field), or "
      return same + "give --use_policy_training_preset=false with --optimizer and --scheduler"
    }
  }

  /// `--policy.optimizer_*` and `--policy.scheduler_*` where no preset is built from them.
  private var presetFields: [ConfigWarning] {
    guard config.resume || !config.usesPolicyTrainingPreset else { return [] }
    let fields = typed("policy").filter { option in
      let key = option.path.keys.last ?? ""
      return key.hasPrefix("optimizer_") || key.hasPrefix("scheduler_")
    }
    let reason =
      config.resume
      ? "a resumed run takes optimizer and schedule from its checkpoint"
      : "--use_policy_training_preset=false takes --optimizer and --scheduler"
    return ignored(fields, reason: reason) { path in
      config.resume
        ? "start a new run with --policy.path=CHECKPOINT/pretrained_model"
        : "give --\(path.keys.last?.replacingFirst("_", with: ".") ?? "optimizer")"
    }
  }

  private var renameMap: [ConfigWarning] {
    guard config.policy?.common.pretrainedPath == nil, !config.renameMap.isEmpty else { return [] }
    return ignored(
      typed("rename_map"), reason: "a policy trained from scratch takes the dataset's own names"
    ) { _ in "it renames features for --policy.path" }
  }

  /// Evaluation without an environment.
  private var evaluation: [ConfigWarning] {
    guard config.environment == nil else { return [] }
    return ignored(typed("eval") + typed("eval_freq"), reason: "nothing is evaluated") { _ in
      "give --env.type"
    }
  }

  /// Options of something that is switched off.
  private var switchedOff: [ConfigWarning] {
    var warnings: [ConfigWarning] = []
    func add(_ on: Bool, _ path: [String], _ key: String, _ reason: String) {
      guard !on else { return }
      let switched = ConfigPath(path + [key])
      let options = origins.typed.filter {
        $0.path.isInside(ConfigPath(path)) && $0.path != ConfigPath(path) && $0.path != switched
      }
      warnings += ignored(
        options.sorted { $0.path.description < $1.path.description }, reason: reason
      ) { _ in "give --\(switched)=true" }
    }
    add(config.wandb.enable, ["wandb"], "enable", "Weights & Biases is off")
    add(
      config.dataset.imageTransforms.enable, ["dataset", "image_transforms"], "enable",
      "image transforms are off")
    if !config.savesCheckpoints {
      warnings += ignored(typed("save_freq"), reason: "no checkpoints are written") { _ in
        "give --save_checkpoint=true"
      }
    }
    if config.policy?.common.pushesToHub == false {
      warnings += ignored(
        typed("policy", "repo_id") + typed("policy", "private"), reason: "nothing is uploaded"
      ) { _ in "give --policy.push_to_hub=true" }
    }
    return warnings
  }

  private var notBuilt: [ConfigWarning] {
    var warnings: [ConfigWarning] = []
    if config.wandb.enable {
      warnings.append(
        .notBuilt(
          option: "--wandb.enable=true",
          message: "logging to Weights & Biases is not built yet; metrics.jsonl holds the numbers"))
    }
    if let common = config.policy?.common, common.pushesToHub {
      warnings.append(
        .notBuilt(
          option: "--policy.push_to_hub=true",
          message: "uploading is not built yet; the checkpoint stays here"))
    }
    return warnings
  }
}

extension ConfigOrigins {
  /// The options that were typed, in no order.
  var typed: [(path: ConfigPath, argument: String)] {
    listed.compactMap { path in
      if case .commandLine(let argument) = self[path] { (path, argument) } else { nil }
    }
  }
}

extension String {
  /// The text with the first occurrence of `old` replaced.
  fileprivate func replacingFirst(_ old: Character, with new: String) -> String {
    guard let index = firstIndex(of: old) else { return self }
    return self[..<index] + new + self[self.index(after: index)...]
  }
}
