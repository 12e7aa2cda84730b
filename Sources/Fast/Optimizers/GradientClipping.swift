import CTorchTable

/// ‖g‖₂ = √Σ g² over all gradients together, as a tensor [] that is not waited for.
///
/// - Parameter weights: those that have a gradient.
package func gradientNorm(of weights: [Tensor]) -> Tensor {
  guard let first = weights.first else { return Tensor.zeros([]) }
  return made(weights.withHandles { ct_gradient_norm($0, $1) }, "gradient norm", first)
}

/// [clip]  In place; nothing is touched where the norm is small enough, which leaves the same
/// bits as a multiplication by 1.
///
/// - Parameters:
///   - weights: those that have a gradient.
///   - norm: the norm of their gradients, from `gradientNorm`.
///   - value: the same on the host.
///   - maximumNorm: c.
package func clipGradients(
  of weights: [Tensor], norm: Tensor, value: Double, maximumNorm c: Double
) {
  guard c > 0, value >= c * 0.999 else { return }
  Torch.withoutGradients {
    let scale = ((norm + 1e-6).reciprocal() * c).clamped(above: 1)
    demand(weights.withHandles { ct_scale_gradients_($0, $1, scale.handle) }, "clip", scale)
  }
}
