import OrderedCollections

/// A configuration, ready to run.
package struct LoadedConfig: Sendable {
  package var config: TrainPipelineConfig
  package var options: RunOptions
  package var warnings: [ConfigWarning]
  /// Where the values came from; presets are marked, defaults are not listed.
  package var origins: ConfigOrigins
  /// Where the values of our own options came from.
  package var optionOrigins: ConfigOrigins
  /// The checkpoint that a resumed run continues, where it is not on this machine yet.
  package var remoteCheckpoint: RemoteCheckpoint?
}

/// The one function from a command line (and the files it names) to a configuration.
///
/// LeRobot's precedence: field default < file < command line; dictionaries merge, lists replace;
/// then presets of the policy (LeRobot `configs/parser.py`, `configs/train.py`; draccus 0.10).
package enum ConfigLoader {
  /// - Parameters:
  ///   - arguments: the command line without the program's name.
  ///   - schema: the fields and options there are; by default those of this release.
  /// - Throws: `ConfigError` with everything that was found wrong.
  package static func load(
    arguments: [String], machine: ConfigMachine, schema: ConfigSchema = .builtIn
  ) throws(ConfigError) -> LoadedConfig {
    var resolution = try decode(arguments, machine, schema)
    try resolution.resolve()
    return LoadedConfig(
      config: resolution.config, options: resolution.options, warnings: resolution.warnings,
      origins: resolution.origins, optionOrigins: resolution.optionOrigins,
      remoteCheckpoint: resolution.remoteCheckpoint)
  }

  /// Parses a command line without presets, derived names and the policy of `--policy.path`
  /// (what LeRobot's `parser.wrap` passes to `train`).
  ///
  /// - Throws: `ConfigError` with everything that was found wrong.
  package static func decoded(
    arguments: [String], machine: ConfigMachine, schema: ConfigSchema = .builtIn
  ) throws(ConfigError) -> TrainPipelineConfig {
    var resolution = try decode(arguments, machine, schema)
    resolution.chooseDevice()
    guard resolution.issues.isEmpty else { throw ConfigError(resolution.issues) }
    return resolution.config
  }

  /// The shell whose completion script is asked for, whatever else the line says of the run; nil
  /// where none is, or where an option of our own is wrong.
  static func completionShell(
    _ arguments: [String], _ machine: ConfigMachine, _ schema: ConfigSchema
  ) -> RunOptions.Shell? {
    var layers = ConfigLayers(machine: machine)
    do throws(ConfigError) {
      let parser = ArgumentParser(schema.table, arguments, policies: schema.policies)
      try layers.addOwnOptions(parser.given.filter { schema.isOwn($0.key) }, schema.table)
      let options = try layers.decoded(as: RunOptions.recordType)
      return RunOptions(canonical: .object(options))?.program.shell
    } catch {
      return nil
    }
  }

  private static func decode(
    _ arguments: [String], _ machine: ConfigMachine, _ schema: ConfigSchema
  ) throws(ConfigError) -> ConfigResolution {
    let modern = OtherSpellings.replaced(arguments, newer: schema.newer)
    let resume = try AutomaticResume(modern.arguments, machine, schema)
    let line = try CommandLineSplit(resume.arguments, schema.purpose)
    var layers = ConfigLayers(machine: machine, newer: schema.newer)

    let parser = ArgumentParser(schema.table, line.trainArguments, policies: schema.policies)
    guard parser.issues.isEmpty else { throw problems(of: line, machine, schema) }
    let trainFile = try layers.addFile(line, parser)
    if schema.purpose == .evaluation, trainFile == nil, let checkpoint = line.policyPath {
      try layers.addEnvironment(of: checkpoint, parser)
    }
    try layers.addOptions(
      parser.given.filter { !schema.isOwn($0.key) }, parser.table,
      dialect: line.configPath == nil ? .yaml : .json)
    let decoded = try layers.decoded(as: schema.record)
    guard var config = schema.config(canonical: .object(decoded)) else {
      throw ConfigError([.notSupported(option: "configuration", message: "cannot be represented")])
    }
    config.resumesAutomatically = resume.isAskedFor

    return ConfigResolution(
      config: config, origins: layers.origins, machine: machine, schema: schema,
      line: line, optionsOfFile: layers.own,
      ownOptions: parser.given.filter { schema.isOwn($0.key) }, trainFile: trainFile,
      warnings: modern.warnings + resume.warnings + line.warnings
        + parser.warnings + layers.warnings)
  }

  /// What the parser refuses, with suggestions for the policy that the file describes.
  private static func problems(
    of line: CommandLineSplit, _ machine: ConfigMachine, _ schema: ConfigSchema
  ) -> ConfigError {
    let file = line.configPath.flatMap { path in
      try? ConfigFile(
        path: ConfigSource(machine: machine).trainConfigFile(path), dialect: .json,
        files: machine.files)
    }
    let parser = ArgumentParser(
      schema.table, line.trainArguments, policies: schema.policies,
      policy: file?.document.value["policy"]?["type"]?.stringValue)
    return ConfigError(parser.issues)
  }
}

