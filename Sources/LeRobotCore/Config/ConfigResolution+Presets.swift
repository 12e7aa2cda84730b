/// What a policy adds to the run: optimizer, schedule, and where it is uploaded.
extension ConfigResolution {
  /// Optimizer and schedule of the policy, unless they are given or saved.
  mutating func applyPresets() {
    guard let policy = config.policy?.value else { return }
    if !config.usesPolicyTrainingPreset {
      guard config.optimizer == nil || config.scheduler == nil else { return }
      issues.append(
        .missingOption(
          option: "--use_policy_training_preset=false",
          message: "needs an optimizer and a schedule; give --optimizer.type=adamw "
            + "--scheduler.type=diffuser --scheduler.name=constant, say"))
    } else if !config.resume {
      noteReplacedByPreset(policy)
      config.optimizer = policy.optimizerPreset
      config.scheduler = policy.schedulerPreset
      for path in [ConfigPath(["optimizer"]), ConfigPath(["scheduler"])] {
        origins.remove(inside: path)
        origins[path] = .preset
      }
    }
  }

  /// A file that asks for another optimizer or schedule than the preset; what runs save is the
  /// preset itself, until the command line changes it.
  private mutating func noteReplacedByPreset(_ policy: any PolicyConfiguration) {
    let changed = origins.typed.contains { option in
      option.path.keys.first == "policy"
        && (option.path.keys.count == 1 || option.path.keys[1] == "type"
          || option.path.keys[1].hasPrefix("optimizer_")
          || option.path.keys[1].hasPrefix("scheduler_"))
    }
    guard !changed, line.policyPath == nil else { return }
    let preset = (policy.optimizerPreset.json, policy.schedulerPreset?.json ?? .null)
    for (key, value, preset) in [
      ("optimizer", config.optimizer?.json, preset.0),
      ("scheduler", config.scheduler?.json, preset.1),
    ] where value != nil && value != preset {
      let path = ConfigPath([key])
      guard case .file = origins[path] else { continue }
      warnings.append(
        .ignored(
          option: ConfigPlace(path: path, origin: origins[path]).description,
          reason: "the policy's preset is used", remedy: "give --use_policy_training_preset=false"))
    }
  }

  mutating func checkHub() {
    guard let common = config.policy?.common else { return }
    guard common.pushesToHub || options.uploadsCheckpoints else { return }
    let name = common.repositoryID ?? ""
    if name == "" {
      let off = common.pushesToHub ? "--policy.push_to_hub=false" : "--save_checkpoint_to_hub=false"
      issues.append(
        .missingOption(
          option: "--policy.repo_id",
          message: "is needed to upload the policy; give --policy.repo_id=USER/NAME, or \(off)"))
    } else if !RepositoryName.isName(name) {
      let path = ConfigPath(["policy", "repo_id"])
      issues.append(
        .invalidValue(
          ConfigPlace(path: path, origin: origins[path]), found: name,
          expected: "USER/NAME of letters, digits, '-', '_' and '.', at most 96", hint: nil))
    }
  }
}
