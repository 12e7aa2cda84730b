/// All problems of a command line and its configuration files.
package struct ConfigError: Error, Equatable, CustomStringConvertible {
  package var issues: [ConfigIssue]

  package init(_ issues: [ConfigIssue]) {
    self.issues = issues
  }

  /// One line per problem.
  package var description: String {
    issues.map(\.description).joined(separator: "\n")
  }

  /// 2 if the command line itself cannot be read, as argparse exits; otherwise 1.
  package var exitStatus: Int32 {
    issues.contains { $0.isGrammatical } ? 2 : 1
  }
}

/// One problem of a configuration: what is wrong, where, and what to do.
package enum ConfigIssue: Error, Sendable, Equatable {
  // What the argument parser refuses.
  case unknownOption(argument: String, hint: String?)
  case ambiguousOption(argument: String, candidates: [String])
  case missingValue(option: String, expected: String, example: String)
  case unexpectedArgument(String, hint: String?)
  case invalidChoice(option: String, value: String, choices: [String])

  // Values.
  case invalidValue(ConfigPlace, found: String, expected: String, hint: String?)
  case invalidYAML(argument: String, message: String, remedy: String)
  /// Fields of one record that it does not have, for one cause.
  case unknownFields([ConfigPlace], record: String, hint: String?)
  /// A file's fields of one type where the command line asks for another.
  case otherType(
    argument: String, file: String, kind: String, described: String?, chosen: String,
    fields: [String])
  /// `example` is a value of an option that sets the field; nil where no option does.
  case missingField(ConfigPlace, type: String, example: String?)
  case invalidCombination(ConfigPlace, message: String)

  // Files.
  case fileNotFound(path: String, expected: String)
  case unreadableFile(path: String, message: String)
  /// Neither on this machine nor to be had from the hub.
  case notFetched(argument: String, message: String)
  case malformedFile(path: String, message: String)

  // The run as a whole.
  case conflictingOptions(String, String, remedy: String)
  case missingOption(option: String, message: String)
  /// `resumable` is what resumes the run in the directory; nil where there is none.
  case outputDirectoryExists(path: String, resumable: String?)
  case outputDirectoryIsFile(path: String)
  case notSupported(option: String, message: String)

  /// Whether argparse would have refused the command line, with exit status 2.
  package var isGrammatical: Bool {
    switch self {
    case .unknownOption, .ambiguousOption, .missingValue, .unexpectedArgument, .invalidChoice: true
    default: false
    }
  }
}

/// A field and where its value was written.
package struct ConfigPlace: Sendable, Equatable, CustomStringConvertible {
  package var path: ConfigPath
  package var origin: ConfigOrigin

  package init(path: ConfigPath, origin: ConfigOrigin) {
    self.path = path
    self.origin = origin
  }

  /// `--seed=x` for an option, `train_config.json:3:12: seed` for a file, else `seed`.
  package var description: String {
    switch origin {
    case .fallback, .preset: return "--\(path)"
    case .file(let name, let position?):
      return "\(name):\(position.line):\(position.column): \(path)"
    case .file(let name, nil): return "\(name): \(path)"
    case .commandLine(let argument):
      // Beside --policy.path the path leads from the policy on.
      let isOption = ["--\(path)", "--policy.\(path)"].contains(where: argument.hasPrefix)
      return isOption ? argument.shortened : "\(argument.shortened): \(path)"
    }
  }
}

extension ConfigPlace {
  /// The name of the file where the value stands; empty for values from elsewhere.
  var file: String {
    if case .file(let name, _) = origin { name } else { "" }
  }

  /// The place of a field that was not written, named as an option.
  func prefixed(_ prefix: String) -> ConfigPlace {
    guard origin == .fallback else { return self }
    let keys = prefix.split(separator: ".").map(String.init)
    return ConfigPlace(path: ConfigPath(keys + path.keys), origin: origin)
  }
}

