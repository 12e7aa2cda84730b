import LeRobotCore

// Symbols, formulas and the order in which to read are those of the reference's twin of this file.

/// Diffusion Policy as it is trained and used.
package final class DiffusionPolicy: Policy {
  /// Widths, counts and schedules.
  package let config: DiffusionConfig
  /// Encoders, U-Net and noise.
  package let model: Diffusion
  private let features: DiffusionFeatures
  /// The last To observations, and sampled actions.
  private var acting: ChunkedActing

  /// Draws the initial weights in LeRobot's order.
  ///
  /// - Throws: `PolicyConfigError` for a configuration no Diffusion Policy can be built from.
  package init(
    _ config: DiffusionConfig, random: any RandomSource
  ) throws(PolicyConfigError) {
    self.config = config
    acting = ChunkedActing(observationCount: config.observationStepCount)
    features = try DiffusionFeatures(config)
    model = Diffusion(config, features: features, random: random)
  }

  package var parameters: NamedParameters { named(("diffusion", model)) }
  package var batchKeys: [String] { features.batchKeys(config) }

  package func loss(_ batch: [String: Tensor], _ pass: Pass) -> PolicyLoss {
    let observation = batch.filter { features.observationKeys.contains($0.key) }
    let isPadding = config.masksPaddingLoss ? batch.tensor("action_is_pad") : nil
    return PolicyLoss(
      total: model.loss(
        observation, actions: batch.tensor("action"), isPadding: isPadding, pass),
      parts: [:])
  }

  /// [DIFF-window]
  package func predictActionChunk(
    _ observation: [String: Tensor], _ pass: Pass
  ) -> Tensor {
    let first = config.observationStepCount - 1
    let last = min(first + config.actionStepCount, config.horizon)
    return Torch.withoutGradients {
      model.sample(observation, pass).sliced(first..<last, axis: 1)
    }
  }

  /// The next action [B, A].
  package func selectAction(_ observation: [String: Tensor], _ pass: Pass) -> Tensor {
    acting.next(observation, keys: features.observationKeys) { predictActionChunk($0, pass) }
  }

  package func reset() { acting.reset() }

  /// All of them with one learning rate.
  package var parameterGroups: [ParameterGroup<Parameter>] { singleGroup }

  /// The backbone's, which all cameras' encoders start from.
  package func load(_ part: PretrainedPart, from weights: any WeightSource) throws {
    guard !model.encoders.isEmpty else { throw PolicyConfigError.unknownPart(part) }
    for encoder in model.encoders { try encoder.load(part, from: weights) }
  }
}
