/// The words of a command line that give one option, as `--name=VALUE` or `--name VALUE`, and the others.
struct OptionWords {
  /// In order; the last one counts. Empty where a value is missing.
  private(set) var values: [String] = []
  private(set) var others: [String] = []

  /// - Parameter name: with its dashes.
  init(_ name: String, in arguments: [String]) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument.hasPrefix("\(name)=") {
        values.append(String(argument.dropFirst(name.count + 1)))
      } else if argument == name {
        let hasValue = rest.first.map { !$0.hasPrefix("--") } ?? false
        values.append(hasValue ? rest.removeFirst() : "")
      } else {
        others.append(argument)
      }
    }
  }
}