/// The command line as LeRobot's wrapper splits it before argparse: it looks for `--config_path=` and
/// `--policy.path=` as they are written; the latter removes all `--policy.*`.
struct CommandLineSplit {
  var configPath: String?
  /// The policy's folder or repository.
  var policyPath: String?
  /// The option that names it.
  var policyOption = "--policy.path"
  var trainArguments: [String]
  /// `--policy.x=…` beside `--policy.path`, as `--x=…`.
  var policyArguments: [String] = []
  /// Of these two options the first one counts; of all others the last.
  var warnings: [ConfigWarning] = []

  /// - Parameter purpose: an evaluation's policy is what `--evaluate` names.
  init(_ all: [String], _ purpose: ConfigSchema.Purpose = .training) throws(ConfigError) {
    var arguments = all
    var evaluated: String?
    if purpose == .evaluation {
      let split = try EvaluateOption.split(all)
      (evaluated, arguments) = (split.checkpoint, split.others)
      policyOption = EvaluateOption.name
    }
    func first(_ prefix: String) -> String? {
      arguments.first { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }
    if let plugin = arguments.first(where: {
      $0.contains("discover_packages_path") && $0.contains("=")
    }) {
      throw ConfigError([
        .notSupported(
          option: plugin, message: "Python packages cannot be loaded; use a built-in policy")
      ])
    }
    configPath = first("--config_path=").flatMap { $0.isEmpty ? nil : $0 }
    policyPath = evaluated ?? first("--policy.path=").flatMap { $0.isEmpty ? nil : $0 }
    for (name, value) in [("--config_path=", configPath), ("--policy.path=", policyPath)] {
      guard let value else { continue }
      for other in arguments where other.hasPrefix(name) && other != name + value {
        warnings.append(.replaced(option: other, by: name + value))
      }
    }
    trainArguments = arguments
    if let policyPath {
      if let type = first("--policy.type="), !type.isEmpty {
        throw ConfigError([
          .conflictingOptions(
            "\(policyOption)=\(policyPath)", "--policy.type=\(type)",
            remedy: "leave out --policy.type: the folder's config.json says it")
        ])
      }
      let own = trainArguments.filter(Self.isOfPolicy)
      trainArguments.removeAll(where: Self.isOfPolicy)
      policyArguments =
        own.filter { !$0.hasPrefix("--policy.type=") && !$0.hasPrefix("--policy.path=") }
        .map { "--" + $0.dropFirst("--policy.".count) }
    }
    if configPath != nil { trainArguments.removeAll { $0.hasPrefix("--config_path=") } }
  }

  /// Whether an argument is read with the configuration of the policy that `--policy.path` names.
  private static func isOfPolicy(_ argument: String) -> Bool {
    // An option of ours that says where that configuration is.
    argument.hasPrefix("--policy.")
      && !argument.hasPrefix("--\(RunOptions.PolicyOptions.revisionOption)=")
  }
}
