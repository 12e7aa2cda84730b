/// Dates, which PyYAML reads as `datetime` objects and LeRobot's text fields then hold as `str`.
enum YAMLTimestamp {
  /// The text of the date; nil for anything else. A date that does not exist is an error in PyYAML;
  /// here it stays text.
  static func value(of text: String) -> JSONValue? {
    guard let match = text.wholeMatch(of: pattern) else {
      return text.wholeMatch(of: day).map { _ in .string(text) }
    }
    let parts = match.output
    func two(_ digits: Substring) -> String { digits.count < 2 ? "0" + digits : String(digits) }
    var result = "\(parts.1)-\(two(parts.2))-\(two(parts.3)) \(two(parts.4)):\(parts.5):\(parts.6)"
    if let fraction = parts.7, !fraction.allSatisfy({ $0 == "0" }) {
      let digits = fraction.prefix(6)
      result += "." + digits + String(repeating: "0", count: 6 - digits.count)
    }
    if let zone = parts.8 { result += offset(zone) }
    return .string(result)
  }

  /// `+01:00` for `+1`, `+00:00` for `Z`.
  private static func offset(_ zone: Substring) -> String {
    guard zone != "Z" else { return "+00:00" }
    let parts = zone.dropFirst().split(separator: ":").map { $0.count < 2 ? "0" + $0 : String($0) }
    return zone.prefix(1) + parts[0] + ":" + (parts.count > 1 ? parts[1] : "00")
  }

  private static var day: Regex<Substring> { /[0-9]{4}-[0-9]{2}-[0-9]{2}/ }

  private static var pattern:
    Regex<
      (
        Substring, Substring, Substring, Substring, Substring, Substring, Substring, Substring?,
        Substring?
      )
    >
  {
    /([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[Tt]|[ \t]+)([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]*))?(?:[ \t]*(Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?/
  }
}
