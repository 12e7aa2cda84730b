/// What `--upload=CHECKPOINT` asks for.
package struct UploadRequest: Sendable, Equatable {
  package let checkpoint: String
  /// `OWNER/NAME`, or `NAME` of the token's owner.
  package let repository: String
  /// Of a repository that is created; nil leaves it to its owner's settings.
  package let isPrivate: Bool?

  private static let option = "--upload"
  private static let repositoryOption = "--policy.repo_id"
  private static let privateOption = "--policy.private"

  /// - Returns: nil for a command line that asks for something else.
  /// - Throws: `ConfigError` where an option is missing or has no place beside it.
  init?(_ arguments: [String]) throws(ConfigError) {
    guard arguments.contains(where: { $0 == Self.option || $0.hasPrefix("\(Self.option)=") }) else {
      return nil
    }
    var values: [String: String] = [:]
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard [Self.option, Self.repositoryOption, Self.privateOption].contains(name) else {
        throw ConfigError([
          .unexpectedArgument(
            argument, hint: "--upload takes --policy.repo_id and --policy.private only")
        ])
      }
      values[name] = parts.count > 1 ? String(parts[1]) : rest.popFirst() ?? ""
    }
    func value(_ option: String, _ message: String) throws(ConfigError) -> String {
      guard let value = values[option], !value.isEmpty else {
        throw ConfigError([.missingOption(option: option, message: message)])
      }
      return value
    }
    checkpoint = try value(Self.option, "needs a checkpoint, such as RUN/checkpoints/last")
    repository = try value(Self.repositoryOption, "says where to: give --policy.repo_id=USER/NAME")
    switch values[Self.privateOption]?.lowercased() {
    case nil: isPrivate = nil
    case "true": isPrivate = true
    case "false": isPrivate = false
    default:
      throw ConfigError([
        .missingOption(option: Self.privateOption, message: "is true or false")
      ])
    }
  }
}
