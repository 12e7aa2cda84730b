import LeRobotCore

// π₀ and π₀.₅
//
// K. Black, N. Brown, D. Driess, A. Esmail, M. Equi, C. Finn, N. Fusai, L. Groom, K. Hausman, B. Ichter,
// S. Jakubczak, T. Jones, L. Ke, S. Levine, A. Li-Bell, M. Mothukuri, S. Nair, K. Pertsch, L. X. Shi, J. Tanner,
// Q. Vuong, A. Walling, H. Wang, U. Zhilinsky: π₀: A vision-language-action flow model for general robot
// control. arXiv:2410.24164. And Physical Intelligence: π₀.₅: a vision-language-action model with open-world
// generalization. arXiv:2504.16054. The code follows LeRobot 0.4.2 (`policies/pi0`, `policies/pi05`), whose
// oddities Documentation/Quirks.md lists (Q-PI-n, Q-VLA-1).
//
// A vision-language model, PaliGemma, looks at the cameras' pictures and reads the instruction. Beside it stands
// an expert: a narrower Gemma with as many layers and the same heads. Its tokens are the actions of a chunk with
// noise in them. In every layer they look at what the model makes of the observation, and at each other; the
// model does not look at them. The expert says where the actions have to move to become demonstrated ones, and
// acting follows that from pure noise in a few steps.
//
// The two differ in where state and time go. π₀ gives the expert a token of the state, and mixes time into the
// tokens of the actions. π₀.₅ writes the state into the instruction, as numbers of bins, and lets time decide the
// expert's norms.
//
//   Paper      Code                 Shape              Meaning
//   o_t        prefix               [B, S, D]          pictures and instruction, as tokens
//   q_t        state                [B, 32]            the robot's state (π₀)
//   A_t        actions              [B, H, 32]         a chunk of demonstrated actions, padded to 32 numbers
//   ε          noise                [B, H, 32]         of N(0, 1)
//   τ          time, t              [B]                1 for noise and 0 for actions: the paper counts the other way
//   A_t^τ      sample, x_t          [B, H, 32]         actions with noise
//   u          target               [B, H, 32]         ε − a
//   v_θ        velocity, predicted  [B, H, 32]         what the expert says of it
//
// Read on in this order: PIPolicy (use), PI (loss and sampling), PIPrefix (what it looks at), PIPictures, PISuffix
// (what the expert is given), PIExpert (who looks at what), Models/PaliGemma, and Layers/DecoderLayer.

/// π₀ or π₀.₅ as it is trained and used.
package final class PIPolicy<Release: PIRelease>: Policy {
  package let config: PIConfig<Release>
  package let model: PI<Release>
  private let features: PIFeatures
  /// Planned actions [B, A].
  private var queue = ActionQueue<Tensor>()

  /// Draws the initial weights in LeRobot's order.
  ///
  /// - Throws: `PolicyConfigError` for a configuration no such policy can be built from.
  package init(
    _ config: PIConfig<Release>, random: any RandomSource
  ) throws(PolicyConfigError) {
    self.config = config
    features = try PIFeatures(config)
    model = PI(config, features.sizes, random: random)
    for (name, parameter) in parameters {
      parameter.value = parameter.value.rounded(to: config.drawnType(of: name))
      parameter.keep(in: config.type(of: name))
      if !config.trains(name) { parameter.role = .frozen }
    }
  }

  package var parameters: NamedParameters { named(("model", model)) }
  package var batchKeys: [String] { features.batchKeys }

  /// [PI-real]  The mean counts the action's own numbers, not those it is padded with.
  package func loss(_ batch: [String: Tensor], _ pass: Pass) -> PolicyLoss {
    let actions = padded(batch.tensor("action"), to: config.maximumActionWidth)
    let noise = model.noise(batch: actions.size(0), pass.random)
    let time = model.time(batch: actions.size(0), pass.random)
    let errors = model.errors(
      prefix(batch), state: state(batch), actions: actions, noise: noise, time: time)
    return PolicyLoss(
      total: errors.sliced(0..<features.actionWidth, axis: 2).squared().mean(), parts: [:])
  }

  /// [PI-act]  The chunk's real numbers.
  ///
  /// - Parameter observation: the present one.
  /// - Returns: [B, H, A].
  package func predictActionChunk(
    _ observation: [String: Tensor], _ pass: Pass
  ) -> Tensor {
    let prefix = prefix(observation)
    let noise = model.noise(batch: prefix.isReal.size(0), pass.random)
    return model.sample(prefix, state: state(observation), noise: noise)
      .sliced(0..<features.actionWidth, axis: 2)
  }

  /// The next action [B, A].
  package func selectAction(_ observation: [String: Tensor], _ pass: Pass) -> Tensor {
    queue.next(atMost: config.actionStepCount) { predictActionChunk(observation, pass) }
  }

  package func reset() { queue.reset() }

  /// All of them with one learning rate; the frozen ones are listed too.
  package var parameterGroups: [ParameterGroup<Parameter>] { singleGroup }

  /// An observation's tokens. Cameras without pictures have none: LeRobot gives them black ones, at which
  /// nothing looks.
  package func prefix(_ batch: [String: Tensor]) -> PIPrefix {
    model.prefix(
      pictures: features.cameraKeys.compactMap { batch[$0] }
        .map { centred($0, in: config.imageResolution) },
      words: batch.tensor(TokenizerStep.tokensKey),
      isWord: batch.tensor(TokenizerStep.isTokenKey))
  }

  /// The padded state, for the release that has a token of it.
  private func state(_ batch: [String: Tensor]) -> Tensor? {
    Release.readsStateAsText
      ? nil : padded(batch.tensor("observation.state"), to: config.maximumStateWidth)
  }
}
