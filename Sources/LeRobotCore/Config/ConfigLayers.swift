import OrderedCollections

/// Merges file and command line, then decodes them.
struct ConfigLayers {
  let machine: ConfigMachine
  /// What files of newer LeRobots hold besides.
  let newer: [NewerField]
  private(set) var warnings: [ConfigWarning] = []
  private var raw = RawConfig()
  /// What the file holds of options of our own: newer LeRobots have some of them.
  private(set) var own = RawConfig()
  /// What the file says a choice is, before options say otherwise.
  private var typesOfFile: [ConfigPath: String] = [:]

  init(machine: ConfigMachine, newer: [NewerField] = []) {
    self.machine = machine
    self.newer = newer
  }

  var origins: ConfigOrigins { raw.origins }

  /// Adds the file that `--config_path` names, if it does.
  /// - Returns: the file's path.
  mutating func addFile(
    _ line: CommandLineSplit, _ parser: ArgumentParser
  ) throws(ConfigError) -> String? {
    let source = ConfigSource(machine: machine)
    do throws(ConfigIssue) {
      if let path = line.configPath, parser.given["config_path"] == nil {
        // Of a repository that is resumed the last checkpoint counts.
        let resume = parser.given["resume"].flatMap {
          try? Dialect.yaml.value(of: $0, files: machine.files).value
        }
        let resumes = resume == .bool(true) || resume == .int(1)
        let file = try source.trainConfigFile(path, resumes: resumes)
        try read(file, .json)
        try addOwnEnvironment(
          savedIn: source.runOptionsFile(besideConfig: file, of: path, resumes: resumes), parser)
        return file
      }
      guard let option = parser.given["config_path"] else { return nil }
      let path = try Dialect.yaml.value(of: option, files: machine.files).value.pythonString
      if let other = line.configPath {
        warnings.append(.replaced(option: "--config_path=\(other)", by: option.argument))
      }
      let file = try source.trainConfigFile(path)
      let dialect = line.configPath == nil ? Dialect.yaml : .json
      try read(file, dialect)
      try addOwnEnvironment(
        savedIn: source.runOptionsFile(besideWeights: file.pythonParent), parser)
      return file
    } catch {
      throw ConfigError([error])
    }
  }

  /// Adds a file that was found already.
  mutating func addFile(_ path: String) throws(ConfigError) {
    do throws(ConfigIssue) { try read(path, .json) } catch { throw ConfigError([error]) }
  }

  /// Adds what the training of a checkpoint was configured with and an evaluation needs: its
  /// environment, unless the line names one, and the new names of features.
  mutating func addEnvironment(
    of checkpoint: String, _ parser: ArgumentParser
  ) throws(ConfigError) {
    do throws(ConfigIssue) {
      let revision = parser.given[RunOptions.PolicyOptions.revisionOption]?.value
      let source = ConfigSource(machine: machine)
      if let file = try source.trainConfigFile(ofPolicy: checkpoint, revision: revision) {
        try read(file, .json)
      }
      own = RawConfig()
      raw.keep(parser.given["env.type"] == nil ? ["env", "rename_map"] : ["rename_map"])
      guard parser.given["env.type"] == nil, machine.files.kind(of: checkpoint) != nil else {
        return
      }
      let weights = try source.evaluatedPolicy(checkpoint)
      try addOwnEnvironment(savedIn: source.runOptionsFile(besideWeights: weights), parser)
    } catch {
      throw ConfigError([error])
    }
  }

  /// Adds an environment that LeRobot does not know, unless the line names one of another type: it is
  /// saved with options of our own, and train_config.json holds none.
  private mutating func addOwnEnvironment(
    savedIn file: @autoclosure () throws(ConfigIssue) -> String?, _ parser: ArgumentParser
  ) throws(ConfigIssue) {
    guard [nil, .null].contains(raw.value["env"]), let file = try file() else { return }
    let saved = try ConfigFile(path: file, dialect: .json, files: machine.files).raw()
    let place = ConfigPath(["env", RunOptions.EnvironmentOptions.ownKey])
    let type = saved.value["env"]?[RunOptions.EnvironmentOptions.ownKey]?["type"]?.stringValue
    guard [nil, type].contains(parser.given["env.type"]?.value) else { return }
    raw.take(place, of: saved, to: ConfigPath(["env"]))
  }

  /// Reads a file; what newer LeRobots renamed has its old name after that.
  private mutating func read(_ path: String, _ dialect: Dialect) throws(ConfigIssue) {
    raw = try ConfigFile(path: path, dialect: dialect, files: machine.files).raw()
    for field in newer {
      switch field.meaning {
      case .renamed(let old):
        raw.move(field.path, to: ConfigPath(old.split(separator: ".").map(String.init)))
      case .ours: raw.move(field.path, into: &own)
      case .ignored, .fixed: break
      }
    }
  }

  /// Removes the `type` that names the dataclass of the rest.
  mutating func takeType() -> String? {
    guard case .object(var members) = raw.value else { return nil }
    let type = members.removeValue(forKey: "type")
    raw.value = .object(members)
    return type?.stringValue
  }

