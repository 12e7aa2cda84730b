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

  package func step(_ updates: inout [ParameterUpdate], learningRate η: Double) {
    advance(&updates, options, learningRate: η, decaysApart: true)
  }
}
