/// [group-norm]  y = γ_c · (x − μ_g)/√(σ_g² + ε) + β_c, with mean and variance over the pixels of
/// each group g of channels.
///
/// Wu & He (arXiv:1803.08494), eq. 2; torch `nn/modules/normalization.py`, `GroupNorm`; ε = 1e-5.
package struct GroupNorm: Layer {
  /// γ, [C].
  package let weight: Parameter
  /// β, [C].
  package let bias: Parameter
  /// G, a divisor of C.
  package let groupCount: Int

  package init(groupCount: Int, channels: Int) {
    precondition(
      channels % groupCount == 0, "GroupNorm: \(channels) channels in \(groupCount) groups")
    weight = Parameter(.ones([channels]))
    bias = Parameter(.zeros([channels]))
    self.groupCount = groupCount
  }

  package var parameters: NamedParameters { ["weight": weight, "bias": bias] }

  /// - Parameter x: [B, C, ...].
  /// - Returns: [B, C, ...].
  package func callAsFunction(_ x: Variable) -> Variable {
    let groups = x.reshaped([x.size(0), groupCount, -1])  // [B, G, C/G·pixels]
    let y = standardized(groups, over: [-1], epsilon: 1e-5).reshaped(x.shape)
    let channels = [x.size(1)] + Array(repeating: 1, count: x.shape.count - 2)
    return y * weight.variable.reshaped(channels) + bias.variable.reshaped(channels)
  }
}
