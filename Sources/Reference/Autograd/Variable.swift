/// A tensor that remembers how it was computed, so that gradients can be traced back.
///
/// Reverse-mode differentiation (Griewank & Walther, Evaluating Derivatives, ch. 3). Each operation
/// keeps, per operand, the map from the gradient of its result to that operand's gradient
/// (the vector-Jacobian product, here `pullback`). `gradients(of:withRespectTo:)` applies these
/// maps from the loss backwards.
package final class Variable {
  /// What the operation computed.
  package let value: Tensor
  /// Whether anything this was computed from is asked for its gradient.
  package let needsGradient: Bool
  /// The operands, each with its pullback.
  fileprivate let edges: [Edge]

  /// An operand, and ∂loss/∂operand as a function of ∂loss/∂result.
  struct Edge {
    let operand: Variable
    let pullback: (Tensor) -> Tensor

    init(_ operand: Variable, _ pullback: @escaping (Tensor) -> Tensor) {
      self.operand = operand
      self.pullback = pullback
    }
  }

  /// A value that nothing was computed from: an input, or a parameter if `needsGradient`.
  package init(_ value: Tensor, needsGradient: Bool = false) {
    self.value = value
    self.needsGradient = needsGradient
    edges = []
  }

  /// The result of an operation. Operands that need no gradient are forgotten.
  init(_ value: Tensor, _ edges: [Edge]) {
    self.value = value
    self.edges = edges.filter(\.operand.needsGradient)
    needsGradient = !self.edges.isEmpty
  }

  /// Sizes of the value's axes.
  package var shape: [Int] { value.shape }
  /// The size of one of the value's axes.
  package func size(_ axis: Int) -> Int { value.size(axis) }
}

/// ∂loss/∂x for each of `variables`, nil where the loss does not depend on it.
///
/// - Parameters:
///   - loss: a scalar [].
///   - variables: leaves that need a gradient.
package func gradients(of loss: Variable, withRespectTo variables: [Variable]) -> [Tensor?] {
  precondition(loss.value.count == 1, "gradients: the loss has shape \(loss.shape)")
  var gradients = [ObjectIdentifier(loss): Tensor(repeating: 1, shape: loss.shape)]
  for variable in resultsBeforeOperands(loss) {
    // The gradient of an intermediate result is complete here, and needed only here.
    guard let gradient = gradients[ObjectIdentifier(variable)] else { continue }
    if !variable.edges.isEmpty { gradients[ObjectIdentifier(variable)] = nil }
    for edge in variable.edges {
      let part = edge.pullback(gradient)
      precondition(
        part.shape == edge.operand.shape,
        "gradients: \(part.shape) for an operand of shape \(edge.operand.shape)")
      let operand = ObjectIdentifier(edge.operand)
      gradients[operand] = gradients[operand].map { $0 + part } ?? part
    }
  }
  return variables.map { gradients[ObjectIdentifier($0)] }
}

/// Everything `loss` was computed from, each result before its operands.
private func resultsBeforeOperands(_ loss: Variable) -> [Variable] {
  var seen: Set<ObjectIdentifier> = []
  var operandsFirst: [Variable] = []
  func visit(_ variable: Variable) {
    guard seen.insert(ObjectIdentifier(variable)).inserted else { return }
    for edge in variable.edges { visit(edge.operand) }
    operandsFirst.append(variable)
  }
  visit(loss)
  return operandsFirst.reversed()
}
