/// What Python's `int()`, `float()` and `str()` make of a value read from a file or an option.
extension JSONValue {
  /// `int(value)`, but a float is refused (draccus `decode_int`); nil if Python refuses too, or if
  /// the integer has more than 64 bits.
  var pythonInt: Int? {
    switch self {
    case .int(let value): value
    case .bool(let value): value ? 1 : 0
    case .string(let text): text.pythonInt
    default: nil
    }
  }

  /// `float(value)`; nil if Python refuses.
  var pythonFloat: Double? {
    switch self {
    case .int(let value): Double(value)
    case .double(let value): value
    case .bool(let value): value ? 1 : 0
    case .string(let text): text.pythonFloat
    default: nil
    }
  }

  /// `str(value)`.
  package var pythonString: String {
    if case .string(let text) = self { text } else { pythonRepr }
  }

  /// `repr(value)`.
  package var pythonRepr: String {
    switch self {
    case .null: "None"
    case .bool(let value): value ? "True" : "False"
    case .int(let value): String(value)
    case .double(let value): value.pythonRepr
    case .string(let text): text.pythonRepr
    case .array(let elements): "[" + elements.map(\.pythonRepr).joined(separator: ", ") + "]"
    case .object(let members):
      "{"
        + members.map { "\($0.key.pythonRepr): \($0.value.pythonRepr)" }.joined(separator: ", ")
        + "}"
    }
  }
}

extension String {
  /// The digits of a Python number, without surrounding space and with every single underscore
  /// between two digits dropped; nil where an underscore stands elsewhere.
  private var pythonDigits: String? {
    let characters = Array(unicodeScalars)
    guard let first = characters.firstIndex(where: { !$0.isPythonSpace }),
      let last = characters.lastIndex(where: { !$0.isPythonSpace })
    else { return nil }
    var digits = String.UnicodeScalarView()
    for index in first...last {
      if characters[index] == "_" {
        guard index > first, index < last, characters[index - 1].isDecimal,
          characters[index + 1].isDecimal
        else { return nil }
      } else if characters[index].isDecimal, let value = characters[index].properties.numericValue {
        digits.append(Unicode.Scalar(UInt8(ascii: "0") + UInt8(value)))
      } else {
        digits.append(characters[index])
      }
    }
    return String(digits)
  }

  /// `int(text)`, base ten.
  var pythonInt: Int? {
    pythonDigits.flatMap { Int($0) }
  }

  /// `float(text)`: decimal digits, `inf`, `infinity` and `nan`; no hexadecimal.
  var pythonFloat: Double? {
    guard let digits = pythonDigits else { return nil }
    let body = digits.drop { $0 == "+" || $0 == "-" }
    guard digits.count - body.count <= 1 else { return nil }
    let sign = digits.hasPrefix("-") ? -1.0 : 1.0
    switch body.lowercased() {
    case "inf", "infinity": return sign * .infinity
    case "nan": return .nan
    default: break
    }
    let allowed = body.allSatisfy { $0.isASCII && ($0.isNumber || "eE.+-".contains($0)) }
    guard allowed, var text = Optional(String(body)) else { return nil }
    // Swift wants a digit on both sides of the point, Python on one.
    if text.hasPrefix(".") { text = "0" + text }
    if let point = text.firstIndex(of: "."),
      case let next = text.index(after: point), next == text.endIndex || !text[next].isNumber
    {
      guard point > text.startIndex, body.first != "." else { return nil }
      text.insert("0", at: next)
    }
    return Double(text).map { sign * $0 }
  }

  /// `str(pathlib.Path(text))`: no `.` parts, no doubled or trailing slashes.
  package var pythonPath: String {
    let slashes = prefix { $0 == "/" }.count
    let root = slashes == 2 ? "//" : slashes > 0 ? "/" : ""
    let parts = split(separator: "/").filter { $0 != "." }
    let path = root + parts.joined(separator: "/")
    return path.isEmpty ? "." : path
  }
}

extension Unicode.Scalar {
  /// Whether Python counts the character as a decimal digit.
  fileprivate var isDecimal: Bool {
    properties.generalCategory == .decimalNumber
  }
}
