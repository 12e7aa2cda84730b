import LeRobotCore

/// [TDMPC-network]  W₃·mish(LN(W₂·mish(LN(W₁x + b₁)) + b₂)) + b₃, and for a latent σ(LN(…)) of that:
/// dynamics, reward and policy.
///
/// LeRobot `TDMPCTOLD.__init__`, `_dynamics`, `_reward`, `_pi`.
package struct TDMPCNetwork: Layer {
  /// W₁, [M, I].
  package let first: Linear
  /// Of M numbers.
  package let firstNorm: LayerNorm
  /// W₂, [M, M].
  package let second: Linear
  /// Of M numbers.
  package let secondNorm: LayerNorm
  /// W₃, [O, M].
  package let output: Linear
  /// Of O numbers, where they are a latent.
  package let outputNorm: LayerNorm?

  /// Draws in the order of the parameters.
  package init(
    inputWidth: Int, hiddenWidth: Int, outputWidth: Int, isLatent: Bool = false,
    random: any RandomSource
  ) {
    first = Linear(inputWidth: inputWidth, outputWidth: hiddenWidth, random: random)
    firstNorm = LayerNorm(width: hiddenWidth)
    second = Linear(inputWidth: hiddenWidth, outputWidth: hiddenWidth, random: random)
    secondNorm = LayerNorm(width: hiddenWidth)
    output = Linear(inputWidth: hiddenWidth, outputWidth: outputWidth, random: random)
    outputNorm = isLatent ? LayerNorm(width: outputWidth) : nil
  }

  package var parameters: NamedParameters {
    named(
      ("0", first), ("1", firstNorm), ("3", second), ("4", secondNorm), ("6", output),
      ("7", outputNorm))
  }

  /// - Parameter x: [..., I].
  /// - Returns: [..., O].
  package func callAsFunction(_ x: Variable) -> Variable {
    let hidden = mish(secondNorm(second(mish(firstNorm(first(x))))))
    let y = output(hidden)
    return outputNorm.map { $0(y).logistic() } ?? y
  }
}

/// [TDMPC-value-network]  W₃·elu(W₂·tanh(LN(W₁x + b₁)) + b₂) + b₃, one number: each Q, and V.
///
/// LeRobot `TDMPCTOLD.__init__`, `_Qs`, `_V`.
package struct TDMPCValueNetwork: Layer {
  /// W₁, [M, I].
  package let first: Linear
  /// Of M numbers.
  package let norm: LayerNorm
  /// W₂, [M, M].
  package let second: Linear
  /// W₃, [1, M].
  package let output: Linear

  /// Draws in the order of the parameters.
  package init(inputWidth: Int, hiddenWidth: Int, random: any RandomSource) {
    first = Linear(inputWidth: inputWidth, outputWidth: hiddenWidth, random: random)
    norm = LayerNorm(width: hiddenWidth)
    second = Linear(inputWidth: hiddenWidth, outputWidth: hiddenWidth, random: random)
    output = Linear(inputWidth: hiddenWidth, outputWidth: 1, random: random)
  }

  package var parameters: NamedParameters {
    named(("0", first), ("1", norm), ("3", second), ("5", output))
  }

  /// - Parameter x: [..., I].
  /// - Returns: [...].
  package func callAsFunction(_ x: Variable) -> Variable {
    let hidden = norm(first(x)).hyperbolicTangent()
    return output(elu(second(hidden))).reshaped(Array(x.shape.dropLast()))
  }
}

/// [TDMPC-ensemble]  Q₁ … Q_E, trained alike from other initial weights: where they disagree, none of
/// them has seen much.
///
/// FOWM, §3.2.
package struct TDMPCEnsemble: Layer {
  /// E of them.
  package let networks: [TDMPCValueNetwork]

  /// Draws one after the other.
  package init(count: Int, inputWidth: Int, hiddenWidth: Int, random: any RandomSource) {
    networks = (0..<count).map { _ in
      TDMPCValueNetwork(inputWidth: inputWidth, hiddenWidth: hiddenWidth, random: random)
    }
  }

  package var parameters: NamedParameters {
    named(networks.enumerated().map { ("\($0.offset)", $0.element) })
  }

  /// - Parameters:
  ///   - x: [..., I].
  ///   - chosen: whose values are wanted; nil for all.
  /// - Returns: [E, ...], or one row for each that was chosen.
  package func callAsFunction(_ x: Variable, of chosen: [Int]? = nil) -> Variable {
    let asked = chosen.map { $0.map { networks[$0] } } ?? networks
    return .concatenated(asked.map { $0(x).reshaped([1] + x.shape.dropLast()) }, axis: 0)
  }
}
