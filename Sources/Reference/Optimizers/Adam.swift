import Foundation
import LeRobotCore

/// [adam]  m ← β₁m + (1 − β₁)g,  v ← β₂v + (1 − β₂)g²,
///         θ ← θ − η · m̂/(√v̂ + ε),  m̂ = m/(1 − β₁ᵗ),  v̂ = v/(1 − β₂ᵗ),
/// where weight decay λ first joins the gradient: g ← g + λθ.
///
/// Kingma & Ba (arXiv:1412.6980), algorithm 1; torch `optim/adam.py`, `_single_tensor_adam`.
package struct Adam: UpdateRule {
  /// η, β₁, β₂, ε, λ.
  package let options: AdamOptions

  package init(_ options: AdamOptions) {
    self.options = options
  }

  package var learningRate: Double { options.learningRate }
  package var countsSteps: Bool { true }

  package func step(_ updates: inout [ParameterUpdate], learningRate η: Double) {
    updates.move { θ, g, state in
      let decayed = g + options.weightDecay * θ
      return θ - η * direction(gradient: decayed, state: &state, options)
    }
  }
}

/// m̂/(√v̂ + ε) of [adam], after the moments have taken in g.
func direction(
  gradient g: Tensor, state: inout ParameterState, _ options: AdamOptions
) -> Tensor {
  let (β1, β2, ε) = (options.beta1, options.beta2, options.epsilon)
  let t = state.step + 1
  let m = β1 * state.moment("exp_avg", like: g) + (1 - β1) * g
  let v = β2 * state.moment("exp_avg_sq", like: g) + (1 - β2) * (g * g)
  state = ParameterState(step: t, tensors: ["exp_avg": m, "exp_avg_sq": v])
  let unbiasedMean = m / (1 - pow(β1, t))
  let unbiasedVariance = v / (1 - pow(β2, t))
  return unbiasedMean / (unbiasedVariance.squareRoot() + ε)
}
