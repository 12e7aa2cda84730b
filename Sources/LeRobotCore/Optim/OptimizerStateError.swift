/// Why a saved optimizer state belongs to other parameters.
package enum OptimizerStateError: Error, Equatable {
  /// Numbers of parameters per group.
  case otherGroups(expected: [Int], found: [Int])
  /// A parameter that the policy does not have.
  case noSuchParameter(Int, count: Int)
  /// A moment of another shape than its parameter.
  case wrongShape(tensor: String, expected: [Int], found: [Int])
}

extension OptimizerStateError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .otherGroups(let expected, let found):
      "optimizer state: parameters per group are \(found), this policy has \(expected); "
        + Self.remedy
    case .noSuchParameter(let index, let count):
      "optimizer state: parameter \(index) of \(count); \(Self.remedy)"
    case .wrongShape(let tensor, let expected, let found):
      "optimizer state: \(tensor) has shape \(found) where \(expected) is needed; \(Self.remedy)"
    }
  }

  private static let remedy = "resume with the optimizer and policy that wrote it"
}

extension OptimizerState {
  /// Checks that this is the state of such parameters.
  ///
  /// - Parameters:
  ///   - parameterCounts: of each group.
  ///   - shapes: of all parameters, in group order.
  package func check(
    parameterCounts: [Int], shapes: [[Int]]
  ) throws(OptimizerStateError) {
    guard groups.map(\.count) == parameterCounts else {
      throw .otherGroups(expected: parameterCounts, found: groups.map(\.count))
    }
    for (index, slot) in slots {
      guard shapes.indices.contains(index) else {
        throw .noSuchParameter(index, count: shapes.count)
      }
      for (name, tensor) in slot where name != "step" && tensor.shape != shapes[index] {
        throw .wrongShape(
          tensor: "state/\(index)/\(name)", expected: shapes[index], found: tensor.shape)
      }
    }
  }
}
