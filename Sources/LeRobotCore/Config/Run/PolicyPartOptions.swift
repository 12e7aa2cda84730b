// Options of our own that change what a policy is made of.

extension RunOptions {
  static let policySizesKey = "policy_sizes"
  static let tokenizerPathKey = "tokenizer_path"
  /// Fields of the policy that LeRobot 0.4.2 does not know.
  static let policyFieldsKey = "policy_fields"

  /// Those that belong to a policy: whatever starts from a checkpoint takes them over from its training.
  static let policyKeys = [policySizesKey, tokenizerPathKey, policyFieldsKey]
}

extension ConfigResolution {
  /// Checks that the policy has what these options change, and that the tokenizer's folder is there.
  mutating func checkPolicyParts() {
    guard let policy = config.policy else { return }
    let parts = type(of: policy.value).replaceableParts
    if options.policySizes != nil, !parts.contains(.sizes) {
      note(RunOptions.policySizesKey, "\(policy.type) has no sizes to change; leave it out")
    }
    guard let folder = options.tokenizerPath else { return }
    if !parts.contains(.tokenizer) {
      note(RunOptions.tokenizerPathKey, "\(policy.type) reads no text; leave it out")
    } else if machine.files.kind(of: folder) != .directory {
      note(
        RunOptions.tokenizerPathKey,
        "there is no folder \(folder); give one with tokenizer.json and tokenizer_config.json")
    }
  }

  /// Takes over the fields of newer LeRobots that were saved beside a policy, but for those that are typed, and
  /// has them saved again.
  mutating func placeNewerPolicyFields() {
    guard var policy = config.policy else { return }
    let saved = (options.policyFields?.objectValue ?? [:]).filter { key, _ in
      if case .commandLine = origins[ConfigPath(["policy", key])] { return false }
      return true
    }
    policy.value.takeNewerFields(.object(saved))
    config.policy = policy
    let fields = policy.value.newerFields
    options.policyFields = fields.objectValue?.isEmpty == false ? fields : nil
  }

  private mutating func note(_ option: String, _ message: String) {
    let path = ConfigPath([option])
    issues.append(
      .invalidCombination(ConfigPlace(path: path, origin: optionOrigins[path]), message: message))
  }
}
