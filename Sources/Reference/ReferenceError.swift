/// What the reference refuses.
package enum ReferenceError: Error, Equatable {
  /// A loaded tensor does not fit the policy's.
  case wrongShape(tensor: String, expected: [Int], found: [Int])
}

extension ReferenceError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .wrongShape(let tensor, let expected, let found):
      "\(tensor): the checkpoint has shape \(found), the policy \(expected); "
        + "load it with the configuration it was trained with"
    }
  }
}