extension ConfigIssue: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unknownOption(let argument, let hint):
      "\(argument.shortened): unknown option" + remedy(hint ?? "--help lists all options")
    case .ambiguousOption(let argument, let candidates):
      "\(argument.shortened): could be \(candidates.listed); write one of them out"
    case .missingValue(let option, let expected, let example):
      "\(option): expects \(expected); write \(option)=\(example)"
    case .unexpectedArgument(let argument, let hint):
      "\(argument.shortened): belongs to no option"
        + remedy(hint ?? "options are written --steps=100, without spaces")
    case .invalidChoice(let option, let value, let choices):
      "\(option)=\(value.shortened): unknown choice; "
        + Suggestion.text(for: value, among: choices)
    case .invalidValue(let place, let found, let expected, let hint):
      "\(place): expected \(expected), found \(found)" + remedy(hint)
    case .invalidYAML(let argument, let message, let remedy):
      "\(argument.shortened): \(message); \(remedy)"
    case .unknownFields(let places, let record, let hint):
      places.missing(from: record) + remedy(hint)
    case .otherType(let argument, let file, let kind, let described, let chosen, let fields):
      "\(argument.shortened): \(file) describes another \(kind)"
        + (described.map { " (\($0))" } ?? "")
        + ", whose fields \(chosen) does not have (\(fields.listed)); "
        + "remove \"\(kind)\" from the file, or leave out \(argument.shortened)"
    case .missingField(let place, let type, let example):
      "\(place): a value is missing (\(type))"
        + remedy(example.map { "give --\(place.path)=\($0)" })
    case .invalidCombination(let place, let message):
      "\(place): \(message)"
    case .fileNotFound(let path, let expected):
      "\(path): no such file; \(expected)"
    case .notFetched(let argument, let message):
      "\(argument): no such path here, and \(message)"
    case .unreadableFile(let path, let message):
      "\(path): cannot be read (\(message)); check its permissions"
    case .malformedFile(let path, let message):
      "\(path): \(message)"
    case .conflictingOptions(let first, let second, let remedy):
      "\(first.shortened) and \(second.shortened) exclude each other; \(remedy)"
    case .missingOption(let option, let message):
      "\(option): \(message)"
    case .outputDirectoryExists(let path, let resumable):
      "--output_dir=\(path): the directory exists; give another one, "
        + (resumable.map { "or continue its run with --resume=true --config_path=\($0)" }
          ?? "or remove it")
    case .outputDirectoryIsFile(let path):
      "--output_dir=\(path): a file is there; give another folder, or remove it"
    case .notSupported(let option, let message):
      "\(option.shortened): \(message)"
    }
  }

  /// The issue of an option whose name was parsed without `prefix`.
  func prefixed(_ prefix: String) -> ConfigIssue {
    func hint(_ text: String?) -> String? { text?.replacing(" --", with: " --\(prefix)") }
    switch self {
    case .unknownOption(let argument, let text):
      return .unknownOption(argument: argument.prefixed(prefix), hint: hint(text))
    case .ambiguousOption(let argument, let candidates):
      return .ambiguousOption(
        argument: argument.prefixed(prefix), candidates: candidates.map { $0.prefixed(prefix) })
    case .missingValue(let option, let expected, let example):
      return .missingValue(
        option: option.prefixed(prefix), expected: expected, example: example)
    case .missingField(let place, let type, let example):
      return .missingField(place.prefixed(prefix), type: type, example: example)
    case .invalidChoice(let option, let value, let choices):
      return .invalidChoice(option: option.prefixed(prefix), value: value, choices: choices)
    case .unexpectedArgument(let argument, let text):
      return .unexpectedArgument(argument.prefixed(prefix), hint: hint(text))
    case .unknownFields(let places, let record, let text):
      return .unknownFields(places, record: record, hint: hint(text))
    case .invalidCombination(let place, let message):
      return .invalidCombination(place.prefixed(prefix), message: message)
    default: return self
    }
  }

  private func remedy(_ text: String?) -> String {
    text.map { "; \($0)" } ?? ""
  }
}

extension [ConfigPlace] {
  /// That a record does not have these fields, naming each of them and the argument or file.
  fileprivate func missing(from record: String) -> String {
    guard count > 1, let first else { return "\(self[0]): \(record) has no such field" }
    if case .commandLine(let argument) = first.origin,
      allSatisfy({ $0.origin == first.origin })
    {
      let names = map { $0.path.keys.last ?? "" }
      return "\(argument.shortened): \(record) has no fields \(names.listed)"
    }
    return "\(map(\.description).listed): \(record) has no such fields"
  }
}

extension String {
  /// `--policy.x=3` for `--x=3`.
  func prefixed(_ prefix: String) -> String {
    hasPrefix("--") ? "--\(prefix)\(dropFirst(2))" : self
  }
}
