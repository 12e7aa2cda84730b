import OrderedCollections

/// One option as it was typed.
package struct GivenOption: Sendable, Equatable {
  package var value: String
  /// The argument as it was typed, for messages.
  package var argument: String
}

/// Splits a command line into options and values by the rules of Python's argparse: `--a=v`,
/// `--a v`, unambiguous abbreviations, the last of equal options wins. Options of our own are never
/// abbreviated, and no abbreviation of LeRobot's is ambiguous because of them.
package struct ArgumentParser {
  let table: OptionTable
  package private(set) var given: OrderedDictionary<String, GivenOption> = [:]
  package private(set) var issues: [ConfigIssue] = []
  private(set) var warnings: [ConfigWarning] = []
  /// The policy that the line names.
  let typedPolicy: String?
  /// That one, or the one of a file; for suggestions.
  let policy: String?
  /// The prefix that was removed from the options' names: `policy.`.
  private let prefix: String
  let policies: PolicyRegistry

  /// - Parameters:
  ///   - prefix: what stood before the options' names and was taken off.
  ///   - policies: the policies that a suggestion may name.
  ///   - policy: the one that a file names.
  package init(
    _ table: OptionTable, _ arguments: [String], prefix: String = "",
    policies: PolicyRegistry = .builtIn, policy: String? = nil
  ) {
    self.table = table
    self.prefix = prefix
    self.policies = policies
    let type = "--policy.type="
    typedPolicy = arguments.last { $0.hasPrefix(type) }.map { String($0.dropFirst(type.count)) }
    self.policy = typedPolicy ?? policy
    parse(arguments)
    if !prefix.isEmpty { issues = issues.map { $0.prefixed(prefix) } }
  }

  /// How argparse sees one argument.
  private enum Token {
    case option(OptionTable.Option, value: String?)
    case value
    case separator
    case problem(ConfigIssue, takesValue: Bool)
  }

  private mutating func parse(_ arguments: [String]) {
    var onlyValues = false
    let tokens = arguments.map { argument -> Token in
      if onlyValues { return .value }
      if argument == "--" {
        onlyValues = true
        return .separator
      }
      return token(argument)
    }
    var index = 0
    while index < arguments.count {
      let argument = arguments[index]
      index += 1
      switch tokens[index - 1] {
      case .option(let option, let value?):
        set(option, value, argument)
      case .option(let option, nil):
        // `Invocation` has answered --help before.
        if option.name != "help" { take(option, arguments, tokens, &index) }
      case .value, .separator:
        issues.append(.unexpectedArgument(argument, hint: looseValueHint(argument)))
      case .problem(let issue, let takesValue):
        issues.append(issue)
        if takesValue, index < tokens.count, case .value = tokens[index] { index += 1 }
      }
    }
  }

  /// Takes the argument after `option`.
  private mutating func take(
    _ option: OptionTable.Option, _ arguments: [String], _ tokens: [Token], _ index: inout Int
  ) {
    if let value = option.field?.valueAlone { return set(option, value, "--\(option.name)") }
    guard index < tokens.count, case .value = tokens[index] else {
      noteMissingValue(of: option)
      return
    }
    set(option, arguments[index], "--\(option.name)=\(arguments[index])")
    index += 1
  }

  private mutating func noteMissingValue(of option: OptionTable.Option) {
    let expected = option.choices.map { "one of " + $0.joined(separator: ", ") }
    issues.append(
      .missingValue(
        option: "--\(option.name)",
        expected: expected ?? option.field?.type.expectation ?? "a value",
        example: option.example))
  }

  private mutating func set(_ option: OptionTable.Option, _ value: String, _ argument: String) {
    if option.isOwn, value.isEmpty {
      // An empty text means something to LeRobot's options only.
      noteMissingValue(of: option)
    } else if option.name == "help" {
      issues.append(.unexpectedArgument(argument, hint: "--help takes no value"))
    } else if let choices = option.choices, !choices.contains(value) {
      issues.append(
        .invalidChoice(option: "--\(option.name)", value: value, choices: choices))
    } else {
      let argument = argument.prefixed(prefix)
      if let earlier = given[option.name], earlier.value != value {
        warnings.append(.replaced(option: earlier.argument, by: argument))
      }
      given[option.name] = GivenOption(value: value, argument: argument)
    }
  }

  private func token(_ argument: String) -> Token {
    guard argument.hasPrefix("-"), argument.count > 1 else { return .value }
    guard argument.hasPrefix("--") else { return shortToken(argument) }
    let name = argument.dropFirst(2).prefix { $0 != "=" }
    let value = argument.contains("=") ? String(argument.dropFirst(name.count + 3)) : nil
    if let option = table[String(name)] ?? table.newerOption(String(name)) {
      return .option(option, value: value)
    }
    let matches = table.matching(String(name))
    if matches.count == 1 { return .option(matches[0], value: value) }
    if matches.count > 1 {
      let own = matches.filter(isOfThePolicy)
      let names = (own.isEmpty ? matches : own).map { "--\($0.name)" }
      return .problem(
        .ambiguousOption(argument: argument, candidates: names), takesValue: value == nil)
    }
    // argparse takes what holds a space for a value, not for an option nobody knows.
    if argument.contains(" ") { return .value }
    return .problem(
      .unknownOption(argument: argument, hint: unknownHint(String(name), value)),
      takesValue: value == nil)
  }

  /// `-h`, a negative number, or nothing that is known.
  private func shortToken(_ argument: String) -> Token {
    let body = argument.dropFirst()
    if body.allSatisfy({ $0 == "h" }) {
      return .option(OptionTable.Option(name: "help"), value: nil)
    }
    if body.hasPrefix("h") {
      return .problem(
        .unexpectedArgument(argument, hint: "--help takes no value"), takesValue: false)
    }
    let digits = body.filter { $0 != "." }
    let isNumber = !digits.isEmpty && digits.allSatisfy { $0.isASCII && $0.isNumber }
    if isNumber, body.last != ".", body.count - digits.count <= 1 { return .value }
    if argument.contains(" ") { return .value }
    let name = String(body.prefix { $0 != "=" })
    let hint =
      table[name] == nil ? unknownHint(name) : "options begin with two dashes: -\(argument)"
    return .problem(.unknownOption(argument: argument, hint: hint), takesValue: false)
  }
}
