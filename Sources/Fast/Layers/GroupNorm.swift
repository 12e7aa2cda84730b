/// [group-norm]
package struct GroupNorm: Layer {
  /// γ, [C].
  package let weight: Parameter
  /// β, [C].
  package let bias: Parameter
  /// G, a divisor of C.
  package let groupCount: Int

  package init(groupCount: Int, channels: Int) {
    require(
      channels % groupCount == 0, "GroupNorm: \(channels) channels in \(groupCount) groups")
    weight = Parameter(.ones([channels]))
    bias = Parameter(.zeros([channels]))
    self.groupCount = groupCount
  }

  package var parameters: NamedParameters { ["weight": weight, "bias": bias] }

  /// - Parameter x: [B, C, ...].
  /// - Returns: [B, C, ...].
  package func callAsFunction(_ x: Tensor) -> Tensor {
    x.groupNormalized(groupCount: groupCount, weight.variable, bias.variable, epsilon: 1e-5)
  }
}
