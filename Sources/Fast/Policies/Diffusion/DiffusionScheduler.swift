import LeRobotCore

/// How noise is added in training and taken away at run time.
package struct DiffusionScheduler {
  /// β and ᾱ.
  package let schedule: NoiseSchedule
  private let stepCount: Int
  private let predictsNoise: Bool
  private let isDDIM: Bool
  private let clipRange: ClosedRange<Double>?
  /// ᾱ, [K, 1].
  private let cumulativeAlphas: Constant

  package init(_ config: DiffusionConfig, features: DiffusionFeatures) {
    schedule = NoiseSchedule(
      features.betaSchedule, count: config.trainingTimestepCount, start: config.betaStart,
      end: config.betaEnd)
    stepCount = features.inferenceStepCount
    predictsNoise = config.predictionType == "epsilon"
    isDDIM = config.noiseScheduler == "DDIM"
    clipRange = config.clipsSample ? -config.clipRange...config.clipRange : nil
    cumulativeAlphas = Constant(
      Tensor(schedule.cumulativeAlphas.map(Double.init)).reshaped([-1, 1]))
  }

  /// The reverse process of a sample, the noisiest step first; in float64 it is the reference's.
  ///
  /// In float32 the square roots are libtorch's, as in LeRobot. MKL's differ in the last bit now and
  /// then, so only these make an evaluation bitwise identical to LeRobot's.
  package func steps(of sample: Tensor) -> [DenoisingStep] {
    sample.dataType == .float64
      ? schedule.denoisingSteps(stepCount)
      : schedule.denoisingSteps(stepCount, squareRoot: torchSquareRoot)
  }

  /// [DIFF-forward]
  ///
  /// - Parameters:
  ///   - clean: x₀, [B, Tp, A].
  ///   - noise: ε, [B, Tp, A].
  ///   - timesteps: t, [B], int64.
  /// - Returns: x_t, [B, Tp, A].
  package func noisy(_ clean: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor {
    let alphas = cumulativeAlphas.placed(like: clean).rows(timesteps).expanded(axis: 2)
    let signalScale = alphas.squareRoot()  // [B, 1, 1]
    let noiseScale = (1 + -1 * alphas).squareRoot()  // [B, 1, 1]
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

  /// [DIFF-x0]
  func cleanSample(_ sample: Tensor, _ predicted: Tensor, _ step: DenoisingStep) -> Tensor {
    guard predictsNoise else { return predicted }
    return (sample - Double(step.noiseScale) * predicted) / Double(step.signalScale)
  }

  /// [DIFF-clip]
  func clipped(_ clean: Tensor) -> Tensor {
    clipRange.map { clean.clamped(to: $0) } ?? clean
  }

  /// [DIFF-ddpm-step]
  func ddpmStep(
    _ sample: Tensor, clean: Tensor, _ step: DenoisingStep, random: any RandomSource
  ) -> Tensor {
    let mean =
      Double(step.posteriorCleanWeight) * clean + Double(step.posteriorSampleWeight) * sample
    guard step.timestep > 0 else { return mean }
    let noise = random.normal(sample.shape, mean: 0, standardDeviation: 1)  // z
    return mean + Double(step.posteriorDeviation) * noise
  }

  /// [DIFF-ddim-step]
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

/// √x as LeRobot's scheduler gets it.
private func torchSquareRoot(_ x: Float) -> Float {
  let root = try? Tensor(HostTensor([x], shape: [1])).squareRoot().host().doubles.first
  return root.map { Float($0) } ?? x.squareRoot()
}
