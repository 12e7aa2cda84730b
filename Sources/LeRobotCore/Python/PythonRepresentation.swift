extension String {
  /// The string as Python's `repr` writes it: in single quotes unless only those occur in it, with
  /// escapes for backslash, the quote and every character that is not printable.
  package var pythonRepr: String {
    let quote: Unicode.Scalar =
      unicodeScalars.contains("'") && !unicodeScalars.contains("\"")
      ? "\"" : "'"
    var text = String(quote)
    for scalar in unicodeScalars {
      switch scalar {
      case quote, "\\": text += "\\" + String(scalar)
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      default: text += scalar.isPythonPrintable ? String(scalar) : scalar.pythonEscape
      }
    }
    return text + String(quote)
  }
}

extension Unicode.Scalar {
  /// Python's `str.isprintable`: neither a control, format, private or unassigned character, nor
  /// a separator other than the space.
  fileprivate var isPythonPrintable: Bool {
    if isASCII { return (0x20..<0x7f).contains(value) }
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator, .spaceSeparator:
      return false
    default: return true
    }
  }

  /// `\x7f`, `\u200b` or `\U0010fffe`.
  fileprivate var pythonEscape: String {
    let (prefix, width) =
      value <= 0xff ? ("\\x", 2) : value <= 0xffff ? ("\\u", 4) : ("\\U", 8)
    let digits = String(value, radix: 16)
    return prefix + String(repeating: "0", count: width - digits.count) + digits
  }

  /// Python's `str.isspace`, which counts the information separators.
  var isPythonSpace: Bool {
    properties.isWhitespace || (0x1c...0x1f).contains(value)
  }

  /// Whether Python's `str.splitlines` ends a line here.
  var endsPythonLine: Bool {
    (0x0a...0x0d).contains(value) || (0x1c...0x1e).contains(value)
      || value == 0x85 || value == 0x2028 || value == 0x2029
  }
}

/// A value with the literals Python would show for it, members of enumerations included.
enum PythonValue: Sendable, Equatable {
  /// Anything that is never broken: `None`, `True`, a number, `<FeatureType.STATE: 'STATE'>`.
  case literal(String)
  case string(String)
  case list([PythonValue])
  /// By key, in Python's order of strings: that of their code points.
  case dictionary([Member])

  struct Member: Sendable, Equatable {
    var key: String
    var value: PythonValue
  }

  /// - Parameters:
  ///   - path: the keys that lead to the value, positions in lists left out.
  ///   - enumeration: the name of the enumeration that the string at a path belongs to.
  init(_ value: JSONValue, path: [String] = [], enumeration: (_ path: [String]) -> String?) {
    switch value {
    case .null: self = .literal("None")
    case .bool(let value): self = .literal(value ? "True" : "False")
    case .int(let value): self = .literal(String(value))
    case .double(let value): self = .literal(value.pythonRepr)
    case .string(let value):
      if let name = enumeration(path) {
        self = .literal("<\(name).\(value): \(value.pythonRepr)>")
      } else {
        self = .string(value)
      }
    case .array(let elements):
      self = .list(elements.map { Self($0, path: path, enumeration: enumeration) })
    case .object(let members):
      let values = members.map { key, value in
        Member(key: key, value: Self(value, path: path + [key], enumeration: enumeration))
      }
      self = .dictionary(
        values.sorted { $0.key.unicodeScalars.lexicographicallyPrecedes($1.key.unicodeScalars) })
    }
  }

  /// The value on one line, as `repr` writes it.
  var line: String {
    switch self {
    case .literal(let text): text
    case .string(let value): value.pythonRepr
    case .list(let elements): "[" + elements.map(\.line).joined(separator: ", ") + "]"
    case .dictionary(let members):
      "{" + members.map { "\($0.key.pythonRepr): \($0.value.line)" }.joined(separator: ", ") + "}"
    }
  }
}
