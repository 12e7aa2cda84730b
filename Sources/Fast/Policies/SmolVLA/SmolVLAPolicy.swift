import LeRobotCore

// Symbols, formulas and the order in which to read are those of the reference's twin of this file.

/// SmolVLA as it is trained and used.
package final class SmolVLAPolicy: Policy {
  package let config: SmolVLAConfig
  package let model: SmolVLA
  private let features: SmolVLAFeatures
  /// Planned actions [B, A].
  private var queue = ActionQueue<Tensor>()

  /// Draws the initial weights in LeRobot's order.
  ///
  /// - Throws: `PolicyConfigError` for a configuration no SmolVLA can be built from.
  package init(
    _ config: SmolVLAConfig, random: any RandomSource
  ) throws(PolicyConfigError) {
    self.config = config
    features = try SmolVLAFeatures(config)
    model = SmolVLA(config, features.sizes, random: random)
    for (name, parameter) in parameters where !config.trains(name) { parameter.role = .frozen }
  }

  package var parameters: NamedParameters { named(("model", model)) }
  package var batchKeys: [String] { features.batchKeys }

  package func loss(_ batch: [String: Tensor], _ pass: Pass) -> PolicyLoss {
    let target = batch.tensor("action")
    let actions = padded(
      config.adaptsToPiAloha ? SmolVLAAloha.target(target) : target,
      to: config.maximumActionWidth)
    let noise = model.noise(batch: actions.size(0), pass.random)
    let time = model.time(batch: actions.size(0), pass.random)
    return PolicyLoss(
      total: model.loss(prefix(batch), actions: actions, noise: noise, time: time), parts: [:])
  }

  /// [SMOLVLA-act]  The chunk's real numbers.
  ///
  /// - Parameter observation: the present one.
  /// - Returns: [B, H, A].
  package func predictActionChunk(
    _ observation: [String: Tensor], _ pass: Pass
  ) -> Tensor {
    let prefix = prefix(observation)
    let noise = model.noise(batch: prefix.isReal.size(0), pass.random)
    let actions = model.sample(prefix, noise: noise).sliced(0..<features.actionWidth, axis: 2)
    return config.adaptsToPiAloha ? SmolVLAAloha.action(actions) : actions
  }

  /// The next action [B, A].
  package func selectAction(_ observation: [String: Tensor], _ pass: Pass) -> Tensor {
    queue.next(atMost: config.actionStepCount) { predictActionChunk(observation, pass) }
  }

  package func reset() { queue.reset() }

  /// The vision-language model's weights; layers that are not kept are left out.
  package func load(_ part: PretrainedPart, from weights: any WeightSource) throws {
    try model.model.parameters.load(part, from: weights)
  }

  /// All of them with one learning rate; the frozen ones are listed too.
  package var parameterGroups: [ParameterGroup<Parameter>] { singleGroup }

  /// An observation's tokens; of several observations in a row the last counts.
  package func prefix(_ batch: [String: Tensor]) -> SmolVLAPrefix {
    let cameras = features.cameraKeys.compactMap { batch[$0] }
    let given = last(batch.tensor("observation.state"), rank: 2)
    let state = config.adaptsToPiAloha ? SmolVLAAloha.state(given) : given
    let size = config.paddedImageSize
    return model.prefix(
      pictures: cameras.map { picture in
        // The first number of `resize_imgs_with_padding` is the width.
        fitted(last(picture, rank: 4), to: ImageSize(height: size.width, width: size.height))
      },
      words: batch.tensor(TokenizerStep.tokensKey),
      isWord: batch.tensor(TokenizerStep.isTokenKey),
      state: padded(state, to: config.maximumStateWidth))
  }

  /// x at its last step, if it has an axis of steps.
  private func last(_ x: Tensor, rank: Int) -> Tensor {
    guard x.shape.count > rank else { return x }
    return x.sliced(x.size(1) - 1..<x.size(1), axis: 1)
      .reshaped([x.size(0)] + x.shape.dropFirst(2))
  }
}
