import LeRobotCore
import OrderedCollections

/// The network: an encoder of pictures, tokens, a transformer, and the heads with the quantizer.
///
/// LeRobot `modeling_vqbet.py`, `VQBeTModel`.
package struct VQBeT: Layer {
  /// Pictures to the places of things in them.
  package let pictureEncoder: KeypointEncoder
  /// What an action token is before the transformer, [1, 1, I].
  package let actionToken: Parameter
  /// Ds → I.
  package let stateProjection: VQBeTPerceptron
  /// 2P → I.
  package let pictureProjection: VQBeTPerceptron
  package let transformer: VQBeTTransformer
  package let heads: VQBeTHeads
  /// Of each action token the places of its chunk among the actions of a batch, [T, c].
  package let chunkPlaces: Parameter
  private let config: VQBeTConfig
  private let features: VQBeTFeatures

  /// Draws in LeRobot's order.
  package init(_ config: VQBeTConfig, features: VQBeTFeatures, random: any RandomSource) {
    (self.config, self.features) = (config, features)
    pictureEncoder = KeypointEncoder(config, pictureSize: features.pictureSize, random: random)
    actionToken = Parameter(random.standardNormal([1, 1, config.inputWidth]))
    stateProjection = VQBeTPerceptron(
      widths: [features.stateWidth, config.inputWidth], random: random)
    pictureProjection = VQBeTPerceptron(
      widths: [2 * config.keypointCount, config.inputWidth], random: random)
    transformer = VQBeTTransformer(config, random: random)
    heads = VQBeTHeads(config, features: features, random: random)
    let places = (0..<config.actionTokens).flatMap { token in
      (0..<config.actionChunkSize).map { Double(token + $0) }
    }
    chunkPlaces = Parameter(
      Tensor(places, shape: [config.actionTokens, config.actionChunkSize]), role: .buffer,
      storedAs: .int64)
  }

  package var parameters: NamedParameters {
    ["action_token": actionToken, "select_target_actions_indices": chunkPlaces]
      + named(
        ("rgb_encoder", pictureEncoder), ("state_projector", stateProjection),
        ("rgb_feature_projector", pictureProjection), ("policy", transformer),
        ("action_head", heads))
  }

  /// [VQBET-windows]  The chunks that begin at each of T actions in a row, the first of every sample
  /// before the second of any: row j·B + b is the window at j of sample b.
  ///
  /// LeRobot `VQBeTHead.discretize`. Windows past an episode's end repeat its last action (Q-VQBET-10).
  ///
  /// - Parameter actions: [B, T + c − 1, A].
  /// - Returns: [T·B, c·A].
  package func windows(_ actions: Tensor) -> Tensor {
    let windows = (0..<config.actionTokens).map { first in
      actions.sliced(first..<first + config.actionChunkSize, axis: 1)  // [B, c, A]
        .reshaped([actions.size(0), -1])
    }
    return .concatenated(windows, axis: 0)
  }

  /// [VQBET-tokens]  [W_p p₁, W_s s₁, a, …, W_p p_n, W_s s_n, a, a, …]: of each observation the picture, the
  /// state and the token a that asks for an action; then a for each later chunk.
  ///
  /// Figure 2. LeRobot `VQBeTModel.forward`.
  ///
  /// - Parameters:
  ///   - observation: [B, n, …] under each key.
  ///   - pass: draws the crop, in training.
  /// - Returns: [B, S, I].
  func tokens(_ observation: [String: Tensor], _ pass: Pass) -> Variable {
    let state = observation.tensor("observation.state")  // [B, n, Ds]
    let (batch, steps) = (state.size(0), state.size(1))
    let pictures = observation.tensor(features.cameraKey)
    // A video of one step lacks the steps' axis (Q-VQBET-5).
    let seen = pictureEncoder(Variable(pictures.reshaped([-1] + pictures.shape.suffix(3))), pass)
    let width = config.inputWidth  // I
    let asking = actionToken.variable.broadcast(to: [batch, steps, width])
    let ofEachStep = [
      pictureProjection(seen), stateProjection(Variable(state)), asking,
    ].map { $0.reshaped([batch, steps, 1, width]) }
    let interleaved = Variable.concatenated(ofEachStep, axis: 2).reshaped([batch, -1, width])
    let later = actionToken.variable.broadcast(to: [batch, config.actionTokenCount - 1, width])
    return .concatenated([interleaved, later], axis: 1)
  }

  /// [VQBET-features]  What the transformer says at the action tokens: 3i + 2 for each observation i < n, and
  /// the last p − 1.
  ///
  /// - Returns: f, [B·T, O], a sample's tokens in a row.
  package func actionFeatures(_ observation: [String: Tensor], _ pass: Pass) -> Variable {
    let said = transformer(tokens(observation, pass), pass)  // [B, S, O]
    let chosen = config.actionPlaces.map { said.sliced($0..<$0 + 1, axis: 1) }
    return Variable.concatenated(chosen, axis: 1).reshaped([-1, said.size(2)])
  }

  /// [VQBET-loss]  L = w₁ · focal(ℓ₁, k₁) + w₂ · focal(ℓ₂, k₂) + w · 1/(B·T·c·A) ‖a − â‖₁, by the focal
  /// loss of [VQBET-focal] and the frozen quantizer's labels k.
  ///
  /// Eq. 6 and 7. LeRobot `VQBeTHead.loss_fn`. Padded actions count (Q-VQBET-10).
  ///
  /// - Parameters:
  ///   - observation: [B, n, …] under each key.
  ///   - actions: [B, T + c − 1, A].
  ///   - pass: draws the crop, masks and codes.
  package func loss(
    _ observation: [String: Tensor], actions: Tensor, _ pass: Pass
  ) -> PolicyLoss {
    let predicted = heads(actionFeatures(observation, pass), pass)
    let target = targets(actions)  // a, [B·T, c·A]
    let labels = heads.quantizer.codes(of: target)  // k, [B·T] of each layer
    let primary = focalLoss(predicted.logits[0], labels: labels[0])
    let secondary = focalLoss(predicted.logits[1], labels: labels[1])
    let classification =
      config.primaryCodeLossWeight * primary + config.secondaryCodeLossWeight * secondary
    let offset = (Variable(target) - predicted.actions).magnitude().mean()
    return PolicyLoss(
      total: classification + config.offsetLossWeight * offset,
      parts: ["classification_loss": classification.value, "offset_loss": offset.value]
        + errors(predicted, target: target, labels: labels))
  }

  /// The chunk of each action token, [B·T, c·A], a sample's in a row.
  private func targets(_ actions: Tensor) -> Tensor {
    // [T, B, c·A]
    let windows = windows(actions).reshaped([config.actionTokens, actions.size(0), -1])
    return windows.permuted([1, 0, 2]).reshaped([-1, windows.size(2)])
  }

  /// What LeRobot reports beside the loss: how often a drawn code is the label, and how far the decoded
  /// and the predicted actions are from the demonstrated ones.
  private func errors(
    _ predicted: VQBeTPrediction, target: Tensor, labels: [Tensor]
  ) -> OrderedDictionary<String, Tensor> {
    func rate(_ layer: Int) -> Tensor {
      Tensor.combine(labels[layer], predicted.codes[layer]) { $0 == $1 ? 1 : 0 }.mean([0])
    }
    let error = (target - predicted.actions.value).map(abs)  // [B·T, c·A]
    return [
      "equal_primary_code_rate": rate(0), "equal_secondary_code_rate": rate(1),
      "vq_action_error": (target - predicted.decoded).map(abs).mean([0, 1]),
      "offset_action_error": error.mean([0, 1]), "action_error_max": error.maximum([0, 1]),
      "action_mse_error": (error * error).mean([0, 1]),
    ]
  }
}
