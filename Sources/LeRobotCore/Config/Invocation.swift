/// What a command line asks for.
package enum Invocation: Sendable {
  /// Text for standard output, warnings for standard error, and exit status 0.
  case print(String, warnings: [ConfigWarning] = [])
  /// A run, or a dry one: `loaded.options.action` says which.
  case run(LoadedConfig)

  /// Answers `--help` and `--completion` at once, without reading any file; loads the configuration
  /// for everything else, and prints it where `--print_config` asks.
  ///
  /// - Parameters:
  ///   - arguments: the command line without the program's name.
  ///   - schema: the fields and options there are; by default those of this release.
  /// - Throws: `ConfigError` with everything that was found wrong.
  package init(
    arguments: [String], machine: ConfigMachine, schema: ConfigSchema = .builtIn
  ) throws(ConfigError) {
    if arguments.contains(where: Self.asksForHelp) {
      self = .print(HelpText.text(for: arguments, schema: schema))
      return
    }
    var options = RunOptions()
    if options.take(from: arguments).issues.isEmpty, case .completion(let shell) = options.action {
      self = .print(Completion.script(for: shell, schema: schema))
      return
    }
    let loaded = try ConfigLoader.load(
      arguments: arguments, machine: machine, schema: schema)
    guard case .printConfig(let asJSON) = loaded.options.action else {
      self = .run(loaded)
      return
    }
    let text = asJSON ? ConfigReport.json(loaded) : ConfigReport.text(loaded, schema: schema)
    self = .print(text + "\n", warnings: loaded.warnings)
  }

  /// `-h`, `--help` and its beginnings.
  private static func asksForHelp(_ argument: String) -> Bool {
    argument == "-h" || (argument.count > 2 && "--help".hasPrefix(argument))
  }
}
