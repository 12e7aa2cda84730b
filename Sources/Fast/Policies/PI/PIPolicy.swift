import LeRobotCore

// Symbols, formulas and the order in which to read are those of the reference's twin of this file.

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
      let (drawn, type) = (config.drawnType(of: name), config.type(of: name))
      if drawn != .float32 {
        parameter.store(in: drawn)
        parameter.store(in: type)
      }
      if type != .float32 { parameter.precision = DataType(type) }
      if !config.trains(name) { parameter.role = .frozen }
    }
  }

  package var parameters: NamedParameters { named(("model", model)) }
  package var batchKeys: [String] { features.batchKeys }

  /// [PI-real]
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
    let (words, isWord) = (
      batch.tensor(TokenizerStep.tokensKey), batch.tensor(TokenizerStep.isTokenKey)
    )
    // Nobody looks at columns that are padding in every text, and they cost as much as others.
    let filled = try? isWord.to(.float32).sum(axis: 0).host().doubles
    let count = filled?.lastIndex { $0 > 0 }.map { $0 + 1 } ?? words.size(1)
    return model.prefix(
      pictures: features.cameraKeys.compactMap { batch[$0] }
        .map { centred($0, in: config.imageResolution) },
      words: words.sliced(0..<count, axis: 1), isWord: isWord.sliced(0..<count, axis: 1))
  }

  /// The padded state, for the release that has a token of it.
  private func state(_ batch: [String: Tensor]) -> Tensor? {
    Release.readsStateAsText
      ? nil : padded(batch.tensor("observation.state"), to: config.maximumStateWidth)
  }
}
