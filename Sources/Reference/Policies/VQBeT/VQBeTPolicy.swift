import LeRobotCore

// Vector-Quantized Behavior Transformer
//
// S. Lee, Y. Wang, H. Etukuru, H. J. Kim, N. M. M. Shafiullah, L. Pinto: Behavior Generation with Latent
// Actions. ICML 2024, arXiv:2403.03181. Sections and equations below are that paper's. The code follows
// LeRobot 0.4.2 (`policies/vqbet`) where it departs from the paper; such places cite
// Documentation/Quirks.md (Q-VQBET-n).
//
// Demonstrations of one task differ: people go left or right around an obstacle. A policy that regresses
// actions goes through the middle. VQ-BeT first learns a small vocabulary of what a few actions in a row
// can look like, then predicts words of it, which can be drawn one way or the other, and adds a
// correction to the action that a word stands for.
//
//   Paper      Code                  Shape           Meaning
//   n (h)      observationStepCount  integer         observations seen at once
//   p          actionTokenCount      integer         chunks predicted, the present one and later ones
//   n+1 (c)    actionChunkSize       integer         actions in a chunk, c below
//   T          actionTokens          integer         n + p − 1 action tokens
//   a_t:t+n    chunks, target        [N, c·A]        the demonstrated chunks
//   φ, ψ       encoder, decoder                      chunk to vector and back
//   e          codes of a codebook   [1, K, D]       K codes in each of two layers
//   z_q(x)     quantized.vectors     [N, D]          sum of the nearest codes, ẑ below
//   ζ_code     heads.codes           [R, 2K]         logits of the codes
//   ζ_offset   heads.offsets         [R, 2·K·c·A]    correction for every code
//   –          R                     integer         B·T rows, a sample's action tokens one after another
//   –          I, H, O               integers        width of tokens, of the transformer, of its features
//
// Read on in this order: VQBeTPolicy (phases and use), VQBeTQuantizer (first phase), VQBeT (tokens and
// loss of the second), VQBeTTransformer, VQBeTHeads, and Models/KeypointEncoder (pictures).

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

  /// [VQBET-phases]  L_RVQ of the windows of actions until the quantizer is trained, then the loss of the
  /// transformer with the quantizer as it is. Nothing is drawn in the first phase.
  ///
  /// §3.2 and §3.3. LeRobot `VQBeTPolicy.forward`.
  package func loss(_ batch: [String: Tensor], _ pass: Pass) -> PolicyLoss {
    let actions = batch.tensor("action")  // [B, T + c − 1, A]
    guard isQuantizerTrained else {
      return model.heads.quantizer.loss(model.windows(actions), pass)
    }
    return model.loss(batch, actions: actions, pass)
  }

  private var isQuantizerTrained: Bool { model.heads.quantizer.isTrained }

  /// [VQBET-count]  Counts a step of the first phase, whose last one freezes the quantizer. LeRobot freezes
  /// it in the middle of that step, which changes nothing: the step still moves φ and ψ.
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

  /// [VQBET-act]  Of the chunks of all action tokens, that of the newest observation, token n − 1.
  ///
  /// Figure 2. LeRobot `VQBeTPolicy.predict_action_chunk`.
  ///
  /// - Parameter observation: [B, n, …] under each key.
  /// - Returns: [B, c, A].
  package func predictActionChunk(
    _ observation: [String: Tensor], _ pass: Pass
  ) -> Tensor {
    let predicted = model.heads(model.actionFeatures(observation, pass), pass).actions.value
    let newest = config.observationStepCount - 1
    return predicted.reshaped([-1, config.actionTokens, predicted.size(1)])
      .sliced(newest..<newest + 1, axis: 1)
      .reshaped([-1, config.actionChunkSize, features.actionWidth])
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
