/// Why no policy can be built from a configuration and the features of a dataset.
///
/// The one error of all policies: which field is to blame, and what to do. A policy's own reasons
/// stand as functions beside its features.
package struct PolicyConfigError: Error, Equatable {
  package let problem: FieldProblem

  package init(_ problem: FieldProblem) {
    self.problem = problem
  }

  init(_ key: String, _ message: String) {
    self.init(FieldProblem(key, message))
  }
}

extension PolicyConfigError: CustomStringConvertible {
  package var description: String { "policy.\(problem.key): \(problem.message)" }
}

/// Reasons that several policies share.
extension PolicyConfigError {
  /// The dataset has no `action`.
  package static let noAction = PolicyConfigError(
    "output_features", "the dataset has no `action` to learn; add one")

  /// Neither a camera nor the environment's state is among the inputs.
  package static func noCameraOrEnvironmentState(_ policy: String) -> PolicyConfigError {
    PolicyConfigError(
      "input_features",
      "\(policy) needs a camera or observation.environment_state; add one to the dataset")
  }

  /// The dataset has no `observation.state`.
  package static func noRobotState(_ policy: String) -> PolicyConfigError {
    PolicyConfigError(
      "input_features", "\(policy) needs observation.state; add one to the dataset")
  }

  /// A size below the smallest one that can be built.
  package static func tooSmall(_ key: String, _ value: Int, least: Int = 1) -> PolicyConfigError {
    PolicyConfigError(key, "\(value) is too small; use \(least) or more")
  }

  /// Published weights lack a tensor, or have it in another shape.
  ///
  /// - Parameter found: the shape in the file; nil for none.
  package static func unfitWeights(
    _ part: PretrainedPart, _ tensor: String, shape: [Int], found: [Int]?
  ) -> PolicyConfigError {
    let has = found.map { "has \(tensor) in the shape \($0), not \(shape)" } ?? "lacks \(tensor)"
    let remedy =
      switch part.source {
      case .torchvision: "choose weights of the same vision_backbone"
      case .hub: "use config.json and weights of the same model"
      }
    return PolicyConfigError(part.option, "\(part.name) \(has); \(remedy)")
  }

  /// The weights of `part` belong to no part of the policy.
  package static func unknownPart(_ part: PretrainedPart) -> PolicyConfigError {
    PolicyConfigError(
      part.option, "the policy has no part that starts from \(part.name); set it to null")
  }
}
