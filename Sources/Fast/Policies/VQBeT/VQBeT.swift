import LeRobotCore
import OrderedCollections

/// The network: an encoder of pictures, tokens, a transformer, and the heads with the quantizer.
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
      (0..<config.actionChunkSize).map { token + $0 }
    }
    chunkPlaces = Parameter(
      Tensor(places).reshaped([config.actionTokens, config.actionChunkSize]), role: .buffer)
  }

  package var parameters: NamedParameters {
    ["action_token": actionToken, "select_target_actions_indices": chunkPlaces]
      + named(
        ("rgb_encoder", pictureEncoder), ("state_projector", stateProjection),
        ("rgb_feature_projector", pictureProjection), ("policy", transformer),
        ("action_head", heads))
  }

  /// [VQBET-windows]
  ///
  /// - Parameter actions: [B, T + c − 1, A].
  /// - Returns: [T·B, c·A].
  package func windows(_ actions: Tensor) -> Tensor {
    let windows = (0..<config.actionTokens).map { first in
      actions.sliced(first..<first + config.actionChunkSize, axis: 1)  // [B, c, A]
    }
    return Tensor.concatenated(windows, axis: 0).reshaped([windows.count * actions.size(0), -1])
  }

  /// [VQBET-tokens]
  ///
  /// - Parameters:
  ///   - observation: [B, n, …] under each key.
  ///   - pass: draws the crop, in training.
  /// - Returns: [B, S, I].
  func tokens(_ observation: [String: Tensor], _ pass: Pass) -> Tensor {
    let state = observation.tensor("observation.state")  // [B, n, Ds]
    let (batch, steps) = (state.size(0), state.size(1))
    let pictures = observation.tensor(features.cameraKey)
    // A video of one step lacks the steps' axis (Q-VQBET-5).
    let seen = pictureEncoder(pictures.reshaped([-1] + pictures.shape.suffix(3)), pass)
    let width = config.inputWidth  // I
    let shape = [batch, steps, width]
    let asking = actionToken.variable.broadcast(to: shape)
    let (seeing, feeling) = (pictureProjection(seen).reshaped(shape), stateProjection(state))
    let interleaved = Tensor.stacked([seeing, feeling, asking], axis: 2).reshaped([
      batch, -1, width,
    ])
    let later = actionToken.variable.broadcast(to: [batch, config.actionTokenCount - 1, width])
    return .concatenated([interleaved, later], axis: 1)
  }

  /// [VQBET-features]  Views, joined once.
  ///
  /// - Returns: f, [B·T, O], a sample's tokens in a row.
  package func actionFeatures(_ observation: [String: Tensor], _ pass: Pass) -> Tensor {
    let said = transformer(tokens(observation, pass), pass)  // [B, S, O]
    let (batch, steps) = (said.size(0), config.observationStepCount)
    let present = said.sliced(0..<3 * steps, axis: 1).reshaped([batch, steps, 3, -1])
      .selected(2, axis: 2)  // [B, n, O]
    let later = said.sliced(3 * steps..<config.tokenCount, axis: 1)
    return Tensor.concatenated([present, later], axis: 1).reshaped([-1, said.size(2)])
  }

  /// [VQBET-loss]
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
    let offset = (target - predicted.actions).magnitude().mean()
    return PolicyLoss(
      total: classification + config.offsetLossWeight * offset,
      parts: ["classification_loss": classification, "offset_loss": offset]
        + errors(predicted, target: target, labels: labels))
  }

  /// The chunk of each action token, [B·T, c·A], a sample's in a row.
  private func targets(_ actions: Tensor) -> Tensor {
    // [T, B, c·A]
    let windows = windows(actions).reshaped([config.actionTokens, actions.size(0), -1])
    return windows.transposed(0, 1).reshaped([-1, windows.size(2)])
  }

  /// What LeRobot reports beside the loss; nothing of it is brought to the host here.
  private func errors(
    _ predicted: VQBeTPrediction, target: Tensor, labels: [Tensor]
  ) -> OrderedDictionary<String, Tensor> {
    Torch.withoutGradients {
      func rate(_ layer: Int) -> Tensor {
        labels[layer].equals(predicted.codes[layer]).to(target.dataType).mean()
      }
      let error = (target - predicted.actions).magnitude()  // [B·T, c·A]
      return [
        "equal_primary_code_rate": rate(0), "equal_secondary_code_rate": rate(1),
        "vq_action_error": (target - predicted.decoded).magnitude().mean(),
        "offset_action_error": error.mean(), "action_error_max": error.maximum(),
        "action_mse_error": error.squared().mean(),
      ]
    }
  }
}
