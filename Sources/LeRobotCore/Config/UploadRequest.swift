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
    guard
      let command = try StandaloneCommand(
        arguments, Self.option, beside: [Self.repositoryOption, Self.privateOption])
    else { return nil }
    checkpoint = try command.value(
      Self.option, "needs a checkpoint, such as RUN/checkpoints/last")
    repository = try command.value(
      Self.repositoryOption, "says where to: give --policy.repo_id=USER/NAME")
    switch command[Self.privateOption]?.lowercased() {
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