  /// Adds options of LeRobot's.
  ///
  /// - Parameter table: the options there are, whose types say how a value is mended.
  mutating func addOptions(
    _ given: OrderedDictionary<String, GivenOption>, _ table: OptionTable, dialect: Dialect
  ) throws(ConfigError) {
    let files = machine.files
    for (key, value) in raw.value.objectValue ?? [:] {
      typesOfFile[ConfigPath([key])] = value["type"]?.stringValue
    }
    try add(given) { name, option throws(ConfigIssue) in
      do throws(ConfigIssue) {
        return try dialect.value(of: option, files: files)
      } catch {
        throw error.mended(option, as: table[name]?.field?.type)
      }
    }
  }

  /// Adds what a file held of options of our own.
  mutating func addOwn(_ values: RawConfig) { raw.merge(values) }

  /// Adds the options of our own that belong to a policy, which the training of its checkpoint saved.
  mutating func addPolicyOptions(savedIn file: String) throws(ConfigError) {
    do throws(ConfigIssue) {
      let saved = try ConfigFile(path: file, dialect: .json, files: machine.files).raw()
      for key in RunOptions.policyKeys {
        raw.take(ConfigPath([key]), of: saved, to: ConfigPath([key]))
      }
    } catch {
      throw ConfigError([error])
    }
  }

  /// Adds options of our own. Texts mean what is typed, lists are read as YAML, `null` stands for
  /// nothing, and the content of a file replaces one that was saved.
  mutating func addOwnOptions(
    _ given: OrderedDictionary<String, GivenOption>, _ table: OptionTable
  ) throws(ConfigError) {
    let (machine, files) = (machine, machine.files)
    // Dictionaries would merge.
    raw.drop(given.keys.filter { table[$0]?.field?.type.unwrapped.isContent == true })
    try add(given) { name, option throws(ConfigIssue) in
      if case .list? = table[name]?.field?.type.unwrapped {
        return try Dialect.yaml.value(of: option, files: files)
      }
      if table[name]?.field?.type.unwrapped.isContent == true, option.value != "null" {
        return (try ConfigSource(machine: machine).content(of: option, named: name), nil)
      }
      return (option.value == "null" ? .null : .string(option.value), nil)
    }
  }

  private mutating func add(
    _ given: OrderedDictionary<String, GivenOption>,
    read: (String, GivenOption) throws(ConfigIssue) -> (value: JSONValue, alternative: JSONValue?)
  ) throws(ConfigError) {
    var options = RawConfig()
    var issues: [ConfigIssue] = []
    for (name, option) in given where name != "config_path" {
      do throws(ConfigIssue) {
        let path = ConfigPath(name.split(separator: ".").map(String.init))
        let (value, alternative) = try read(name, option)
        try options.set(path, to: value, origin: .commandLine(argument: option.argument))
        options.alternatives[path] = alternative
      } catch {
        issues.append(error)
      }
    }
    guard issues.isEmpty else { throw ConfigError(issues) }
    raw.merge(options)
  }

  /// The canonical value of every field.
  mutating func decoded(
    as record: RecordType
  ) throws(ConfigError) -> OrderedDictionary<String, JSONValue> {
    var attempt = attempt(raw, record)
    // Where an option is refused as JSON, it is read as YAML, so that both dialects accept it.
    for path in raw.alternatives.keys.sorted(by: { $0.description < $1.description })
    where attempt.decoder.issues.contains(where: { $0.concerns(path) }) {
      var other = raw
      other.useAlternative(at: path)
      let next = self.attempt(other, record)
      guard !next.decoder.issues.contains(where: { $0.concerns(path) }) else { continue }
      (raw, attempt) = (other, next)
    }
    warnings += ConfigWarning.dropped(attempt.decoder.dropped)
    warnings += ConfigWarning.idle(attempt.decoder.idle)
    // Said once is enough.
    for (place, _) in attempt.decoder.idle { raw.origins.remove(inside: place.path) }
    guard let value = attempt.value, attempt.decoder.issues.isEmpty else {
      throw ConfigError(attempt.decoder.issues)
    }
    return value
  }

  private func attempt(
    _ raw: RawConfig, _ record: RecordType
  ) -> (value: OrderedDictionary<String, JSONValue>?, decoder: ConfigDecoder) {
    var decoder = ConfigDecoder(origins: raw.origins, typesOfFile: typesOfFile, newer: newer)
    let value = decoder.decode(raw.value.objectValue ?? [:], as: record, at: ConfigPath())
    return (value, decoder)
  }
}

extension ConfigIssue {
  /// Whether the issue is about the value at `path` or something inside it.
  fileprivate func concerns(_ path: ConfigPath) -> Bool {
    switch self {
    case .invalidValue(let place, _, _, _), .missingField(let place, _, _),
      .invalidCombination(let place, _):
      place.path.isInside(path)
    case .unknownFields(let places, _, _): places.contains { $0.path.isInside(path) }
    default: false
    }
  }

  /// The issue of a value that is no YAML, with what its type asks for.
  fileprivate func mended(_ option: GivenOption, as type: ValueType?) -> ConfigIssue {
    guard case .invalidYAML(let argument, let message, _) = self, let type else { return self }
    switch type.unwrapped {
    case .string, .path:
      let name = argument.prefix { $0 != "=" }
      let quoted = JSONValue.string(option.value).pythonText().shellQuoted
      let remedy = option.value.count < 60 ? "write \(name)=\(quoted)" : "put it in quotes: '\"…\"'"
      return .invalidYAML(argument: argument, message: message, remedy: remedy)
    default:
      return .invalidYAML(
        argument: argument, message: message, remedy: "give \(type.expectation)")
    }
  }
}
