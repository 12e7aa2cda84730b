import LeRobotCore

// Symbols, formulas and the order in which to read are those of the reference's twin of this file.

/// ACT as it is trained and used.
package final class ACTPolicy: Policy {
  /// Widths, counts and coefficients.
  package let config: ACTConfig
  /// q_φ and π_θ.
  package let model: ACT
  private let features: ACTFeatures
  private let ensembler: ACTTemporalEnsembler?
  /// Predicted actions [B, A].
  private var queue = ActionQueue<Tensor>()

  /// Draws the initial weights in LeRobot's order.
  ///
  /// - Throws: `PolicyConfigError` for a configuration no ACT can be built from.
  package init(_ config: ACTConfig, random: any RandomSource) throws(PolicyConfigError) {
    self.config = config
    features = try ACTFeatures(config)
    model = ACT(config, features: features, random: random)
    ensembler = config.temporalEnsembleCoefficient.map {
      ACTTemporalEnsembler(coefficient: $0, chunkSize: config.chunkSize)
    }
  }

  package var parameters: NamedParameters { named(("model", model)) }
  package var batchKeys: [String] { features.batchKeys }

  /// [ACT-loss]
  package func loss(_ batch: [String: Tensor], _ pass: Pass) -> PolicyLoss {
    let actions = batch.tensor("action")  // [B, k, A]
    let isPadding = batch.tensor("action_is_pad")  // [B, k]
    let (predicted, posterior) = model(batch, pass)
    let reconstruction = reconstructionLoss(actions, predicted, isPadding: isPadding)
    guard let posterior else {
      return PolicyLoss(total: reconstruction, parts: ["l1_loss": reconstruction])
    }
    let divergence = klDivergence(mean: posterior.mean, logVariance: posterior.logVariance)
    return PolicyLoss(
      total: reconstruction + config.klWeight * divergence,
      parts: ["l1_loss": reconstruction, "kld_loss": divergence])
  }

  /// The chunk â [B, k, A] for an observation, with z = 0.
  package func predictActionChunk(_ observation: [String: Tensor], _ pass: Pass) -> Tensor {
    Torch.withoutGradients { model(observation, pass).actions }
  }

  /// The next action [B, A]: from the ensemble, else from the queue. Nothing is drawn.
  package func selectAction(
    _ observation: [String: Tensor], _ pass: Pass
  ) -> Tensor {
    if let ensembler { return ensembler.update(predictActionChunk(observation, pass)) }
    return queue.next(atMost: config.actionStepCount) { predictActionChunk(observation, pass) }
  }

  package func reset() {
    queue.reset()
    ensembler?.reset()
  }

  /// The backbone apart, with a learning rate of its own.
  package var parameterGroups: [ParameterGroup<Parameter>] {
    config.parameterGroups(parameters.filter(\.value.isTrained))
  }

  /// The backbone's.
  package func load(_ part: PretrainedPart, from weights: any WeightSource) throws {
    guard let backbone = model.backbone else { throw PolicyConfigError.unknownPart(part) }
    try backbone.parameters.load(part, from: weights)
  }
}

/// [ACT-l1]
///
/// - Parameters:
///   - actions: a, [B, k, A].
///   - predicted: â, [B, k, A].
///   - isPadding: [B, k].
/// - Returns: [], in normalised units of the action.
package func reconstructionLoss(
  _ actions: Tensor, _ predicted: Tensor, isPadding: Tensor
) -> Tensor {
  let isReal = isPadding.negated().expanded(axis: 2)  // [B, k, 1]
  return ((actions - predicted).magnitude() * isReal).mean()
}

/// [ACT-kl]
///
/// - Parameters:
///   - mean: μ, [B, L].
///   - logVariance: log σ², [B, L].
/// - Returns: [], nats.
package func klDivergence(mean: Tensor, logVariance: Tensor) -> Tensor {
  let terms = 1 + logVariance - mean.squared() - logVariance.exp()  // [B, L]
  return (-0.5 * terms).sum(axis: 1).mean()
}
