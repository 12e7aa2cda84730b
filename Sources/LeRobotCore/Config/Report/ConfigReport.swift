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
    let train = rows(loaded.config.json, .record(schema.record), ConfigPath())
    let program = Set(ProgramOptions.fields.map(\.key))
    let own = rows(loaded.options.json, RunOptions.valueType, ConfigPath())
      .filter { !program.contains($0.path.description) }
    let lines =
      train.map { (text: line($0), origin: origin(of: $0, loaded.origins)) }
      + own.map { (text: line($0), origin: origin(of: $0, loaded.optionOrigins)) }
    let width = min(60, lines.map(\.text.count).max() ?? 0)
    return lines.map { line in
      let gap = String(repeating: " ", count: max(0, width - line.text.count))
      return "\(line.text)\(gap)  # \(line.origin)"
    }.joined(separator: "\n")
  }

  private struct Row {
    var path: ConfigPath
    var value: JSONValue
    var fallback: JSONValue?
  }

  private static func line(_ row: Row) -> String { "\(row.path) = \(row.value.pythonText())" }

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
