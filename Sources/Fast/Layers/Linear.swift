import LeRobotCore

/// [linear]
package struct Linear: Layer {
  /// W, [O, I].
  package let weight: LinearWeight
  /// b, [O], where there is one.
  package let bias: Parameter?

  /// Draws the weight, then the bias.
  package init(
    inputWidth: Int, outputWidth: Int, hasBias: Bool = true, random: any RandomSource
  ) {
    let shape = [outputWidth, inputWidth]
    weight = LinearWeight(random.kaimingUniform(shape))
    bias = hasBias ? Parameter(random.defaultBias(shape)) : nil
  }

  package var parameters: NamedParameters {
    var all: NamedParameters = ["weight": weight]
    all["bias"] = bias
    return all + (weight.addition?.parameters ?? [:])
  }

  /// What its inputs have to be.
  package var dataType: DataType { weight.value.dataType }

  /// - Parameter x: [..., I].
  /// - Returns: [..., O].
  package func callAsFunction(_ x: Tensor) -> Tensor {
    let y = x.linear(weight.variable, bias?.variable)
    return weight.addition.map { y + $0(x).to(y.dataType) } ?? y
  }
}
