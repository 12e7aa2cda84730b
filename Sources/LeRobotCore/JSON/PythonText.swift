extension JSONValue {
  /// The text of Python's `json.dumps(value, indent: indent)`: ASCII only, keys in order,
  /// floats as `repr` writes them, `NaN` and `Infinity` unquoted.
  ///
  /// - Parameter indent: spaces per level; nil writes one line with `", "` and `": "`.
  package func pythonText(indent: Int? = nil) -> String {
    var writer = PythonJSONWriter(indent: indent)
    writer.write(self)
    return writer.text
  }
}

/// Collects the text; `level` is the depth the next line is indented to.
private struct PythonJSONWriter {
  let indent: Int?
  var text = ""
  var level = 0

  init(indent: Int?) {
    self.indent = indent
  }

  mutating func write(_ value: JSONValue) {
    switch value {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .int(let value): text += String(value)
    case .double(let value): text += value.jsonText
    case .string(let value): writeString(value)
    case .array(let elements):
      writeList(elements, open: "[", close: "]") { $0.write($1) }
    case .object(let members):
      writeList(members.elements, open: "{", close: "}") { writer, member in
        writer.writeString(member.key)
        writer.text += ": "
        writer.write(member.value)
      }
    }
  }

  private mutating func writeList<List: Collection>(
    _ list: List, open: String, close: String,
    element write: (inout PythonJSONWriter, List.Element) -> Void
  ) {
    text += open
    level += 1
    for (position, element) in list.enumerated() {
      if position > 0 { text += indent == nil ? ", " : "," }
      newLine()
      write(&self, element)
    }
    level -= 1
    if !list.isEmpty { newLine() }
    text += close
  }

  private mutating func newLine() {
    guard let indent else { return }
    text += "\n" + String(repeating: " ", count: indent * level)
  }

  private mutating func writeString(_ string: String) {
    text += "\""
    for unit in string.utf16 {
      switch unit {
      case 0x22: text += "\\\""
      case 0x5C: text += "\\\\"
      case 0x0A: text += "\\n"
      case 0x0D: text += "\\r"
      case 0x09: text += "\\t"
      case 0x08: text += "\\b"
      case 0x0C: text += "\\f"
      case 0x20..<0x7F: text.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
      default:
        let digits = String(unit, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    text += "\""
  }
}

extension Double {
  /// The number as Python's `json` writes it: `repr`, but `NaN`, `Infinity` and `-Infinity`.
  package var jsonText: String {
    if isNaN { return "NaN" }
    if isInfinite { return self < 0 ? "-Infinity" : "Infinity" }
    return pythonRepr
  }

  /// The number as Python's `repr` writes it: the shortest digits that read back equal, in
  /// scientific notation below 1e-4 and from 1e16 on.
  package var pythonRepr: String {
    if isNaN { return "nan" }
    if isInfinite { return self < 0 ? "-inf" : "inf" }
    if isZero { return sign == .minus ? "-0.0" : "0.0" }
    let (digits, exponent) = magnitude.shortestDigits
    let body =
      (-4..<16).contains(exponent)
      ? positional(digits, exponent) : scientific(digits, exponent)
    return (self < 0 ? "-" : "") + body
  }

  /// The shortest decimal digits d₀d₁… and the exponent e with self = d₀.d₁… · 10ᵉ.
  private var shortestDigits: (digits: String, exponent: Int) {
    // Swift's description finds the same shortest digits; only its layout differs.
    let parts = description.split(separator: "e")
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let whole = mantissa[0]
    let fraction = mantissa.count > 1 ? mantissa[1] : ""
    let shift = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let all = whole + fraction
    let leading = all.prefix { $0 == "0" }.count
    var digits = all.dropFirst(leading)
    while digits.count > 1, digits.last == "0" { digits.removeLast() }
    return (String(digits), whole.count - 1 - leading + shift)
  }

  private func positional(_ digits: String, _ exponent: Int) -> String {
    if exponent < 0 { return "0." + String(repeating: "0", count: -exponent - 1) + digits }
    let whole = digits.prefix(exponent + 1)
    let fraction = digits.dropFirst(exponent + 1)
    return whole + String(repeating: "0", count: exponent + 1 - whole.count) + "."
      + (fraction.isEmpty ? "0" : fraction)
  }

  private func scientific(_ digits: String, _ exponent: Int) -> String {
    let fraction = digits.dropFirst()
    let power = String(abs(exponent))
    return digits.prefix(1) + (fraction.isEmpty ? "" : "." + fraction)
      + (exponent < 0 ? "e-" : "e+") + (power.count < 2 ? "0" + power : power)
  }
}
