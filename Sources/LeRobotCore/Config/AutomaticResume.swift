/// `--resume=auto`: begins a run, or resumes the newest whole checkpoint of its output directory, so that a
/// batch system may run the same command again and again.
struct AutomaticResume {
  /// The command line of the run that this comes down to.
  let arguments: [String]
  let isAskedFor: Bool
  /// Checkpoints that are passed over because they are not whole.
  let warnings: [ConfigWarning]

  private static let option = "--resume"
  private static let value = "auto"
  private static let configPath = "--config_path"

  /// - Throws: `ConfigError` where no output directory is given.
  init(
    _ all: [String], _ machine: ConfigMachine, _ schema: ConfigSchema
  ) throws(ConfigError) {
    let resume = OptionWords(Self.option, in: all)
    guard schema.purpose == .training, resume.values.last == Self.value else {
      (arguments, isAskedFor, warnings) = (all, false, [])
      return
    }
    isAskedFor = true
    let config = OptionWords(Self.configPath, in: resume.others)
    guard
      let directory = Self.outputDirectory(
        config.others, configuration: config.values.last, machine, schema)
    else {
      throw ConfigError([
        .missingOption(
          option: "\(Self.option)=\(Self.value)",
          message: "needs the folder of the run: give --output_dir=outputs/train/NAME")
      ])
    }
    let folder = "\(directory.pythonPath)/\(CheckpointLayout.checkpoints)"
    let checkpoints = CheckpointLayout.newestFirst(machine.files.entries(of: folder))
      .map { "\(folder)/\($0.name)" }
    let newest = checkpoints.first(where: machine.isWholeCheckpoint)
    warnings = checkpoints.prefix { $0 != newest }.map { .damagedCheckpoint($0, used: newest) }
    guard let newest else {
      arguments = resume.others
      return
    }
    let others = OptionWords("--policy.path", in: config.others).others
    let file = "\(newest)/\(CheckpointLayout.pretrainedModel)/\(CheckpointLayout.trainConfig)"
    arguments = others + ["\(Self.option)=true", "\(Self.configPath)=\(file)"]
  }

  /// The directory that the line names, or its file of a configuration.
  private static func outputDirectory(
    _ arguments: [String], configuration path: String?, _ machine: ConfigMachine,
    _ schema: ConfigSchema
  ) -> String? {
    let parser = ArgumentParser(schema.table, arguments, policies: schema.policies)
    if let typed = parser.given["output_dir"]?.value { return typed }
    guard let path, let file = try? ConfigSource(machine: machine).trainConfigFile(path),
      let document = try? ConfigFile(path: file, dialect: .json, files: machine.files).document
    else { return nil }
    return document.value["output_dir"]?.stringValue
  }
}
