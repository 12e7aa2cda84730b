import Foundation
import LeRobotCore

/// [adam]  In place, and in the order of torch's `_single_tensor_adam`, so that float32 rounds
/// alike.
package struct Adam: UpdateRule {
  /// η, β₁, β₂, ε, λ.
  package let options: AdamOptions

  package init(_ options: AdamOptions) {
    self.options = options
  }

  package var learningRate: Double { options.learningRate }
  package var countsSteps: Bool { true }

  package func step(
    _ θ: Tensor, gradient g: Tensor, state: inout ParameterState, learningRate η: Double
  ) {
    let λ = options.weightDecay
    let decayed = λ == 0 ? g : g + λ * θ
    advance(θ, gradient: decayed, state: &state, options, learningRate: η)
  }
}

/// θ ← θ − η · m̂/(√v̂ + ε) of [adam], after the moments have taken in g.
func advance(
  _ θ: Tensor, gradient g: Tensor, state: inout ParameterState, _ options: AdamOptions,
  learningRate η: Double
) {
  let (β1, β2, ε) = (options.beta1, options.beta2, options.epsilon)
  state.step += 1
  let t = state.step
  let m = state.moment("exp_avg", like: θ)
  let v = state.moment("exp_avg_sq", like: θ)
  m.interpolate(to: g, weight: 1 - β1)
  v.multiply(by: β2)
  v.add(product: g, g, scale: 1 - β2)
  let stepSize = η / (1 - pow(β1, t))
  let denominator = v.squareRoot() / (1 - pow(β2, t)).squareRoot() + ε
  θ.add(quotient: m, denominator, scale: -stepSize)
}
