/// ‖g‖₂ = √Σ g² over all gradients together.
package func gradientNorm(_ gradients: [Tensor?]) -> Double {
  Tensor(gradients.map { $0?.norm ?? 0 }, shape: [gradients.count]).norm
}

/// [clip]  g ← g · min(1, c/(‖g‖₂ + 1e-6)), with the norm of all gradients together.
///
/// Pascanu et al. (arXiv:1211.5063), algorithm 1; torch `nn/utils/clip_grad.py`,
/// `clip_grad_norm_`. LeRobot clips nothing when c is 0 (`lerobot_train.py`, `update_policy`).
///
/// - Parameters:
///   - gradients: nil where a parameter has none.
///   - maximumNorm: c.
/// - Returns: the clipped gradients, and ‖g‖₂ before clipping.
package func clipped(
  _ gradients: [Tensor?], maximumNorm c: Double
) -> (gradients: [Tensor?], norm: Double) {
  let norm = gradientNorm(gradients)
  guard c > 0 else { return (gradients, norm) }
  let scale = min(1, c / (norm + 1e-6))
  return (gradients.map { $0.map { scale * $0 } }, norm)
}
