/// Options of our own: they steer the program and never enter train_config.json.
package struct RunOptions: Sendable, Equatable {
  /// What computes: libtorch, or the readable reference.
  package enum Backend: String, Sendable, CaseIterable {
    case fast
    case reference
  }

  /// Where decoded frames of cameras are kept.
  package enum FrameCache: String, Sendable, CaseIterable {
    case ram
    case disk
    case off
  }

  /// What the program is asked to do.
  package enum Action: Sendable, Equatable {
    case train
    case completion(Shell)
    /// Says where each value came from; as JSON, prints what train_config.json would hold.
    case printConfig(asJSON: Bool)
    case dryRun
  }

  /// A shell that completes options.
  package enum Shell: String, Sendable, CaseIterable {
    case bash
    case zsh
    case fish
  }

  package var backend = Backend.fast
  /// File that the run's numbers are written to at full precision.
  package var tracePath: String?
  /// How many checkpoints stay on the disk; nil keeps all.
  package var keptCheckpoints: Int?
  /// Nil keeps frames in memory where all of them fit easily.
  package var frameCache: FrameCache?
  package var action = Action.train

  package init() {}

  /// One of these options: its name, its values (empty for any text), whether it can stand alone,
  /// and what it does.
  package struct Description: Sendable {
    package var name: String
    package var value: String
    package var choices: [String]
    package var standsAlone: Bool
    package var help: String
  }

  package static let descriptions: [Description] = [
    Description(
      name: "help", value: "", choices: [], standsAlone: true,
      help: "Explains the options; with --policy.type=…, those of that policy."),
    Description(
      name: "print_config", value: "json", choices: ["json"], standsAlone: true,
      help: "Prints the configuration and where each value came from; json prints the file."),
    Description(
      name: "dry_run", value: "", choices: [], standsAlone: true,
      help: "Does everything up to one training step, reports, and writes nothing."),
    Description(
      name: "backend", value: "fast|reference", choices: Backend.allCases.map(\.rawValue),
      standsAlone: false, help: "What computes: libtorch or the readable reference."),
    Description(
      name: "trace", value: "FILE", choices: [], standsAlone: false,
      help: "Writes the run's numbers at full precision."),
    Description(
      name: "keep_checkpoints", value: "N", choices: [], standsAlone: false,
      help: "Keeps the newest N checkpoints and removes older ones; all without it."),
    Description(
      name: "dataset.frame_cache", value: "ram|disk|off",
      choices: FrameCache.allCases.map(\.rawValue), standsAlone: false,
      help: "Keeps decoded camera frames; by default in RAM where all fit into a quarter of it."),
    Description(
      name: "completion", value: "bash|zsh|fish", choices: Shell.allCases.map(\.rawValue),
      standsAlone: false, help: "Prints the completion script of a shell."),
  ]
}

extension RunOptions {
  /// Takes our own options, written out in full, out of `arguments`.
  ///
  /// - Returns: the arguments that are left, in order, and what was wrong.
  mutating func take(from arguments: [String]) -> (rest: [String], issues: [ConfigIssue]) {
    var rest: [String] = []
    var issues: [ConfigIssue] = []
    var index = 0
    while index < arguments.count {
      let argument = arguments[index]
      index += 1
      let name = argument.dropFirst(2).prefix { $0 != "=" }
      guard argument.hasPrefix("--"),
        let option = Self.descriptions.first(where: { $0.name == name && $0.name != "help" })
      else {
        rest.append(argument)
        continue
      }
      var value = argument.contains("=") ? String(argument.dropFirst(name.count + 3)) : nil
      if value == nil, !option.standsAlone, index < arguments.count,
        !arguments[index].hasPrefix("--")
      {
        value = arguments[index]
        index += 1
      }
      if let issue = set(option, value) { issues.append(issue) }
    }
    return (rest, issues)
  }

  private mutating func set(_ option: Description, _ value: String?) -> ConfigIssue? {
    let name = "--\(option.name)"
    if value ?? "" == "" {
      guard option.standsAlone, value == nil else {
        return .missingValue(option: name, expected: option.value)
      }
    }
    if let value, option.standsAlone, option.choices.isEmpty {
      switch value {
      case "true": break
      case "false": return nil
      default: return .invalidChoice(option: name, value: value, choices: ["true", "false"])
      }
    } else if let value, !option.choices.isEmpty, !option.choices.contains(value) {
      return .invalidChoice(option: name, value: value, choices: option.choices)
    }
    switch option.name {
    case "print_config": action = .printConfig(asJSON: value != nil)
    case "dry_run": action = .dryRun
    case "backend": backend = value.flatMap(Backend.init(rawValue:)) ?? backend
    case "trace": tracePath = value
    case "keep_checkpoints":
      guard let count = value.flatMap({ Int($0) }), count > 0 else {
        return .invalidValue(
          ConfigPlace(
            path: ConfigPath([option.name]),
            origin: .commandLine(argument: "\(name)=\(value ?? "")")),
          found: value ?? "", expected: "a number of checkpoints from 1 up", hint: nil)
      }
      keptCheckpoints = count
    case "dataset.frame_cache": frameCache = value.flatMap(FrameCache.init(rawValue:))
    case "completion":
      action = value.flatMap(Shell.init(rawValue:)).map { .completion($0) } ?? action
    default: break
    }
    return nil
  }
}
