/// Options of the run that change nothing.
extension IgnoredOptions {
  /// The seed of a resumed run, whose generators are restored.
  var generators: [ConfigWarning] {
    guard config.resume else { return [] }
    return ignored(
      typed("seed"), reason: "a resumed run trains on with the generators of its checkpoint"
    ) { _ in "for other random numbers start a new run with --policy.path" }
  }

  /// Evaluation without an environment, or never.
  var evaluation: [ConfigWarning] {
    if config.environment == nil {
      return ignored(typed("eval") + typed("eval_freq"), reason: "nothing is evaluated") { _ in
        "give --env.type=pusht"
      }
    }
    guard config.evaluationFrequency <= 0 else {
      guard config.evaluation.usesAsyncEnvironments, config.environment?.isServed == false else {
        return []
      }
      return ignored(
        typed("eval", "use_async_envs"), reason: "environments run side by side anyway"
      ) { _ in "--eval.batch_size says how many" }
    }
    // The environment's type still names the run.
    let fields = typed("env").filter { $0.path.keys.count > 1 && $0.path.keys[1] != "type" }
    return ignored(typed("eval") + fields, reason: "nothing is evaluated") { _ in
      "give --eval_freq=20000"
    }
  }

  /// Options of something that is switched off.
  var switchedOff: [ConfigWarning] {
    var warnings =
      insideOf(config.wandb.enable, ["wandb"], "Weights & Biases is off")
      + insideOf(
        config.dataset.imageTransforms.enable, ["dataset", "image_transforms"],
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

  /// What was typed inside `path`, unless its field `enable` is on.
  private func insideOf(_ isOn: Bool, _ path: [String], _ reason: String) -> [ConfigWarning] {
    guard !isOn else { return [] }
    let switched = ConfigPath(path + ["enable"])
    let options = origins.typed.filter {
      $0.path.isInside(ConfigPath(path)) && $0.path != ConfigPath(path) && $0.path != switched
    }
    return ignored(
      options.sorted { $0.path.description < $1.path.description }, reason: reason
    ) { _ in "give --\(switched)=true" }
  }

  /// Options that the reference ignores.
  var engine: [ConfigWarning] {
    guard backend == .reference, let common = config.policy?.common else { return [] }
    let device = common.device == "cpu" ? [] : typed("policy", "device")
    let precision = common.usesAMP ? typed("policy", "use_amp") : []
    return ignored(
      device + precision, reason: "the reference computes in double precision on the processor"
    ) { _ in "give --backend=fast" }
  }
}
