import LeRobotCore

/// [adamw]
package struct AdamW: UpdateRule {
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
    if λ != 0 { θ.multiply(by: 1 - η * λ) }
    advance(θ, gradient: g, state: &state, options, learningRate: η)
  }
}
