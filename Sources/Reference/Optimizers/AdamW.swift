import LeRobotCore

/// [adamw]  θ ← (1 − ηλ)θ, then a step of [adam] without weight decay in the gradient.
///
/// Loshchilov & Hutter (arXiv:1711.05101), algorithm 2; torch `optim/adamw.py`.
package struct AdamW: UpdateRule {
  /// η, β₁, β₂, ε, λ.
  package let options: AdamOptions

  package init(_ options: AdamOptions) {
    self.options = options
  }

  package var learningRate: Double { options.learningRate }
  package var countsSteps: Bool { true }

  package func step(_ updates: inout [ParameterUpdate], learningRate η: Double) {
    updates.move { θ, g, state in
      let decayed = (1 - η * options.weightDecay) * θ
      return decayed - η * direction(gradient: g, state: &state, options)
    }
  }
}
