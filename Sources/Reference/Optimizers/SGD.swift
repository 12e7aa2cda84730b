import LeRobotCore

/// [sgd]  g ← g + λθ,  b ← μb + (1 − τ)g (at first b = g, undamped),  θ ← θ − ηb,
/// or with Nesterov's momentum θ ← θ − η(g + μb).
///
/// Sutskever et al. (ICML 2013), §2, in torch's form: `optim/sgd.py`, `_single_tensor_sgd`.
package struct SGD: UpdateRule {
  /// η, momentum μ, dampening τ, Nesterov, λ.
  package let options: SGDOptions

  package init(_ options: SGDOptions) {
    self.options = options
  }

  package var learningRate: Double { options.learningRate }
  package var countsSteps: Bool { false }

  package func step(_ updates: inout [ParameterUpdate], learningRate η: Double) {
    updates.move { θ, g, state in
      let (μ, τ) = (options.momentum, options.dampening)
      let decayed = g + options.weightDecay * θ
      guard μ != 0 else { return θ - η * decayed }
      let b = state.tensors["momentum_buffer"].map { μ * $0 + (1 - τ) * decayed } ?? decayed
      state.tensors["momentum_buffer"] = b
      return θ - η * (options.nesterov ? decayed + μ * b : b)
    }
  }
}
