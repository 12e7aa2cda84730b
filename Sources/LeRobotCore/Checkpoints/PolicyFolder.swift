/// The files that make a policy, in a folder that may hold others too.
package enum PolicyFolder {
  /// What a policy of LeRobot before 0.4 does not have.
  package static let optional = [
    PolicyProcessors.preprocessorName, PolicyProcessors.postprocessorName,
  ].map { "\($0).json" }

  /// Whether a file of a repository is one of them, by its path.
  package static func isPart(_ path: String) -> Bool {
    !path.contains("/") && (path.hasSuffix(".json") || path.hasSuffix(".safetensors"))
  }

  /// Whether a folder holds all of them.
  ///
  /// - Parameter isMissing: whether it is known that the policy has no such file.
  package static func isWhole(_ folder: String, isMissing: (String) -> Bool) -> Bool {
    func holds(_ name: String) -> Bool { FileSystem.size(of: "\(folder)/\(name)") != nil }
    let weights = CheckpointLayout.weights
    let index = "\(weights).index.json"
    guard holds(CheckpointLayout.policyConfig),
      holds(weights)
        || holds(index) && names(in: "\(folder)/\(index)", "weight_map").allSatisfy(holds)
    else { return false }
    return optional.allSatisfy { name in
      holds(name)
        ? names(in: "\(folder)/\(name)", "state_file").allSatisfy(holds) : isMissing(name)
    }
  }

  /// The texts that a JSON file has for a key, or for the members of what it has for it.
  private static func names(in file: String, _ key: String) -> Set<String> {
    guard let text = try? TextFile.read(file), let json = try? JSONValue(parsing: text) else {
      return []
    }
    var names: Set<String> = []
    func search(_ value: JSONValue) {
      for (name, member) in value.objectValue ?? [:] {
        if name == key, let text = member.stringValue { names.insert(text) }
        if name == key {
          names.formUnion((member.objectValue ?? [:]).values.compactMap(\.stringValue))
        }
        search(member)
      }
      for element in value.arrayValue ?? [] { search(element) }
    }
    search(json)
    return names
  }
}
