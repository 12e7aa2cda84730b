/// A command line that does not train: one option says what is done instead, and few may stand
/// beside it.
///
/// It is read by hand: training's options, their abbreviations and files have no place there.
struct StandaloneCommand {
  /// What was given for each option, in order.
  private var values: [String: [String]] = [:]
  private let option: String

  /// How the option takes its values.
  enum Values {
    /// Like any option; the last of equal ones counts.
    case one
    /// All the words that follow it, up to the next option.
    case several
  }

  /// - Parameters:
  ///   - option: what says that the line is such a command.
  ///   - others: the options that may stand beside it.
  /// - Returns: nil for a command line that asks for something else.
  /// - Throws: `ConfigError` for an argument that has no place beside the option.
  init?(
    _ arguments: [String], _ option: String, taking kind: Values = .one,
    beside others: [String] = []
  ) throws(ConfigError) {
    guard arguments.contains(where: { $0 == option || $0.hasPrefix("\(option)=") }) else {
      return nil
    }
    self.option = option
    var rest = arguments[...]
    var isOpen = false
    while let argument = rest.popFirst() {
      if isOpen, !argument.hasPrefix("--") {
        values[option, default: []].append(argument)
        continue
      }
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard name == option || others.contains(name) else {
        throw ConfigError([.unexpectedArgument(argument, hint: Self.hint(option, others))])
      }
      isOpen = name == option && kind == .several
      if parts.count > 1 {
        values[name, default: []].append(String(parts[1]))
      } else if !isOpen {
        values[name, default: []].append(rest.popFirst() ?? "")
      }
    }
  }

  private static func hint(_ option: String, _ others: [String]) -> String {
    others.isEmpty
      ? "no other option stands beside \(option)"
      : "\(option) takes \(others.joined(separator: " and ")) only"
  }

  /// The last value of an option; nil where it was not given.
  subscript(option: String) -> String? { values[option]?.last }

  /// The last value of an option that must have one.
  ///
  /// - Parameter message: what is said where it has none.
  func value(_ option: String, _ message: String) throws(ConfigError) -> String {
    guard let value = self[option], !value.isEmpty else {
      throw ConfigError([.missingOption(option: option, message: message)])
    }
    return value
  }

  /// All values of the option that is the command, one at least.
  ///
  /// - Parameter message: what is said where one is missing.
  func values(_ message: String) throws(ConfigError) -> [String] {
    let given = values[option] ?? []
    guard !given.isEmpty, !given.contains("") else {
      throw ConfigError([.missingOption(option: option, message: message)])
    }
    return given
  }
}
