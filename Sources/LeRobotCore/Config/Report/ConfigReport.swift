/// The final configuration as `--print_config` shows it.
package enum ConfigReport {
  /// What train_config.json would hold, byte for byte.
  package static func json(_ loaded: LoadedConfig) -> String {
    loaded.config.json.pythonText(indent: 4)
  }

  /// One line per field: its option, its value, and where that came from. Options of our own follow
  /// LeRobot's, without those that say what to print.
  package static func text(
    _ loaded: LoadedConfig, schema: ConfigSchema = .builtIn
  ) -> String {
    let lines = settings(
      loaded.config, loaded.origins, loaded.options, loaded.optionOrigins, schema: schema
    ).map { (text: line($0), origin: $0.origin) }
    let width = min(60, lines.map(\.text.count).max() ?? 0)
    return lines.map { line in
      let gap = String(repeating: " ", count: max(0, width - line.text.count))
      return "\(line.text)\(gap)  # \(line.origin)"
    }.joined(separator: "\n")
  }

  /// Every field with its value and its origin, LeRobot's first. The options that say what the program
  /// is asked to do are none.
  package static func settings(
    _ config: TrainPipelineConfig, _ origins: ConfigOrigins, _ options: RunOptions,
    _ optionOrigins: ConfigOrigins, schema: ConfigSchema = .builtIn
  ) -> [ConfigSetting] {
    let train = rows(config.completeJSON, .record(schema.record), ConfigPath())
    let program = Set(ProgramOptions.fields.map(\.key))
    let own = rows(options.json, RunOptions.valueType, ConfigPath())
      .filter {
        !program.contains($0.path.description)
          && !$0.path.isInside(ConfigPath(["env", RunOptions.EnvironmentOptions.ownKey]))
      }
    return train.map { setting($0, origins) } + own.map { setting($0, optionOrigins) }
  }

  private static func setting(_ row: Row, _ origins: ConfigOrigins) -> ConfigSetting {
    ConfigSetting(
      option: row.path.description, value: row.value, origin: origin(of: row, origins))
  }

  private struct Row {
    var path: ConfigPath
    var value: JSONValue
    var fallback: JSONValue?
  }

  private static func line(_ setting: ConfigSetting) -> String {
    "\(setting.option) = \(setting.value.pythonText())"
  }

  private static func rows(_ value: JSONValue, _ type: ValueType, _ path: ConfigPath) -> [Row] {
    var record: RecordType?
    var rows: [Row] = []
    switch type.unwrapped {
    case .record(let inner): record = inner
    case .choice(let choice):
      if let name = value["type"]?.stringValue {
        record = choice[name]
        rows = [Row(path: path / "type", value: .string(name), fallback: nil)]
      }
    default: break
    }
    guard let record, let members = value.objectValue else {
      return [Row(path: path, value: value, fallback: .null)]
    }
    for field in record.fields {
      guard let member = members[field.key] else { continue }
      var inner = Self.rows(member, field.type, path / field.key)
      if inner.count == 1, inner[0].path == path / field.key {
        inner[0].fallback = field.defaultValue
      }
      rows += inner
    }
    return rows
  }

  private static func origin(of row: Row, _ origins: ConfigOrigins) -> String {
    switch origins[row.path] {
    case .preset: "preset of the policy"
    case .file(let name, let position?): "\(name), \(position)"
    case .file(let name, nil): name
    case .commandLine(let argument): "command line: \(argument)"
    case .fallback: row.fallback == nil || row.fallback == row.value ? "default" : "derived"
    }
  }
}

/// A field of the configuration as a report shows it.
package struct ConfigSetting: Sendable, Equatable {
  /// As a command line spells it, without the dashes.
  package var option: String
  package var value: JSONValue
  /// Where the value came from, in words.
  package var origin: String

  package init(option: String, value: JSONValue, origin: String) {
    (self.option, self.value, self.origin) = (option, value, origin)
  }
}
