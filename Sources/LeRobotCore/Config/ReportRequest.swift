/// What `--report=RUN` asks for: the reports of runs, made from their files.
package struct ReportRequest: Sendable, Equatable {
  /// Folders, or checkpoints in them, as the user named them.
  package let runs: [String]

  private static let option = "--report"

  /// - Returns: nil for a command line that asks for something else.
  /// - Throws: `ConfigError` where no run is named, or an option has no place beside it.
  init?(_ arguments: [String]) throws(ConfigError) {
    guard let command = try StandaloneCommand(arguments, Self.option, taking: .several) else {
      return nil
    }
    runs = try command.values("needs a run's output_dir, such as outputs/train/RUN")
  }
}
