import CTorchTable

extension Tensor {
  /// Whether `backward` is to compute a gradient for this leaf.
  package var needsGradient: Bool {
    get { ct_requires_gradient(handle) }
    set { demand(ct_set_requires_gradient(handle, newValue), "requires gradient", self) }
  }

  /// Adds the gradients of this scalar to every leaf that it came from.
  ///
  /// - Parameter keepsFactors: leaves the gradients of large weights, through which few rows went,
  ///   as the factors of a product: norm, clipping and Adam need no more, and `gradient` multiplies.
  package func backward(keepsFactors: Bool = false) {
    demand(ct_backward(handle, keepsFactors), "backward", self)
  }

  /// Whether `backward` left a gradient.
  package var hasGradient: Bool { ct_has_gradient(handle) }

  /// The gradient that `backward` left, nil where it never came.
  package var gradient: Tensor? {
    var found: CTTensor?
    demand(ct_gradient(handle, &found), "gradient", self)
    return found.map(Tensor.init(owning:))
  }

  /// Forgets the gradient.
  package func clearGradient() { demand(ct_clear_gradient(handle), "clear gradient", self) }

  /// The same elements, cut off from the graph.
  package func detached() -> Tensor { made(ct_detach(handle), "detach", self) }
}

/// In-place changes that the graph does not see, for initialisers and optimizers.
extension Tensor {
  /// Takes over another tensor's elements, type and device.
  func become(_ other: Tensor) { demand(ct_set_data(handle, other.handle), "become", self, other) }
  /// x ← other, converted to this type and device.
  func assign(_ other: Tensor) { demand(ct_copy_(handle, other.handle), "assign", self, other) }
  /// x ← x + scale·other.
  func add(_ other: Tensor, scale: Double = 1) {
    demand(ct_add_(handle, other.handle, scale), "add", self, other)
  }
  /// x ← x + weight·(other − x).
  func move(towards other: Tensor, by weight: Double) {
    demand(ct_lerp_(handle, other.handle, weight), "lerp", self, other)
  }
  /// Each of these ← kept · itself + (1 − kept) · its partner, in two passes over all of them.
  static func average(_ tensors: [Tensor], with others: [Tensor], keeping kept: Double) {
    let status = tensors.withHandles { tensors, count in
      others.withHandles { others, _ in ct_average_(tensors, others, count, kept) }
    }
    demand(status, "average", tensors.first, others.first)
  }
  /// x ← factor·x.
  func multiply(by factor: Double) { demand(ct_multiply_(handle, factor), "multiply", self) }
}
