import Foundation

/// The noise that each step of a diffusion adds, β₀ … β_{K−1}, and the signal that is left after t of
/// them; in float32, bitwise identical to diffusers 0.35 (`DDPMScheduler.__init__`).
///
/// [DIFF-beta]  ᾱ_t = Π_{s ≤ t} (1 − β_s), with β by one of four shapes (`BetaSchedule`).
///
/// Ho et al. (arXiv:2006.11239), §2 and eq. 4, where K is called T. Both engines denoise by these numbers.
package struct NoiseSchedule: Sendable, Equatable {
  /// β, [K]: the variance of the noise that a step adds.
  package let betas: [Float]
  /// ᾱ, [K]: the part of the variance that is signal after each step.
  package let cumulativeAlphas: [Float]

  /// - Parameters:
  ///   - shape: of the βs.
  ///   - count: K.
  ///   - start: β₀; the squared cosine has no use for it.
  ///   - end: β_{K−1}, likewise.
  package init(_ shape: BetaSchedule, count: Int, start: Double, end: Double) {
    betas = shape.betas(count: count, start: start, end: end)
    // torch multiplies in Double and rounds each product it hands out.
    var product = 1.0
    cumulativeAlphas = betas.map { beta in
      product *= Double(1 - beta)
      return Float(product)
    }
  }

  /// The steps of the reverse process, the noisiest first.
  ///
  /// [DIFF-timesteps]  t = i·⌊K/n⌋ for i = n − 1 … 0; each leads to the next one's, the last to the
  /// clean sample.
  ///
  /// Song et al. (arXiv:2010.02502), §4.2; diffusers `set_timesteps`, spacing `leading`. With K no
  /// multiple of n the noisiest steps are never visited (Q-DIFF-4).
  ///
  /// - Parameters:
  ///   - count: n, 1…K.
  ///   - root: √ of a float32 number.
  package func denoisingSteps(
    _ count: Int, squareRoot root: (Float) -> Float = { $0.squareRoot() }
  ) -> [DenoisingStep] {
    precondition(
      (1...betas.count).contains(count), "NoiseSchedule: \(count) of \(betas.count) timesteps")
    let stride = betas.count / count
    return (0..<count).reversed().map { index in
      DenoisingStep(
        timestep: index * stride, cumulativeAlpha: cumulativeAlphas[index * stride],
        previousCumulativeAlpha: index == 0 ? 1 : cumulativeAlphas[(index - 1) * stride],
        squareRoot: root)
    }
  }
}

/// The shape of β over the steps, under diffusers' name.
package enum BetaSchedule: String, Sendable, CaseIterable {
  /// Evenly spaced.
  case linear
  /// The squares of evenly spaced roots (Rombach et al., arXiv:2112.10752, code).
  case scaledLinear = "scaled_linear"
  /// ᾱ a squared cosine (Nichol & Dhariwal, arXiv:2102.09672, eq. 17), β at most 0.999.
  case squaredCosine = "squaredcos_cap_v2"
  /// A logistic rise; DDPM only.
  case sigmoid

  /// The shapes a scheduler of diffusers takes.
  package static func known(to scheduler: String) -> [BetaSchedule] {
    allCases.filter { $0 != .sigmoid || scheduler == "DDPM" }
  }

  fileprivate func betas(count: Int, start: Double, end: Double) -> [Float] {
    switch self {
    case .linear: return evenlySpaced(count, from: Float(start), to: Float(end))
    case .scaledLinear:
      return evenlySpaced(count, from: Float(pow(start, 0.5)), to: Float(pow(end, 0.5)))
        .map { $0 * $0 }
    case .squaredCosine: return squaredCosineBetas(count)
    case .sigmoid:
      // torch's vector code takes another exp than its scalar code, so that the last bit of some
      // βs depends on the processor (Documentation/Tolerances.md).
      return evenlySpaced(count, from: -6, to: 6).map { x in
        1 / (1 + Float(exp(-Double(x)))) * Float(end - start) + Float(start)
      }
    }
  }
}

/// β_t = min(1 − ᾱ((t + 1)/K)/ᾱ(t/K), 0.999) with ᾱ(u) = cos²((u + 0.008)/1.008 · π/2), in Double.
private func squaredCosineBetas(_ count: Int) -> [Float] {
  func remaining(_ time: Double) -> Double {
    pow(cos((time + 0.008) / 1.008 * .pi / 2), 2)
  }
  return (0..<count).map { step in
    let before = remaining(Double(step) / Double(count))
    let after = remaining(Double(step + 1) / Double(count))
    return Float(min(1 - after / before, 0.999))
  }
}

/// `torch.linspace`: counted from both ends, multiplication and addition fused
/// (ATen/native/cpu/RangeFactoriesKernel.cpp).
private func evenlySpaced(_ count: Int, from start: Float, to end: Float) -> [Float] {
  guard count > 1 else { return Array(repeating: start, count: count) }
  let step = (end - start) / Float(count - 1)
  return (0..<count).map { index in
    index < count / 2
      ? start.addingProduct(step, Float(index))
      : end.addingProduct(-step, Float(count - 1 - index))
  }
}
