import CTorchTable

/// ‖g‖₂ = √Σ g² over all gradients together, as a tensor [] that is not waited for.
package func gradientNorm(_ gradients: [Tensor]) -> Tensor {
  guard let first = gradients.first else { return Tensor.zeros([]) }
  return made(gradients.withHandles { ct_norm_of_norms($0, $1) }, "gradient norm", first)
}

/// [clip]  In place; nothing is touched where the norm is small enough, which leaves the same
/// bits as a multiplication by 1.
///
/// - Parameters:
///   - gradients: of the parameters that have one.
///   - norm: their norm, from `gradientNorm`.
///   - value: the same on the host.
///   - maximumNorm: c.
package func clip(_ gradients: [Tensor], norm: Tensor, value: Double, maximumNorm c: Double) {
  guard c > 0, value >= c * 0.999 else { return }
  Torch.withoutGradients {
    let scale = ((norm + 1e-6).reciprocal() * c).clamped(above: 1)
    demand(gradients.withHandles { ct_scale_all_($0, $1, scale.handle) }, "clip", scale)
  }
}
