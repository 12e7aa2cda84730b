/// Completion scripts: every option, the values of those that take one of a few, files for paths.
package enum Completion {
  /// The script that `lerobot-train --completion=SHELL` prints.
  package static func script(
    for shell: RunOptions.Shell, schema: ConfigSchema = .builtIn
  ) -> String {
    let options = options(schema.table)
    return switch shell {
    case .bash: bash(options)
    case .zsh: zsh(options)
    case .fish: fish(options)
    }
  }

  private struct Option {
    var name: String
    var values: [String]
    var takesFile: Bool
    var takesValue: Bool
    var help: String
  }

  private static func options(_ table: OptionTable) -> [Option] {
    let help = Option(
      name: "help", values: [], takesFile: false, takesValue: false, help: HelpText.helpOfHelp)
    let path = Option(
      name: "policy.path", values: [], takesFile: true, takesValue: true,
      help: "Folder with config.json and model.safetensors.")
    let train = table.options.filter { $0.name != "help" && !$0.isOwn && !$0.isWhole }
    return [help] + table.own.map(completed) + [path] + train.map(completed)
  }

  private static func completed(_ option: OptionTable.Option) -> Option {
    let standsAlone = option.field?.valueAlone != nil
    return Option(
      name: option.name,
      values: standsAlone ? [] : option.choices ?? values(option.field?.type),
      takesFile: namesFile(option), takesValue: !standsAlone, help: option.field?.help ?? "")
  }

  private static func values(_ type: ValueType?) -> [String] {
    switch type?.unwrapped {
    case .bool: ["true", "false"]
    case .enumeration(let names): names
    default: []
    }
  }

  /// Whether the value is a path; a dataset's folder is a text to LeRobot.
  private static func namesFile(_ option: OptionTable.Option) -> Bool {
    switch option.field?.type.unwrapped {
    case .path, .content: return true
    default: return ["config_path", "dataset.root"].contains(option.name)
    }
  }

  // MARK: - Shells

  private static func bash(_ options: [Option]) -> String {
    let names = options.map { "--\($0.name)" + ($0.takesValue ? "=" : "") }
    let cases = options.filter { !$0.values.isEmpty }.map {
      "    --\($0.name)) values=\"\($0.values.joined(separator: " "))\" ;;"
    }
    let files = options.filter(\.takesFile).map { "--\($0.name)" }.joined(separator: "|")
    return """
      # bash completion for \(Version.command): source <(\(Version.command) --completion=bash)
      _lerobot_train() {
        local line="${COMP_LINE:0:COMP_POINT}" word before name value values=""
        word="${line##* }" before="${line% *}"
        before="${before##* }"
        COMPREPLY=()
        if [[ $word == --*=* ]]; then
          name="${word%%=*}" value="${word#*=}"
        elif [[ $before == --* && $before != *=* && $word != -* ]]; then
          name="$before" value="$word"
        else
          COMPREPLY=($(compgen -W "\(names.joined(separator: " "))" -- "$word"))
          [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
          return
        fi
        case $name in
          \(files))
            compopt -o filenames
            COMPREPLY=($(compgen -f -- "$value"))
            return ;;
      \(cases.joined(separator: "\n"))
        esac
        COMPREPLY=($(compgen -W "$values" -- "$value"))
      }
      complete -F _lerobot_train \(Version.command)

      """
  }

  private static func zsh(_ options: [Option]) -> String {
    let lines = options.map { option -> String in
      let help = option.help.filter { !"[]:'\\".contains($0) }
      let action =
        !option.values.isEmpty
        ? ":value:(\(option.values.joined(separator: " ")))"
        : option.takesFile ? ":file:_files" : option.takesValue ? ":value:" : ""
      return "  '--\(option.name)\(option.takesValue ? "=" : "")[\(help)]\(action)'"
    }
    return """
      #compdef \(Version.command)
      # zsh completion for \(Version.command): source <(\(Version.command) --completion=zsh)
      _lerobot_train() {
        _arguments \\
      \(lines.map { "  " + $0 }.joined(separator: " \\\n"))
      }
      compdef _lerobot_train \(Version.command)

      """
  }

  private static func fish(_ options: [Option]) -> String {
    let lines = options.map { option -> String in
      let help = option.help.filter { $0 != "'" && $0 != "\\" }
      let value =
        !option.values.isEmpty
        ? " -x -a '\(option.values.joined(separator: " "))'"
        : option.takesFile ? " -r -F" : option.takesValue ? " -x" : ""
      return "complete -c \(Version.command) -l \(option.name)\(value) -d '\(help)'"
    }
    return """
      # fish completion for \(Version.command): \(Version.command) --completion=fish | source
      complete -c \(Version.command) -f
      \(lines.joined(separator: "\n"))

      """
  }
}
