/// What to write instead of a refused value, for common mistakes.
enum ValueHint {
  static func text(for raw: JSONValue, as type: ValueType) -> String? {
    switch type.unwrapped {
    case .int: integer(raw)
    case .bool: boolean(raw)
    case .list, .sequence, .tuple: list(raw)
    case .enumeration(let names): enumeration(raw, names)
    default: isNone(raw) ? "nothing is written null" : nil
    }
  }

  private static func integer(_ raw: JSONValue) -> String? {
    if isNone(raw) { return "nothing is written null" }
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

  private static func list(_ raw: JSONValue) -> String? {
    switch raw {
    case .string(let text) where !text.isEmpty && !text.hasPrefix("["): "write [\(text)]"
    case .int, .double: "write [\(raw.pythonString)]"
    default: nil
    }
  }

  private static func enumeration(_ raw: JSONValue, _ names: [String]) -> String? {
    raw.stringValue.flatMap { Suggestion.nearest(to: $0.uppercased(), among: names) }
      .map { "did you mean \($0)?" }
  }

  private static func isNone(_ raw: JSONValue) -> Bool {
    raw == .string("None")
  }
}
