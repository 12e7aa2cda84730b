/// The numbers of one step of the reverse process, from x_t to x_s, in float32 as diffusers'
/// `DDPMScheduler.step` and `DDIMScheduler.step` compute them whatever the policy's type (Q-DIFF-1).
package struct DenoisingStep: Sendable, Equatable {
  /// t, which the network is told.
  package let timestep: Int
  /// ᾱ_t.
  package let cumulativeAlpha: Float
  /// ᾱ_s of the step that comes next; 1 where that is the clean sample.
  package let previousCumulativeAlpha: Float

  package init(timestep: Int, cumulativeAlpha: Float, previousCumulativeAlpha: Float) {
    self.timestep = timestep
    self.cumulativeAlpha = cumulativeAlpha
    self.previousCumulativeAlpha = previousCumulativeAlpha
  }

  /// √ᾱ_t, how much of x_t is the clean sample.
  package var signalScale: Float { cumulativeAlpha.squareRoot() }
  /// √(1 − ᾱ_t), how much of x_t is noise.
  package var noiseScale: Float { (1 - cumulativeAlpha).squareRoot() }
  /// √ᾱ_s.
  package var previousSignalScale: Float { previousCumulativeAlpha.squareRoot() }
  /// √(1 − ᾱ_s).
  package var previousNoiseScale: Float { (1 - previousCumulativeAlpha).squareRoot() }

  /// α = ᾱ_t/ᾱ_s, and 1 − α the noise between s and t.
  private var alpha: Float { cumulativeAlpha / previousCumulativeAlpha }

  /// √ᾱ_s (1 − α)/(1 − ᾱ_t), the weight of x̂₀ in the mean of q(x_s | x_t, x̂₀).
  /// Ho et al. (arXiv:2006.11239), eq. 7.
  package var posteriorCleanWeight: Float {
    previousSignalScale * (1 - alpha) / (1 - cumulativeAlpha)
  }
  /// √α (1 − ᾱ_s)/(1 − ᾱ_t), the weight of x_t there.
  package var posteriorSampleWeight: Float {
    alpha.squareRoot() * (1 - previousCumulativeAlpha) / (1 - cumulativeAlpha)
  }
  /// √((1 − ᾱ_s)/(1 − ᾱ_t) · (1 − α)), the standard deviation of q(x_s | x_t, x̂₀).
  package var posteriorDeviation: Float {
    let variance = (1 - previousCumulativeAlpha) / (1 - cumulativeAlpha) * (1 - alpha)
    return max(variance, 1e-20).squareRoot()
  }
}
