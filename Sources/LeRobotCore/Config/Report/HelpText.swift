/// What `--help` prints: the options of the chosen policy and environment, grouped, each with its
/// type, its default and one sentence.
package enum HelpText {
  /// - Parameter arguments: the command line; `--policy.type` and `--env.type` choose what is shown.
  package static func text(
    for arguments: [String], schema: ConfigSchema = .builtIn
  ) -> String {
    let policy = choice("--policy.type", arguments)
    let environment = choice("--env.type", arguments)
    let introduction = schema.purpose == .training ? introduction : evaluationIntroduction
    return ([introduction] + sections(schema, policy: policy, environment: environment))
      .joined(separator: "\n\n") + "\n"
  }

  /// How to begin, for a command line without arguments.
  package static let beginning = """
    \(Version.command) trains a policy on a dataset, for example:

      \(Version.command) --dataset.repo_id=lerobot/pusht --policy.type=diffusion \\
        --policy.push_to_hub=false

    --dataset.root=FOLDER says where the dataset lies, --dry_run tries a step and writes nothing.
    --help lists all options, --help --policy.type=diffusion those of a policy.

    """

  private static let introduction = """
    \(Version.command): train a policy on a dataset

    \(Version.command) --dataset.repo_id=NAME --policy.type=POLICY [--option=value …]
    \(Version.command) --dataset.repo_id=NAME --policy.path=DIRECTORY [--policy.option=value …]
    \(Version.command) --config_path=FILE [--option=value …]
    \(Version.command) --config_path=OUTPUT_DIR --resume=true

    Lists and dictionaries are given whole: --dataset.episodes=[0,1,2] --rename_map={"a":"b"}
    Unambiguous beginnings of options are enough, except for those of the program.
    The last of equal options counts. Options and files of LeRobot 0.5 and 0.6 are taken too.
    """

  private static let evaluationIntroduction = """
    \(Version.command) --evaluate: let a checkpoint act in its environment

    \(Version.command) --evaluate=CHECKPOINT [--env.type=ENVIRONMENT] [--option=value …]

    CHECKPOINT is a run, a checkpoint in it, a folder with config.json and model.safetensors, or OWNER/NAME
    of the hub. Without --env.type the environment is that of its training. Options of its policy, such as
    --policy.n_action_steps=8, replace what it was trained with.
    """

  private static func choice(_ option: String, _ arguments: [String]) -> String? {
    var found: String?
    for (index, argument) in arguments.enumerated() {
      if argument.hasPrefix(option + "=") {
        found = String(argument.dropFirst(option.count + 1))
      } else if argument == option, index + 1 < arguments.count {
        found = arguments[index + 1]
      }
    }
    return found
  }

  // MARK: - Sections

  private static func sections(
    _ schema: ConfigSchema, policy: String?, environment: String?
  ) -> [String] {
    let record = schema.record
    let plain = record.fields.filter { field in
      switch field.type.unwrapped {
      case .record, .choice: false
      default: field.isOption
      }
    }
    var sections = [
      section("The program", [help] + rows(schema.ownRecord, "")),
      section("The run", plain.map { row($0, "") } + [configPath]),
    ]
    for field in record.fields where schema.purpose == .training || field.key != "policy" {
      switch field.type.unwrapped {
      case .record(let inner): sections.append(section(field.help, rows(inner, "\(field.key).")))
      case .choice(let choice):
        let chosen = field.key == "policy" ? policy : field.key == "env" ? environment : nil
        sections.append(section(field, choice, chosen))
      default: break
      }
    }
    return sections
  }

  /// A choice: its cases, then the fields of the chosen one, or those that all cases have.
  private static func section(
    _ field: FieldType, _ choice: ChoiceType, _ chosen: String?
  ) -> String {
    let prefix = "\(field.key)."
    var rows = [
      Row(option: "--\(field.key).type", help: "One of \(choice.names).", detail: nil)
    ]
    if field.key == "policy" {
      rows.append(
        Row(
          option: "--policy.path", help: "Folder with config.json and model.safetensors.",
          detail: "path"))
    }
    if let record = chosen.flatMap({ choice[$0] }) {
      return section("\(field.help) (\(record.name))", rows + self.rows(record, prefix))
    }
    if field.key == "policy" || field.key == "env" {
      rows += shared(choice).map { row($0, prefix) }
      rows.append(
        Row(
          option: "", help: "--help --\(field.key).type=… shows the options of one type.",
          detail: nil))
      return section(field.help, rows)
    }
    for inner in choice.cases {
      let names = inner.record.fields.map { $0.key + (fallback($0).map { "=\($0)" } ?? "") }
      rows.append(
        Row(
          option: "  \(inner.name)", help: names.joined(separator: ", "), detail: nil))
    }
    return section(field.help, rows)
  }

  /// The fields that every case has, with the default that most have.
  private static func shared(_ choice: ChoiceType) -> [FieldType] {
    guard let first = choice.cases.first else { return [] }
    return first.record.fields.filter { field in
      choice.cases.allSatisfy { $0.record[field.key]?.defaultValue == field.defaultValue }
    }
  }

  // MARK: - Rows

  private struct Row {
    var option: String
    var help: String
    var detail: String?
  }

  private static let help = Row(
    option: "--help", help: helpOfHelp, detail: nil)

  /// What `--help` itself does.
  static let helpOfHelp = "Explains the options; with --policy.type=…, those of that policy."

  private static let configPath = Row(
    option: "--config_path",
    help: "File to start from, or a directory that holds a train_config.json.", detail: "path")

  private static func rows(_ record: RecordType, _ prefix: String) -> [Row] {
    record.fields.filter(\.isOption).flatMap { field -> [Row] in
      if case .record(let inner) = field.type.unwrapped {
        return rows(inner, "\(prefix)\(field.key).")
      }
      return [row(field, prefix)]
    }
  }

  private static func row(_ field: FieldType, _ prefix: String) -> Row {
    let fallback = fallback(field).map { ", \($0)" } ?? ""
    return Row(
      option: "--\(prefix)\(field.key)", help: field.help, detail: field.type.name + fallback)
  }

  /// The default in the form of an option's value; nil for null and for a value that is too long.
  private static func fallback(_ field: FieldType) -> String? {
    guard let value = field.defaultValue, !value.isNull else { return nil }
    let text = value.stringValue ?? value.pythonText()
    return text.isEmpty || text.count > 48 ? nil : text
  }

  // MARK: - Layout

  private static let indent = 42
  private static let width = 100

  private static func section(_ title: String, _ rows: [Row]) -> String {
    ([title] + rows.map(lines)).joined(separator: "\n")
  }

  private static func lines(_ row: Row) -> String {
    let option = "  \(row.option)"
    let detail = row.detail.map { "[\($0)]" } ?? ""
    // Type and default stay together where they fit on a line.
    let details =
      detail.count > width - indent
      ? detail.replacing("|", with: "| ").split(separator: " ").map(String.init) : [detail]
    let words = row.help.split(separator: " ").map(String.init) + details.filter { !$0.isEmpty }
    var lines: [String] = option.count < indent ? [option.padded(to: indent)] : [option, ""]
    for word in words {
      let last = lines[lines.count - 1]
      if last.count > indent, last.count + word.count + 1 > width {
        lines.append(String(repeating: " ", count: indent) + word)
      } else {
        lines[lines.count - 1] = last.padded(to: indent) + (last.count > indent ? " " : "") + word
      }
    }
    return lines.joined(separator: "\n")
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
