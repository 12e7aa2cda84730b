/// What a plain YAML 1.1 scalar means, as PyYAML's resolver and SafeConstructor decide it.
enum YAMLScalar {
  /// nil where PyYAML's constructor fails.
  static func value(of text: String) -> JSONValue? {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON": return .bool(true)
    case "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF": return .bool(false)
    case "=", "<<": return nil
    default: break
    }
    guard let first = text.utf8.first, text.utf8.allSatisfy({ $0 < 0x80 }),
      "+-.0123456789".utf8.contains(first)
    else { return .string(text) }
    if isFloat(text) { return float(text).map { .double($0) } }
    if isInt(text) { return int(text) }
    return YAMLTimestamp.value(of: text) ?? .string(text)
  }

  // MARK: - Integers

  /// 0b…, 0…, 0x…, decimal and base-sixty integers, underscores anywhere after the first digit.
  private static func isInt(_ text: String) -> Bool {
    let body = unsigned(text)
    if body == "0" { return true }
    if body.hasPrefix("0b") { return isMade(body.dropFirst(2), of: "01_") }
    if body.hasPrefix("0x") { return isMade(body.dropFirst(2), of: hexadecimal) }
    if body.hasPrefix("0") { return isMade(body.dropFirst(), of: "01234567_") }
    guard isDigit(body.first), body.first != "0" else { return false }
    let parts = body.split(separator: ":", omittingEmptySubsequences: false)
    return parts[0].allSatisfy { isDigit($0) || $0 == "_" } && parts.dropFirst().allSatisfy(isSixty)
  }

  private static func int(_ text: String) -> JSONValue? {
    let body = unsigned(text).filter { $0 != "_" }
    let sign = text.hasPrefix("-") ? -1 : 1
    if body == "0" { return 0 }
    if body.contains(":") {
      return integer(sixties(body).map { sign < 0 ? -$0 : $0 })
    }
    let digits: (Substring, Int) =
      body.hasPrefix("0b")
      ? (body.dropFirst(2), 2)
      : body.hasPrefix("0x")
        ? (body.dropFirst(2), 16) : body.hasPrefix("0") ? (body.dropFirst(), 8) : (body[...], 10)
    guard !digits.0.isEmpty else { return nil }
    if let value = Int((sign < 0 ? "-" : "") + digits.0, radix: digits.1) { return .int(value) }
    return Double(body).map { .double(Double(sign) * $0) }
  }

  private static func integer(_ value: Double?) -> JSONValue? {
    value.map { number in Int(exactly: number).map { .int($0) } ?? .double(number) }
  }

  // MARK: - Floats

  /// Decimals with a point (the exponent has a sign), base-sixty, `.inf` and `.nan`.
  private static func isFloat(_ text: String) -> Bool {
    let body = unsigned(text)
    switch body {
    case ".inf", ".Inf", ".INF": return true
    case ".nan", ".NaN", ".NAN": return body.count == text.count
    default: break
    }
    guard let point = body.firstIndex(of: ".") else { return false }
    let whole = body[..<point]
    let fraction = body[body.index(after: point)...]
    if whole.isEmpty {
      return body.count == text.count && isDigit(fraction.first) && isFraction(fraction)
    }
    guard isDigit(whole.first) else { return false }
    let parts = whole.split(separator: ":", omittingEmptySubsequences: false)
    guard parts[0].allSatisfy({ isDigit($0) || $0 == "_" }) else { return false }
    if parts.count == 1 { return isFraction(fraction) }
    return parts.dropFirst().allSatisfy(isSixty) && fraction.allSatisfy { isDigit($0) || $0 == "_" }
  }

  /// `[0-9_]*([eE][-+][0-9]+)?`
  private static func isFraction(_ text: Substring) -> Bool {
    let rest = text.drop { isDigit($0) || $0 == "_" }
    guard let mark = rest.first else { return true }
    let power = rest.dropFirst(2)
    let sign = rest.dropFirst().first
    return (mark == "e" || mark == "E") && (sign == "+" || sign == "-") && !power.isEmpty
      && power.allSatisfy(isDigit)
  }

  private static func float(_ text: String) -> Double? {
    let body = unsigned(text).filter { $0 != "_" }.lowercased()
    let sign = text.hasPrefix("-") ? -1.0 : 1.0
    switch body {
    case ".inf": return sign * .infinity
    case ".nan": return .nan
    default: return (body.contains(":") ? sixties(body) : body.pythonFloat).map { sign * $0 }
    }
  }

  // MARK: - Characters

  private static let hexadecimal = "0123456789abcdefABCDEF_"

  private static func unsigned(_ text: String) -> Substring {
    text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
  }

  private static func isMade(_ text: Substring, of characters: String) -> Bool {
    !text.isEmpty && text.allSatisfy(characters.contains)
  }

  private static func isDigit(_ character: Character?) -> Bool {
    character.map { ("0"..."9").contains($0) } ?? false
  }

  private static func isDigit(_ character: Character) -> Bool {
    isDigit(Optional(character))
  }

  /// `[0-5]?[0-9]`
  private static func isSixty(_ text: Substring) -> Bool {
    text.allSatisfy(isDigit) && (text.count == 1 || (text.count == 2 && text.first! <= "5"))
  }

  /// a:b:c in base sixty.
  private static func sixties(_ text: String) -> Double? {
    var total = 0.0
    for part in text.split(separator: ":") {
      guard let digit = String(part).pythonFloat else { return nil }
      total = total * 60 + digit
    }
    return total
  }
}
