import LeRobotCore

/// How noise is added in training and taken away at run time: DDPM's random steps or DDIM's
/// deterministic ones. The numbers of a step are Core's (`DenoisingStep`), in float32 (Q-DIFF-1).
package struct DiffusionScheduler {
  /// β and ᾱ.
  package let schedule: NoiseSchedule
  /// The reverse process, the noisiest step first.
  package let steps: [DenoisingStep]
  private let predictsNoise: Bool
  private let isDDIM: Bool
  private let clipRange: Double?

  package init(_ config: DiffusionConfig, features: DiffusionFeatures) {
    schedule = NoiseSchedule(
      features.betaSchedule, count: config.trainingTimestepCount, start: config.betaStart,
      end: config.betaEnd)
    steps = schedule.denoisingSteps(features.inferenceStepCount)
    predictsNoise = config.predictionType == "epsilon"
    isDDIM = config.noiseScheduler == "DDIM"
    clipRange = config.clipsSample ? config.clipRange : nil
  }

  /// [DIFF-forward]  x_t = √ᾱ_t x₀ + √(1 − ᾱ_t) ε: the noise of t + 1 steps at once.
  ///
  /// DDPM, eq. 4. diffusers `add_noise`.
  ///
  /// - Parameters:
  ///   - clean: x₀, [B, Tp, A].
  ///   - noise: ε, [B, Tp, A].
  ///   - timesteps: t, [B], whole numbers.
  /// - Returns: x_t, [B, Tp, A].
  package func noisy(_ clean: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor {
    let alphas = timesteps.map { Double(schedule.cumulativeAlphas[Int($0)]) }  // ᾱ_t, [B]
    let signalScale = alphas.squareRoot().reshaped([-1, 1, 1])
    let noiseScale = alphas.map { (1 - $0).squareRoot() }.reshaped([-1, 1, 1])
    return signalScale * clean + noiseScale * noise
  }

  /// x_s from x_t.
  ///
  /// - Parameters:
  ///   - sample: x_t, [B, Tp, A].
  ///   - predicted: the network's answer, [B, Tp, A].
  ///   - random: draws z.
  /// - Returns: x_s, [B, Tp, A].
  package func denoised(
    _ sample: Tensor, predicted: Tensor, _ step: DenoisingStep, random: any RandomSource
  ) -> Tensor {
    let clean = clipped(cleanSample(sample, predicted, step))  // x̂₀
    if isDDIM { return ddimStep(sample, predicted, clean: clean, step) }
    return ddpmStep(sample, clean: clean, step, random: random)
  }

  /// [DIFF-x0]  x̂₀ = (x_t − √(1 − ᾱ_t) ε̂)/√ᾱ_t, or the network's answer where it predicts x₀.
  ///
  /// DDPM, eq. 15; DDIM, eq. 9.
  func cleanSample(_ sample: Tensor, _ predicted: Tensor, _ step: DenoisingStep) -> Tensor {
    guard predictsNoise else { return predicted }
    return (sample - Double(step.noiseScale) * predicted) / Double(step.signalScale)
  }

  /// [DIFF-clip]  x̂₀ within ±r: actions are normalised to ±1, and the first steps, where √ᾱ_t is
  /// small, overshoot.
  func clipped(_ clean: Tensor) -> Tensor {
    guard let clipRange else { return clean }
    return clean.map { min(max($0, -clipRange), clipRange) }
  }

  /// [DIFF-ddpm-step]  x_s = √ᾱ_s (1 − α)/(1 − ᾱ_t) · x̂₀ + √α (1 − ᾱ_s)/(1 − ᾱ_t) · x_t + σ z with
  /// α = ᾱ_t/ᾱ_s, σ² = (1 − ᾱ_s)/(1 − ᾱ_t) · (1 − α) and z ∼ N(0, I), but z = 0 in the last step:
  /// a draw from q(x_s | x_t, x̂₀).
  ///
  /// DDPM, eq. 6 and 7 with the smaller of its two variances. diffusers `DDPMScheduler.step`.
  func ddpmStep(
    _ sample: Tensor, clean: Tensor, _ step: DenoisingStep, random: any RandomSource
  ) -> Tensor {
    let mean =
      Double(step.posteriorCleanWeight) * clean + Double(step.posteriorSampleWeight) * sample
    guard step.timestep > 0 else { return mean }
    let noise = random.normal(sample.shape, mean: 0, standardDeviation: 1)  // z
    return mean + Double(step.posteriorDeviation) * noise
  }

  /// [DIFF-ddim-step]  x_s = √ᾱ_s x̂₀ + √(1 − ᾱ_s) ε̂, where ε̂ is not corrected for the clipping of
  /// x̂₀ (Q-DIFF-3).
  ///
  /// DDIM, eq. 12 with σ = 0. diffusers `DDIMScheduler.step`.
  func ddimStep(
    _ sample: Tensor, _ predicted: Tensor, clean: Tensor, _ step: DenoisingStep
  ) -> Tensor {
    // ε̂; where x̂₀ is predicted, from what it was before it was clipped.
    let noise =
      predictsNoise
      ? predicted : (sample - Double(step.signalScale) * predicted) / Double(step.noiseScale)
    return Double(step.previousSignalScale) * clean + Double(step.previousNoiseScale) * noise
  }
}
