/// What `--watch=RUN` asks for: runs to show, in the terminal or in browsers.
package struct WatchRequest: Sendable, Equatable {
  /// Folders, or checkpoints in them, as the user named them.
  package let runs: [String]
  /// Where the runs are served to browsers, 0 for any free port; nil shows them in the terminal.
  package let port: UInt16?

  static let portKey = "port"
  private static let option = "--watch"
  private static let portOption = "--\(portKey)"

  /// - Returns: nil for a command line that asks for something else.
  /// - Throws: `ConfigError` where no run is named, or an option has no place beside it.
  init?(_ arguments: [String]) throws(ConfigError) {
    guard
      let command = try StandaloneCommand(
        arguments, Self.option, taking: .several, beside: [Self.portOption])
    else { return nil }
    runs = try command.values("needs a run's output_dir, such as outputs/train/RUN")
    port = try command[Self.portOption].map { text throws(ConfigError) in try Self.port(text) }
  }

  private static func port(_ text: String) throws(ConfigError) -> UInt16 {
    guard let port = UInt16(text) else {
      let place = ConfigPlace(
        path: ConfigPath([portKey]), origin: .commandLine(argument: "\(portOption)=\(text)"))
      throw ConfigError([
        .invalidValue(
          place, found: "\"\(text.shortened)\"", expected: "a port number from 0 to 65535",
          hint: "0 picks a free one")
      ])
    }
    return port
  }
}
