/// What to write instead of a refused value, for common mistakes. What it names would be accepted.
enum ValueHint {
  static func text(for raw: JSONValue, as type: ValueType) -> String? {
    if case .optional = type, isNone(raw) { return "nothing is written null" }
    return switch type.unwrapped {
    case .int: integer(raw)
    case .bool: boolean(raw)
    case .list, .sequence, .tuple: list(raw, type.unwrapped)
    case .enumeration(let names): enumeration(raw, names)
    default: nil
    }
  }

  private static func integer(_ raw: JSONValue) -> String? {
    guard let number = raw.pythonFloat else { return nil }
    if let integer = Int(exactly: number) { return "write \(integer)" }
    return abs(number) >= 0x1p63 ? "integers have 64 bits here" : nil
  }

  private static func boolean(_ raw: JSONValue) -> String? {
    switch raw.pythonString.lowercased() {
    case "true", "yes", "on", "y", "t", "1": "write true"
    case "false", "no", "off", "n", "f", "0", "none", "": "write false"
    default: nil
    }
  }

  private static func list(_ raw: JSONValue, _ type: ValueType) -> String? {
    let text =
      switch raw {
      // What begins as a list lacks something else than brackets.
      case .string(let text) where !text.isEmpty && text.count < 60 && !text.hasPrefix("["):
        "[\(text)]"
      case .int, .double: "[\(raw.pythonString)]"
      default: ""
      }
    guard !text.isEmpty, let value = try? YAMLDialect.document(text).value,
      ConfigDecoder.reads(value, as: type)
    else { return nil }
    return "write \(text)"
  }

  private static func enumeration(_ raw: JSONValue, _ names: [String]) -> String? {
    raw.stringValue.flatMap { Suggestion.nearest(to: $0.uppercased(), among: names) }
      .map { "did you mean \($0)?" }
  }

  private static func isNone(_ raw: JSONValue) -> Bool {
    raw == .string("None")
  }
}
