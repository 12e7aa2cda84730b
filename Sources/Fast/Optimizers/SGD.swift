import LeRobotCore

/// [sgd]
package struct SGD: UpdateRule {
  /// η, momentum μ, dampening τ, Nesterov, λ.
  package let options: SGDOptions

  package init(_ options: SGDOptions) {
    self.options = options
  }

  package var learningRate: Double { options.learningRate }
  package var countsSteps: Bool { false }

  package func step(_ updates: inout [ParameterUpdate], learningRate η: Double) {
    for index in updates.indices {
      let (θ, g) = (updates[index].parameter, updates[index].gradient)
      step(θ, gradient: g, state: &updates[index].state, learningRate: η)
    }
  }

  private func step(
    _ θ: Tensor, gradient g: Tensor, state: inout ParameterState, learningRate η: Double
  ) {
    let (μ, τ, λ) = (options.momentum, options.dampening, options.weightDecay)
    let decayed = λ == 0 ? g : g + λ * θ
    guard μ != 0 else { return θ.add(decayed, scale: -η) }
    let b: Tensor
    if let buffer = state.tensors["momentum_buffer"] {
      b = buffer
      b.multiply(by: μ)
      b.add(decayed, scale: 1 - τ)
    } else {
      b = decayed.copy()
      state.tensors["momentum_buffer"] = b
    }
    θ.add(options.nesterov ? decayed + μ * b : b, scale: -η)
  }
}
