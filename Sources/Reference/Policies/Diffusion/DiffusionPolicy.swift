import LeRobotCore

// Diffusion Policy
//
// C. Chi, Z. Xu, S. Feng, E. Cousineau, Y. Du, B. Burchfiel, R. Tedrake, S. Song: Diffusion Policy:
// Visuomotor Policy Learning via Action Diffusion. RSS 2023 and IJRR 2024, arXiv:2303.04137.
// Sections below are that paper's; the diffusion is from J. Ho, A. Jain, P. Abbeel: Denoising
// Diffusion Probabilistic Models (arXiv:2006.11239, "DDPM") and J. Song, C. Meng, S. Ermon: Denoising
// Diffusion Implicit Models (arXiv:2010.02502, "DDIM"). The code follows LeRobot 0.4.2
// (`policies/diffusion/modeling_diffusion.py`) and diffusers 0.35, whose oddities
// Documentation/Quirks.md lists (Q-DIFF-n).
//
// The policy learns the distribution of the next Tp actions given the last To observations, not one
// answer: demonstrations that pass an obstacle on the left and on the right are not averaged. Noise
// is added to demonstrated actions in K steps until nothing is left of them, and a network learns
// to say what noise there is. At run time it starts from pure noise and takes it away step by step;
// Ta of the actions are carried out before the next Tp are sampled.
//
//   Paper      Code                 Shape          Meaning
//   To         observationStepCount integer        observations seen at once
//   Tp         horizon              integer        actions predicted, from the first observation on
//   Ta         actionStepCount      integer        actions carried out, from the last one on
//   O_t        batch                [B, To, …]     camera pictures, joint positions, environment
//   A_t⁰, x₀   actions, clean       [B, Tp, A]     the demonstrated actions
//   A_t^k, x_t sample               [B, Tp, A]     actions with the noise of step t (Ho's t, Chi's k)
//   ε          noise                [B, Tp, A]     noise that was added
//   ε_θ        unet, predicted      [B, Tp, A]     the network, and what it answers
//   K          trainingTimestepCount integer       steps from actions to noise (Ho's T)
//   β_t, ᾱ_t   schedule             [K]            noise of a step, signal left after it (Core)
//   c          condition            [B, G]         the observations, encoded
//   E          stepEmbeddingWidth   integer        width of t's embedding
//   P          keypointCount        integer        points that an encoder finds in a picture
//   U          downWidths           integers       channels of the U-Net's stages
//
// Read on in this order: DiffusionPolicy (use), Diffusion (loss and sampling), DiffusionScheduler
// (noise), DiffusionUNet (ε_θ), DiffusionResidualBlock (its blocks), and Models/KeypointEncoder (pictures).

/// Diffusion Policy as it is trained and used.
package final class DiffusionPolicy: Policy {
  /// Widths, counts and schedules.
  package let config: DiffusionConfig
  /// Encoders, U-Net and noise.
  package let model: Diffusion
  private let features: DiffusionFeatures
  /// The last To observations, and sampled actions.
  private var acting: ChunkedActing

  /// Draws the initial weights in LeRobot's order.
  ///
  /// - Throws: `PolicyConfigError` for a configuration no Diffusion Policy can be built from.
  package init(
    _ config: DiffusionConfig, random: any RandomSource
  ) throws(PolicyConfigError) {
    self.config = config
    acting = ChunkedActing(observationCount: config.observationStepCount)
    features = try DiffusionFeatures(config)
    model = Diffusion(config, features: features, random: random)
  }

  package var parameters: NamedParameters { named(("diffusion", model)) }
  package var batchKeys: [String] { features.batchKeys(config) }

  package func loss(_ batch: [String: Tensor], _ pass: Pass) -> PolicyLoss {
    let observation = batch.filter { features.observationKeys.contains($0.key) }
    let isPadding = config.masksPaddingLoss ? batch.tensor("action_is_pad") : nil
    return PolicyLoss(
      total: model.loss(
        observation, actions: batch.tensor("action"), isPadding: isPadding, pass),
      parts: [:])
  }

  /// [DIFF-window]  Of Tp sampled actions, which begin at the oldest observation, those from the
  /// newest on: places To − 1 ..< To − 1 + Ta, as far as there are (Q-DIFF-9).
  ///
  /// §II-C, "closed-loop action-sequence prediction".
  ///
  /// - Parameter observation: [B, To, …] under each key.
  /// - Returns: [B, Ta, A].
  package func predictActionChunk(
    _ observation: [String: Tensor], _ pass: Pass
  ) -> Tensor {
    let first = config.observationStepCount - 1
    let last = min(first + config.actionStepCount, config.horizon)
    return model.sample(observation, pass).sliced(first..<last, axis: 1)
  }

  /// The next action [B, A].
  package func selectAction(_ observation: [String: Tensor], _ pass: Pass) -> Tensor {
    acting.next(observation, keys: features.observationKeys) { predictActionChunk($0, pass) }
  }

  package func reset() { acting.reset() }

  /// All of them with one learning rate.
  package var parameterGroups: [ParameterGroup<Parameter>] { singleGroup }

  /// The backbone's, which all cameras' encoders start from.
  package func load(_ part: PretrainedPart, from weights: any WeightSource) throws {
    guard !model.encoders.isEmpty else { throw PolicyConfigError.unknownPart(part) }
    for encoder in model.encoders { try encoder.load(part, from: weights) }
  }
}
