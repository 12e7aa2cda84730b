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

  /// - Throws: `ConfigError` where no output directory is given.
  init(
    _ all: [String], _ machine: ConfigMachine, _ schema: ConfigSchema
  ) throws(ConfigError) {
    var others = all
    guard schema.purpose == .training, Self.remove(from: &others) else {
      (arguments, isAskedFor, warnings) = (all, false, [])
      return
    }
    isAskedFor = true
    guard let directory = Self.outputDirectory(others, machine, schema) else {
      throw ConfigError([
        .missingOption(
          option: "\(Self.option)=\(Self.value)",
          message: "needs the folder of the run: give --output_dir=outputs/train/NAME")
      ])
    }
    let folder = "\(directory.pythonPath)/\(CheckpointLayout.checkpoints)"
    let names = machine.files.entries(of: folder)
      .compactMap { name in CheckpointLayout.step(name: name).map { (step: $0, name: name) } }
      .sorted { $0.step > $1.step }.map { "\(folder)/\($0.name)" }
    let newest = names.first(where: machine.isWholeCheckpoint)
    warnings = names.prefix { $0 != newest }.map { .damagedCheckpoint($0, used: newest) }
    guard let newest else {
      arguments = others
      return
    }
    others.removeAll { $0.hasPrefix("--policy.path=") || $0.hasPrefix("--config_path=") }
    let file = "\(newest)/\(CheckpointLayout.pretrainedModel)/\(CheckpointLayout.trainConfig)"
    arguments = others + ["\(Self.option)=true", "--config_path=\(file)"]
  }

  /// Removes the option, in either spelling.
  ///
  /// - Returns: whether it was there, as the last word on `--resume`.
  private static func remove(from arguments: inout [String]) -> Bool {
    var isAskedFor = false
    var others: [String] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "\(option)=\(value)" {
        isAskedFor = true
      } else if argument == option, rest.first == value {
        rest.removeFirst()
        isAskedFor = true
      } else {
        if argument == option || argument.hasPrefix("\(option)=") { isAskedFor = false }
        others.append(argument)
      }
    }
    if isAskedFor { arguments = others }
    return isAskedFor
  }

  /// The directory that the line names, or its file of a configuration.
  private static func outputDirectory(
    _ arguments: [String], _ machine: ConfigMachine, _ schema: ConfigSchema
  ) -> String? {
    let parser = ArgumentParser(schema.table, arguments, policies: schema.policies)
    if let typed = parser.given["output_dir"]?.value { return typed }
    let prefix = "--config_path="
    guard let path = arguments.first(where: { $0.hasPrefix(prefix) })?.dropFirst(prefix.count),
      let file = try? ConfigSource(machine: machine).trainConfigFile(String(path)),
      let document = try? ConfigFile(path: file, dialect: .json, files: machine.files).document
    else { return nil }
    return document.value["output_dir"]?.stringValue
  }
}
