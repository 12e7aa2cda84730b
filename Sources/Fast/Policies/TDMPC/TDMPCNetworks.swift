import LeRobotCore

/// [TDMPC-network]
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
  package func callAsFunction(_ x: Tensor) -> Tensor {
    let hidden = mish(secondNorm(second(mish(firstNorm(first(x))))))
    let y = output(hidden)
    return outputNorm.map { $0(y).logistic() } ?? y
  }
}

/// [TDMPC-value-network]
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
  package func callAsFunction(_ x: Tensor) -> Tensor {
    let hidden = norm(first(x)).hyperbolicTangent()
    return output(elu(second(hidden))).reshaped(Array(x.shape.dropLast()))
  }
}

/// [TDMPC-ensemble]
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
  package func callAsFunction(_ x: Tensor, of chosen: [Int]? = nil) -> Tensor {
    TDMPCJoinedNetworks(chosen.map { $0.map { networks[$0] } } ?? networks)(x)
  }
}

/// Several value networks at once, their weights side by side: each layer is one product for all of
/// them, where each by itself would be small.
package struct TDMPCJoinedNetworks {
  private let count: Int
  /// [E·M, I] and [E·M].
  private let first: (weight: Tensor, bias: Tensor)
  /// [E·M] each.
  private let norm: (weight: Tensor, bias: Tensor)
  /// W₂ᵀ, [E, M, M], and [E, 1, M].
  private let second: (weight: Tensor, bias: Tensor)
  /// W₃ᵀ, [E, M, 1], and [E, 1, 1].
  private let output: (weight: Tensor, bias: Tensor)

  /// Copies the weights, within the graph.
  package init(_ networks: [TDMPCValueNetwork]) {
    func joined(_ parameter: (TDMPCValueNetwork) -> Parameter?) -> Tensor {
      .concatenated(networks.compactMap { parameter($0)?.variable }, axis: 0)
    }
    count = networks.count
    first = (joined(\.first.weight), joined(\.first.bias))
    norm = (joined(\.norm.weight), joined(\.norm.bias))
    let width = networks[0].norm.weight.value.size(0)
    second = (
      joined(\.second.weight).reshaped([count, width, width]).transposed(1, 2),
      joined(\.second.bias).reshaped([count, 1, width])
    )
    output = (
      joined(\.output.weight).reshaped([count, width, 1]),
      joined(\.output.bias).reshaped([count, 1, 1])
    )
  }

  /// - Parameter x: [..., I].
  /// - Returns: [E, ...].
  package func callAsFunction(_ x: Tensor) -> Tensor {
    let rows = x.reshaped([-1, x.size(x.rank - 1)])  // [R, I]
    // A layer norm of each network's numbers is a norm of groups of all of them.
    let normed = rows.linear(first.weight, first.bias).groupNormalized(
      groupCount: count, norm.weight, norm.bias, epsilon: 1e-5)
    let hidden = normed.hyperbolicTangent().reshaped([rows.size(0), count, -1]).transposed(0, 1)
    let y = matmul(elu(matmul(hidden, second.weight) + second.bias), output.weight) + output.bias
    return y.reshaped([count] + x.shape.dropLast())
  }
}
