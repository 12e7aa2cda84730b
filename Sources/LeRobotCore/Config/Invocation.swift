/// What a command line asks for.
package enum Invocation: Sendable {
  /// Text for standard output, warnings for standard error, and exit status 0.
  case print(String, warnings: [ConfigWarning] = [])
  /// Text for standard error and exit status 1: nothing was asked for.
  case explain(String)
  /// The version, and the libraries that are found.
  case version
  /// A checkpoint is uploaded instead.
  case upload(UploadRequest)
  /// Runs are shown while they train.
  case watch(WatchRequest)
  /// The reports of runs are written.
  case report(ReportRequest)
  /// A checkpoint is evaluated.
  case evaluate(LoadedConfig)
  /// A run, or a dry one: `loaded.options.program` says which.
  case run(LoadedConfig)

  /// Explains how to begin where there are no arguments.
  /// Answers `--help`, `--version` and `--completion` at once, without reading any file; loads the configuration
  /// for everything else, and prints it where `--print_config` asks.
  ///
  /// - Parameters:
  ///   - arguments: the command line without the program's name.
  ///   - schema: the fields and options there are; by default those of this release.
  /// - Throws: `ConfigError` with everything that was found wrong.
  package init(
    arguments: [String], machine: ConfigMachine, schema: ConfigSchema = .builtIn
  ) throws(ConfigError) {
    if arguments.isEmpty {
      self = .explain(HelpText.beginning)
      return
    }
    if arguments.contains(where: Self.asksForHelp) {
      let shown = EvaluateOption.stands(in: arguments) ? schema.with(purpose: .evaluation) : schema
      self = .print(HelpText.text(for: arguments, schema: shown))
      return
    }
    if arguments.contains(where: { ["--version", "--version=true"].contains($0) }) {
      self = .version
      return
    }
    if let shell = ConfigLoader.completionShell(arguments, machine, schema) {
      self = .print(Completion.script(for: shell, schema: schema))
      return
    }
    if let request = try UploadRequest(arguments) {
      self = .upload(request)
      return
    }
    if let request = try WatchRequest(arguments) {
      self = .watch(request)
      return
    }
    if let request = try ReportRequest(arguments) {
      self = .report(request)
      return
    }
    if EvaluateOption.stands(in: arguments) {
      self = .evaluate(
        try ConfigLoader.load(
          arguments: arguments, machine: machine, schema: schema.with(purpose: .evaluation)))
      return
    }
    let loaded = try ConfigLoader.load(arguments: arguments, machine: machine, schema: schema)
    switch loaded.options.program.configFormat {
    case .off: self = .run(loaded)
    case .text:
      self = .print(ConfigReport.text(loaded, schema: schema) + "\n", warnings: loaded.warnings)
    case .json: self = .print(ConfigReport.json(loaded) + "\n", warnings: loaded.warnings)
    }
  }

  /// `-h`, `--help` and its beginnings.
  private static func asksForHelp(_ argument: String) -> Bool {
    argument == "-h" || (argument.count > 2 && "--help".hasPrefix(argument))
  }
}
