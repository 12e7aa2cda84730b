import OrderedCollections

/// What to write instead of an argument that is refused. Options that it names are there.
extension ArgumentParser {
  /// - Parameters:
  ///   - name: the unknown option's, without dashes.
  ///   - value: what was typed behind it.
  func unknownHint(_ name: String, _ value: String? = nil) -> String? {
    if let whole = dictionaryHint(name, value) { return whole }
    if table.elsewhere.contains(name) {
      return "it belongs to training; leave it out beside \(EvaluateOption.name)"
    }
    if name.hasPrefix("no-"), case let positive = String(name.dropFirst(3)),
      case .bool? = table[positive]?.field?.type.unwrapped
    {
      return "write --\(positive)=false"
    }
    let names = table.options.filter { !$0.isWhole && isOfThePolicy($0) }.map(\.name)
    let meant = Suggestion.nearest(to: name, among: names) ?? names.first(endingLike: name)
    return meant.map { "did you mean --\($0)?" }
  }

  /// Whether the option is not another policy's: suggesting one of those leads to the next error.
  func isOfThePolicy(_ option: OptionTable.Option) -> Bool {
    guard let own = policy.flatMap({ policies[$0]?.recordType }),
      option.name.hasPrefix("policy."), option.name != "policy.type", !option.isOwn
    else { return true }
    return own[String(option.name.dropFirst("policy.".count).prefix { $0 != "." })] != nil
  }

  /// How a dictionary is given whole, for an option that names a key of one.
  private func dictionaryHint(_ name: String, _ value: String?) -> String? {
    for option in table.options where name.hasPrefix("\(option.name).") {
      guard case .dictionary(let element)? = option.field?.type.unwrapped else { continue }
      let key = String(name.dropFirst(option.name.count + 1))
      switch element {
      case .string: return whole(option, key, value ?? element.example)
      case .enumeration(let names):
        let word = value?.uppercased() ?? ""
        return whole(option, key, names.contains(word) ? word : element.example)
      default: return "dictionaries are given whole, in braces"
      }
    }
    return nil
  }

  private func whole(_ option: OptionTable.Option, _ key: String, _ text: String) -> String {
    var value: OrderedDictionary<String, JSONValue> = [:]
    // Without a file the dictionary replaces the policy's own.
    if let typedPolicy, option.name.hasPrefix("policy.") {
      let field = policies[typedPolicy]?.recordType[String(option.name.dropFirst("policy.".count))]
      value = field?.defaultValue?.objectValue ?? [:]
    }
    value[key] = .string(text)
    let dictionary = JSONValue.object(value).pythonText().shellQuoted
    return "dictionaries are given whole: --\(option.name)=\(dictionary)"
  }

  func looseValueHint(_ argument: String) -> String? {
    let name = String(argument.prefix { $0 != "=" })
    guard let option = table[name], !option.isWhole else { return nil }
    return "did you mean --\(argument.contains("=") ? argument : "\(name)=\(option.example)")?"
  }
}

extension [String] {
  /// The first option whose last part is the last part of `name`, or ends in it: `--lr` and
  /// `--policy.lr` are taken for `--policy.optimizer_lr`.
  fileprivate func first(endingLike name: String) -> String? {
    guard let last = name.split(separator: ".").last, last.count > 1 else { return nil }
    // A policy's own option works under its preset, where --optimizer and --scheduler do not.
    let own = filter { $0.hasPrefix("policy.") && !name.hasPrefix("optimizer.") }
    return (own + self).first { $0.hasSuffix(".\(last)") || $0.hasSuffix("_\(last)") }
  }
}
