/// Warnings for options that were typed and change nothing. LeRobot drops most of them silently;
/// each warning names the option that works.
struct IgnoredOptions {
  let config: TrainPipelineConfig
  let origins: ConfigOrigins
  let backend: RunOptions.Backend

  var warnings: [ConfigWarning] {
    optimizer + presetFields + unusedFields + pretrainedBackbone + generators + evaluation
      + switchedOff + engine
  }

  /// The options typed on the command line for `prefix` or something inside it, sorted.
  func typed(_ prefix: String...) -> [(path: ConfigPath, argument: String)] {
    let prefix = ConfigPath(prefix)
    return origins.typed.filter { $0.path.isInside(prefix) }
      .sorted { $0.path.description < $1.path.description }
  }

  func ignored(
    _ options: [(path: ConfigPath, argument: String)], reason: String,
    remedy: (ConfigPath) -> String
  ) -> [ConfigWarning] {
    options.map { .ignored(option: $0.argument, reason: reason, remedy: remedy($0.path)) }
  }

  // MARK: - Optimizer

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
      let field = path.keys.joined(separator: "_")
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
    if config.resume {
      return ignored(
        fields, reason: "a resumed run takes optimizer and schedule from its checkpoint"
      ) { _ in "start a new run with --policy.path=CHECKPOINT/pretrained_model" }
    }
    return ignored(
      fields, reason: "--use_policy_training_preset=false takes --optimizer and --scheduler"
    ) { ownOption(for: $0.keys.last ?? "") }
  }

  /// The option of `--optimizer` or `--scheduler` that does what a field of the policy would do.
  private func ownOption(for field: String) -> String {
    let parts = field.split(separator: "_", maxSplits: 1).map(String.init)
    let owner = parts[0] == "optimizer" ? config.optimizer?.json : config.scheduler?.json
    guard parts.count == 2, owner?[parts[1]] != nil else {
      return "no option of --\(parts[0]) does the same; leave it out"
    }
    return "give --\(parts[0]).\(parts[1])"
  }

  // MARK: - Policy

  /// Fields of a part of the policy that is switched off.
  private var unusedFields: [ConfigWarning] {
    (config.policy?.value.unusedFields ?? []).flatMap { fields in
      ignored(fields.keys.flatMap { typed("policy", $0) }, reason: fields.reason) { _ in
        fields.remedy
      }
    }
  }

  /// Weights of a part that is loaded with the whole policy.
  private var pretrainedBackbone: [ConfigWarning] {
    guard config.policy?.common.pretrainedPath != nil else { return [] }
    return ignored(
      typed("policy", "pretrained_backbone_weights"),
      reason: "the checkpoint brings the weights of the whole policy"
    ) { _ in "leave it out" }
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
