import LeRobotCore

// Symbols, formulas and the order in which to read are those of the reference's twin of this file.

/// VQ-BeT as it is trained, in two phases, and used.
package final class VQBeTPolicy: Policy {
  /// Widths, counts and weights.
  package let config: VQBeTConfig
  /// All that is trained.
  package let model: VQBeT
  private let features: VQBeTFeatures
  /// Steps of the first phase that are done.
  private var quantizerSteps = 0
  /// The last n observations, and predicted actions.
  private var acting: ChunkedActing

  /// Draws the initial weights in LeRobot's order.
  ///
  /// - Throws: `PolicyConfigError` for a configuration no VQ-BeT can be built from.
  package init(_ config: VQBeTConfig, random: any RandomSource) throws(PolicyConfigError) {
    self.config = config
    acting = ChunkedActing(observationCount: config.observationStepCount)
    features = try VQBeTFeatures(config)
    model = VQBeT(config, features: features, random: random)
  }

  package var parameters: NamedParameters { named(("vqbet", model)) }
  package var batchKeys: [String] { features.batchKeys }

  /// [VQBET-phases]
  package func loss(_ batch: [String: Tensor], _ pass: Pass) -> PolicyLoss {
    let actions = batch.tensor("action")  // [B, T + c − 1, A]
    guard isQuantizerTrained else {
      return model.heads.quantizer.loss(model.windows(actions), pass)
    }
    return model.loss(batch, actions: actions, pass)
  }

  private var isQuantizerTrained: Bool { model.heads.quantizer.isTrained }

  /// [VQBET-count]
  package func afterStep(_ sums: [Tensor]) {
    guard !isQuantizerTrained else { return }
    model.heads.quantizer.follow(sums)
    quantizerSteps += 1
    if quantizerSteps >= config.quantizerTrainingSteps { model.heads.quantizer.freeze() }
  }

  /// LeRobot begins to count from 0 here, while its schedule does not (Q-VQBET-1).
  package func resume(afterSteps count: Int) {
    quantizerSteps = min(count, config.quantizerTrainingSteps)
  }

  /// The first phase looks at actions alone.
  package var stepsWithoutPictures: Int {
    isQuantizerTrained ? 0 : max(config.quantizerTrainingSteps - quantizerSteps, 1)
  }

  package var warnings: PolicyWarnings { config.warnings(isQuantizerTrained: isQuantizerTrained) }

  /// [VQBET-act]
  ///
  /// - Parameter observation: [B, n, …] under each key.
  /// - Returns: [B, c, A].
  package func predictActionChunk(
    _ observation: [String: Tensor], _ pass: Pass
  ) -> Tensor {
    Torch.withoutGradients {
      let predicted = model.heads(model.actionFeatures(observation, pass), pass).actions
      let newest = config.observationStepCount - 1
      return predicted.reshaped([-1, config.actionTokens, predicted.size(1)])
        .selected(newest, axis: 1)
        .reshaped([-1, config.actionChunkSize, features.actionWidth])
    }
  }

  /// The next action [B, A].
  package func selectAction(_ observation: [String: Tensor], _ pass: Pass) -> Tensor {
    acting.next(observation, keys: features.observationKeys) { predictActionChunk($0, pass) }
  }

  package func reset() { acting.reset() }

  /// With decay, of the quantizer, without decay ([VQBET-groups]).
  package var parameterGroups: [ParameterGroup<Parameter>] {
    config.parameterGroups(parameters.filter(\.value.isTrained))
  }

  /// The backbone's.
  package func load(_ part: PretrainedPart, from weights: any WeightSource) throws {
    try model.pictureEncoder.load(part, from: weights)
  }
}
