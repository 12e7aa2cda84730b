import LeRobotCore

// SmolVLA
//
// M. Shukor, D. Aubakirova, F. Capuano, P. Kooijmans, S. Palma, A. Zouitine, M. Aractingi, C. Pascal, M. Russi,
// A. Marafioti, S. Alibert, M. Cord, T. Wolf, R. Cadene: SmolVLA: A vision-language-action model for affordable
// and efficient robotics. arXiv:2506.01844. Sections below are that paper's. The code follows LeRobot 0.4.2
// (`policies/smolvla`), whose oddities Documentation/Quirks.md lists (Q-SMOLVLA-n, Q-VLA-1).
//
// A small vision-language model looks at the cameras' pictures and reads the instruction. Beside it stands an
// expert: a narrower transformer with a layer for each of the model's. Its tokens are the actions of a chunk with
// noise in them; they look at what the model's layers make of the observation, and the expert says where the
// actions have to move to become demonstrated ones. Acting follows that from pure noise in a few steps. As a rule
// only the expert is trained.
//
//   Paper      Code                 Shape              Meaning
//   o_t        prefix               [B, S, D]          pictures, instruction and state, as tokens
//   A_t        actions              [B, H, 32]         a chunk of demonstrated actions, padded to 32 numbers
//   ε          noise                [B, H, 32]         of N(0, 1)
//   τ          time, t              [B]                1 for noise and 0 for actions: the paper counts the other way
//   A_t^τ      sample, x_t          [B, H, 32]         actions with noise
//   u          target               [B, H, 32]         ε − a
//   v_θ        velocity, predicted  [B, H, 32]         what the expert says of it
//   n          actionStepCount      integer            actions carried out of a chunk
//
// Read on in this order: SmolVLAPolicy (use), SmolVLA (loss and sampling), SmolVLAPrefix (what it looks at),
// SmolVLAPictures, SmolVLAExpert (who looks at what), Models/SmolVLM, and Layers/DecoderLayer.

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
