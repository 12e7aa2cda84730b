import OrderedCollections

/// Merges file and command line, then decodes them.
struct ConfigLayers {
  let machine: ConfigMachine
  private(set) var warnings: [ConfigWarning] = []
  private var raw = RawConfig()

  init(machine: ConfigMachine) {
    self.machine = machine
  }

  var origins: ConfigOrigins { raw.origins }

  /// Adds the file that `--config_path` names, if it does.
  /// - Returns: the file's path.
  mutating func addFile(
    _ line: CommandLineSplit, _ parser: ArgumentParser
  ) throws(ConfigError) -> String? {
    do throws(ConfigIssue) {
      if let path = line.configPath, parser.given["config_path"] == nil {
        let file = try ConfigSource(machine: machine).trainConfigFile(path)
        raw = try ConfigFile(path: file, dialect: .json, files: machine.files).raw()
        return file
      }
      guard let option = parser.given["config_path"] else { return nil }
      let path = try Dialect.yaml.value(of: option, files: machine.files).value.pythonString
      if let other = line.configPath {
        warnings.append(.replaced(option: "--config_path=\(other)", by: option.argument))
      }
      let file = try ConfigSource(machine: machine).trainConfigFile(path)
      let dialect = line.configPath == nil ? Dialect.yaml : .json
      raw = try ConfigFile(path: file, dialect: dialect, files: machine.files).raw()
      return file
    } catch {
      throw ConfigError([error])
    }
  }

  /// Adds a file that was found already.
  mutating func addFile(_ path: String) throws(ConfigError) {
    do throws(ConfigIssue) {
      raw = try ConfigFile(path: path, dialect: .json, files: machine.files).raw()
    } catch {
      throw ConfigError([error])
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
  mutating func addOptions(
    _ given: OrderedDictionary<String, GivenOption>, dialect: Dialect
  ) throws(ConfigError) {
    let files = machine.files
    try add(given) { option throws(ConfigIssue) in try dialect.value(of: option, files: files) }
  }

  /// Adds options of our own, which mean what is typed; `null` stands for nothing.
  mutating func addOwnOptions(
    _ given: OrderedDictionary<String, GivenOption>
  ) throws(ConfigError) {
    try add(given) { option throws(ConfigIssue) in
      (option.value == "null" ? .null : .string(option.value), nil)
    }
  }

  private mutating func add(
    _ given: OrderedDictionary<String, GivenOption>,
    read: (GivenOption) throws(ConfigIssue) -> (value: JSONValue, alternative: JSONValue?)
  ) throws(ConfigError) {
    var options = RawConfig()
    var issues: [ConfigIssue] = []
    for (name, option) in given where name != "config_path" {
      do throws(ConfigIssue) {
        let path = ConfigPath(name.split(separator: ".").map(String.init))
        let (value, alternative) = try read(option)
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
    warnings += attempt.decoder.warnings
    guard let value = attempt.value, attempt.decoder.issues.isEmpty else {
      throw ConfigError(attempt.decoder.issues)
    }
    return value
  }

  private func attempt(
    _ raw: RawConfig, _ record: RecordType
  ) -> (value: OrderedDictionary<String, JSONValue>?, decoder: ConfigDecoder) {
    var decoder = ConfigDecoder(origins: raw.origins)
    let value = decoder.decode(raw.value.objectValue ?? [:], as: record, at: ConfigPath())
    return (value, decoder)
  }
}

extension ConfigIssue {
  /// Whether the issue is about the value at `path` or something inside it.
  fileprivate func concerns(_ path: ConfigPath) -> Bool {
    switch self {
    case .invalidValue(let place, _, _, _), .unknownField(let place, _, _),
      .missingField(let place, _), .invalidCombination(let place, _):
      place.path.isInside(path)
    default: false
    }
  }
}
