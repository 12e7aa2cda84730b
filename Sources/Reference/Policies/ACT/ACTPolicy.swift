import LeRobotCore

// Action Chunking with Transformers
//
// T. Z. Zhao, V. Kumar, S. Levine, C. Finn: Learning Fine-Grained Bimanual Manipulation with
// Low-Cost Hardware. RSS 2023, arXiv:2304.13705. Sections and algorithms below are that paper's.
// The code follows LeRobot 0.4.2 (`policies/act/modeling_act.py`) where it departs from the paper;
// such places cite Documentation/Quirks.md (Q-ACT-n).
//
// Instead of one action per step the policy π_θ predicts a chunk of the next k actions. It is trained
// as the decoder of a conditional variational auto-encoder: an encoder q_φ squeezes the demonstrated
// chunk into a latent style z, the policy reconstructs the chunk from z and the observation, and at
// run time z is its prior's mean, 0.
//
//   Paper      Code               Shape        Meaning
//   k          chunkSize          integer      actions in a chunk
//   a_t:t+k    actions            [B, k, A]    the demonstrated chunk
//   â_t:t+k    predicted          [B, k, A]    the predicted chunk
//   o_t        observation        features     camera pictures and joint positions
//   ō_t        state              [B, Ds]      o_t without pictures
//   z          latent             [B, L]       style of the demonstration
//   μ, log σ²  mean, logVariance  [B, L]       parameters of q_φ(z | a_t:t+k, ō_t)
//   β          klWeight           number       weight of the KL term
//   m          coefficient        number       decay of the temporal ensemble's weights
//   –          isPadding          [B, k]       1 where the episode ended before the chunk did
//   –          D = modelWidth     integer      width of every token
//
// Read on in this order: ACTPolicy (loss and use), ACTVariationalEncoder (q_φ), ACT (π_θ),
// ACTTransformer (its layers), ACTPositions, ACTTemporalEnsembler. Tokens are [sequence, B, D].

/// ACT as it is trained (§IV-C, algorithm 1) and used (algorithm 2).
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

  /// [ACT-loss]  L = L₁ + β · D_KL(q_φ(z | a, ō) ‖ N(0, I)); without q_φ, L = L₁.
  ///
  /// Algorithm 1. LeRobot `modeling_act.py`, `ACTPolicy.forward`.
  package func loss(_ batch: [String: Tensor], _ pass: Pass) -> PolicyLoss {
    let actions = batch.tensor("action")  // [B, k, A]
    let isPadding = batch.tensor("action_is_pad")  // [B, k]
    let (predicted, posterior) = model(batch, pass)
    let reconstruction = reconstructionLoss(actions, predicted, isPadding: isPadding)
    guard let posterior else {
      return PolicyLoss(total: reconstruction, parts: ["l1_loss": reconstruction.value])
    }
    let divergence = klDivergence(mean: posterior.mean, logVariance: posterior.logVariance)
    return PolicyLoss(
      total: reconstruction + config.klWeight * divergence,
      parts: [
        "l1_loss": reconstruction.value, "kld_loss": divergence.value,
      ])
  }

  /// The chunk â [B, k, A] for an observation, with z = 0.
  package func predictActionChunk(_ observation: [String: Tensor], _ pass: Pass) -> Tensor {
    model(observation, pass).actions.value
  }

  /// The next action [B, A]: algorithm 2 with temporal ensembling, else a new chunk whenever the
  /// first n actions of the last one are used up. Nothing is drawn.
  package func selectAction(_ observation: [String: Tensor], _ pass: Pass) -> Tensor {
    if let ensembler { return ensembler.update(predictActionChunk(observation, pass)) }
    return queue.next(atMost: config.actionStepCount) { predictActionChunk(observation, pass) }
  }

  package func reset() {
    queue.reset()
    ensembler?.reset()
  }

  /// The backbone apart, with a learning rate of its own (LeRobot `get_optim_params`).
  package var parameterGroups: [ParameterGroup<Parameter>] {
    config.parameterGroups(parameters.filter(\.value.isTrained))
  }

  /// The backbone's.
  package func load(_ part: PretrainedPart, from weights: any WeightSource) throws {
    guard let backbone = model.backbone else { throw PolicyConfigError.unknownPart(part) }
    try backbone.parameters.load(part, from: weights)
  }
}

/// [ACT-l1]  L₁ = 1/(BkA) · Σ |a − â| over what is not padding.
///
/// §IV-C: L1 gives more precise actions than L2. Padding counts in the denominator (Q-ACT-1).
///
/// - Parameters:
///   - actions: a, [B, k, A].
///   - predicted: â, [B, k, A].
///   - isPadding: [B, k].
/// - Returns: [], in normalised units of the action.
package func reconstructionLoss(
  _ actions: Tensor, _ predicted: Variable, isPadding: Tensor
) -> Variable {
  let isReal = isPadding.map { 1 - $0 }.reshaped(isPadding.shape + [1])  // [B, k, 1]
  return ((Variable(actions) - predicted).magnitude() * Variable(isReal)).mean()
}

/// KL divergence of the latent from a standard normal.
///
/// [ACT-kl]  D_KL = −½ Σⱼ (1 + log σⱼ² − μⱼ² − σⱼ²), averaged over B.
/// Kingma & Welling (arXiv:1312.6114), App. B.
///
/// - Parameters:
///   - mean: μ, [B, L].
///   - logVariance: log σ², [B, L].
/// - Returns: [], nats.
package func klDivergence(mean: Variable, logVariance: Variable) -> Variable {
  let terms = logVariance + 1 - mean.squared() - logVariance.exp()  // [B, L]
  return (-0.5 * terms.sum([1])).mean()
}
