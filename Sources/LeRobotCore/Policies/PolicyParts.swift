import OrderedCollections

/// What a policy is made of beside its own fields: published models, and weights by their names in files.
package protocol PolicyParts {
  /// Takes in what the policy must know of published models before it is built, such as their sizes.
  ///
  /// - Throws: `ProcessorError` or `PolicyConfigError` for files that cannot be had or used.
  mutating func readParts(_ resources: ResourceStore) throws
  /// What may be put in the place of the policy's own; `ResourceStore` has it then.
  static var replaceableParts: Set<PolicyPart> { get }
  /// The parts that start from published weights when the policy is new. A run that starts from a
  /// checkpoint loads none of them: the checkpoint brings its own.
  var pretrainedParts: [PretrainedPart] { get }
  /// The policy's name of a tensor in a checkpoint; nil for one that it does without.
  func weightName(of saved: String) -> String?
  /// Whether training must not begin from a checkpoint that lacks a weight.
  func needsWeight(_ name: String) -> Bool
  /// Other names of tensors that a file holds once, each with the name it is saved by.
  var tiedNames: OrderedDictionary<String, String> { get }
}

/// As for policies that are made of their own fields alone, and saved under the names of their weights.
extension PolicyParts {
  package func weightName(of saved: String) -> String? { saved }
  package func needsWeight(_ name: String) -> Bool { false }
  package var tiedNames: OrderedDictionary<String, String> { [:] }
  package static var replaceableParts: Set<PolicyPart> { [] }
  package mutating func readParts(_ resources: ResourceStore) throws {}
}
