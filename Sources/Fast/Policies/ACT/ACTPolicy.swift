import LeRobotCore

/// Action Chunking Transformer: the loss it learns by and the actions it gives.
package final class ACTPolicy: Policy {
  package let config: ACTConfig
  package let model: ACT
  private let features: ACTFeatures
  private let ensembler: ACTTemporalEnsembler?
  /// Actions still to be taken, each [B, A].
  private var queue: [Tensor] = []

  /// - Throws: `TorchError.unsupported` for a configuration no ACT can be built from.
  package init(_ config: ACTConfig, random: any RandomSource) throws(TorchError) {
    self.config = config
    features = try ACTFeatures(config)
    model = ACT(config, features: features, random: random)
    ensembler = config.temporalEnsembleCoefficient.map {
      ACTTemporalEnsembler(coefficient: $0, chunkSize: config.chunkSize)
    }
  }

  package var parameters: NamedParameters { named(("model", model)) }
  package var batchKeys: [String] { features.batchKeys }

  /// The backbone has a learning rate of its own.
  package var parameterGroups: [ParameterGroup] {
    let trained = parameters.filter(\.value.isTrained)
    let backbone = trained.filter { $0.key.hasPrefix("model.backbone") }
    let others = trained.filter { !$0.key.hasPrefix("model.backbone") }
    return [
      ParameterGroup(name: "default", parameters: Array(others.values)),
      ParameterGroup(
        name: "backbone", parameters: Array(backbone.values),
        learningRate: config.backboneLearningRate),
    ]
  }

  /// [ACT-loss]
  package func loss(_ batch: [String: Tensor], random: (any RandomSource)?) -> PolicyLoss {
    let (actions, latent) = model(batch, random: random)
    let l1 = l1Loss(
      actions, target: batch.tensor(features.actionKey),
      isPad: batch.tensor(features.actionIsPadKey))
    guard let latent else { return PolicyLoss(total: l1, parts: [("l1_loss", l1)]) }
    let kl = klDivergence(latent)
    return PolicyLoss(
      total: l1 + kl * config.klWeight, parts: [("l1_loss", l1), ("kld_loss", kl)])
  }

  /// [ACT-l1]
  private func l1Loss(_ actions: Tensor, target: Tensor, isPad: Tensor) -> Tensor {
    ((target - actions).magnitude() * isPad.negated().expanded(axis: 2)).mean()
  }

  /// [ACT-kl]
  private func klDivergence(_ latent: LatentDistribution) -> Tensor {
    let (μ, logVariance) = (latent.mean, latent.logVariance)
    return (-0.5 * (1 + logVariance - μ.squared() - logVariance.exp())).sum(axis: -1).mean()
  }

  /// The next chunk of actions [B, T, A].
  package func predictActionChunk(_ observation: [String: Tensor]) -> Tensor {
    Torch.withoutGradients { model(observation, random: nil).actions }
  }

  package func selectAction(_ observation: [String: Tensor]) -> Tensor {
    if let ensembler { return ensembler.update(predictActionChunk(observation)) }
    if queue.isEmpty {
      let chunk = predictActionChunk(observation)
      queue = (0..<config.actionStepCount).map { chunk.selected($0, axis: 1) }
    }
    return queue.removeFirst()
  }

  package func reset() {
    queue = []
    ensembler?.reset()
  }
}
