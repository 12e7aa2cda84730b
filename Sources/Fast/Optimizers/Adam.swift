import CTorchTable
import LeRobotCore

/// [adam]  One kernel over all parameters: the moments, the decay and the step are computed while
/// an element is at hand, so that memory is passed over once instead of eight times. It rounds
/// otherwise than torch's plain loop, by a unit in the last place.
package struct Adam: UpdateRule {
  /// η, β₁, β₂, ε, λ.
  package let options: AdamOptions

  package init(_ options: AdamOptions) {
    self.options = options
  }

  package var learningRate: Double { options.learningRate }
  package var countsSteps: Bool { true }

  package func step(_ updates: inout [ParameterUpdate], learningRate η: Double) {
    advance(&updates, options, learningRate: η, decaysApart: false)
  }
}

/// θ ← θ − η · m̂/(√v̂ + ε) of [adam], after the moments have taken in g.
///
/// - Parameter decaysApart: λ shrinks θ itself ([adamw]) instead of adding to g.
func advance(
  _ updates: inout [ParameterUpdate], _ options: AdamOptions, learningRate η: Double,
  decaysApart: Bool
) {
  for index in updates.indices { updates[index].state.step += 1 }
  let (β1, β2, ε, λ) = (options.beta1, options.beta2, options.epsilon, options.weightDecay)
  let parameters = updates.map(\.parameter)
  let m = updates.indices.map { updates[$0].state.moment("exp_avg", like: parameters[$0]) }
  let v = updates.indices.map { updates[$0].state.moment("exp_avg_sq", like: parameters[$0]) }
  let status = parameters.withHandles { parameters, count in
    m.withHandles { m, _ in
      v.withHandles { v, _ in
        ct_fused_adam_(
          parameters, m, v, updates.map(\.state.step), count, [η, β1, β2, ε, λ], decaysApart)
      }
    }
  }
  demand(status, "Adam", updates.first?.parameter)
}
