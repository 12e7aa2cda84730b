import LeRobotCore
import OrderedCollections

/// What a policy looks at and what it gives, to be held against environments.
package struct PolicyInterface: Sendable {
  package var inputs: OrderedDictionary<String, PolicyFeature>
  package var outputs: OrderedDictionary<String, PolicyFeature>
  /// The policy's names of what a dataset, or an environment, calls otherwise.
  package var renameMap: OrderedDictionary<String, String>

  package init(
    inputs: OrderedDictionary<String, PolicyFeature>,
    outputs: OrderedDictionary<String, PolicyFeature>,
    renameMap: OrderedDictionary<String, String> = [:]
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.renameMap = renameMap
  }

  /// Checks that environments show what the policy looks at, in its shapes, and take as many numbers
  /// as it gives.
  ///
  /// - Parameters:
  ///   - shown: observations of environments, batch axis first.
  ///   - actionWidth: numbers in their actions.
  ///   - type: of the environments, for the message.
  func check(
    _ shown: Batch, actionWidth: Int, type: String
  ) throws(EnvironmentError) {
    let shapes = OrderedDictionary(
      shown.values.map { (renameMap[$0.key] ?? $0.key, Array($0.value.shape.dropFirst())) },
      uniquingKeysWith: { $1 })
    for (name, feature) in inputs where Self.isLookedAt(feature, as: name) {
      guard let shape = shapes[name] else {
        throw .unsuitable(
          problem: "the policy looks at \(name), but --env.type=\(type) shows "
            + shapes.keys.joined(separator: " "))
      }
      guard shape == feature.shape else {
        throw .unsuitable(
          problem:
            "\(name): the policy looks at \(feature.shape), --env.type=\(type) shows \(shape)")
      }
    }
    guard let width = outputs["action"]?.shape.first, width != actionWidth else { return }
    throw .unsuitable(
      problem: "the policy's action has \(width) numbers, --env.type=\(type) takes \(actionWidth)")
  }

  /// Policies pass over states of other names.
  private static func isLookedAt(_ feature: PolicyFeature, as name: String) -> Bool {
    feature.type == .visual || name == EnvironmentObservation.stateFeature
      || name == EnvironmentObservation.environmentStateFeature
  }
}
