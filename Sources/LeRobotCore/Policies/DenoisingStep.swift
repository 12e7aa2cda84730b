/// The numbers of one step of the reverse process, from x_t to x_s, in float32 as diffusers'
/// `DDPMScheduler.step` and `DDIMScheduler.step` compute them whatever the policy's type (Q-DIFF-1).
package struct DenoisingStep: Sendable, Equatable {
  /// t, which the network is told.
  package let timestep: Int
  /// √ᾱ_t, how much of x_t is the clean sample.
  package let signalScale: Float
  /// √(1 − ᾱ_t), how much of x_t is noise.
  package let noiseScale: Float
  /// √ᾱ_s.
  package let previousSignalScale: Float
  /// √(1 − ᾱ_s).
  package let previousNoiseScale: Float
  /// √ᾱ_s (1 − α)/(1 − ᾱ_t), the weight of x̂₀ in the mean of q(x_s | x_t, x̂₀).
  /// Ho et al. (arXiv:2006.11239), eq. 7.
  package let posteriorCleanWeight: Float
  /// √α (1 − ᾱ_s)/(1 − ᾱ_t), the weight of x_t there.
  package let posteriorSampleWeight: Float
  /// √((1 − ᾱ_s)/(1 − ᾱ_t) · (1 − α)), the standard deviation of q(x_s | x_t, x̂₀).
  package let posteriorDeviation: Float

  /// - Parameters:
  ///   - timestep: t.
  ///   - now: ᾱ_t.
  ///   - next: ᾱ_s of the step that comes next; 1 where that is the clean sample.
  ///   - root: √ of a float32 number.
  package init(
    timestep: Int, cumulativeAlpha now: Float, previousCumulativeAlpha next: Float,
    squareRoot root: (Float) -> Float = { $0.squareRoot() }
  ) {
    // α, and 1 − α the noise between s and t.
    let alpha = now / next
    self.timestep = timestep
    signalScale = root(now)
    noiseScale = root(1 - now)
    previousSignalScale = root(next)
    previousNoiseScale = root(1 - next)
    posteriorCleanWeight = previousSignalScale * (1 - alpha) / (1 - now)
    posteriorSampleWeight = root(alpha) * (1 - next) / (1 - now)
    posteriorDeviation = root(max((1 - next) / (1 - now) * (1 - alpha), 1e-20))
  }
}
