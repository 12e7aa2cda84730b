import Foundation
import LeRobotCore

/// How a report writes numbers.
package enum ReportNumber {
  /// Four significant digits or another number of them: `0.04123`, `1.5e-5`.
  package static func value(_ number: Double, digits: Int = 4) -> String {
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number < 0 ? "-inf" : "inf" }
    // From here on C writes a power of ten, where whole numbers are easier to read up to millions.
    if abs(number) >= pow(10, Double(digits)), abs(number) < 1e7 { return step(number.rounded()) }
    return shortExponent(String(format: "%.\(digits)g", number))
  }

  /// C writes two digits of an exponent at least, and its sign: `1e-05`, `1e+06`.
  static func shortExponent(_ text: String) -> String {
    guard let mark = text.firstIndex(of: "e") else { return text }
    let exponent = Int(text[text.index(after: mark)...]) ?? 0
    return "\(text[..<mark])e\(exponent)"
  }

  /// A count with commas: `12,400`.
  package static func count(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
      text.append(digit)
    }
    return number < 0 ? "-" + text : text
  }

  /// A step as a whole number with commas.
  static func step(_ step: Double) -> String {
    step.isFinite && abs(step) < 1e15 ? count(Int(step)) : "?"
  }

  /// The two largest units: `42 s`, `12 min 5 s`, `3 h 20 min`, `2 d 4 h`.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, abs(seconds) < 1e12 else { return "?" }
    let total = Int(max(0, seconds).rounded())
    let (days, hours, minutes) = (total / 86400, total / 3600 % 24, total / 60 % 60)
    if days > 0 { return "\(days) d \(hours) h" }
    if hours > 0 { return "\(hours) h \(minutes) min" }
    return minutes > 0 ? "\(minutes) min \(total % 60) s" : "\(total) s"
  }

  /// A moment for people; a script shows it in the reader's time.
  static func time(_ seconds: Double) -> Markup {
    // Beyond any run, and within what a calendar can tell.
    guard seconds.isFinite, (0..<1e11).contains(seconds) else { return "?" }
    let stamp = Date(timeIntervalSince1970: seconds.rounded(.down)).formatted(.iso8601)
    let text = stamp.prefix(16).replacing("T", with: " ") + " UTC"
    return .element("time", ["datetime": stamp], Markup(String(text)))
  }

  /// A count of bytes, parameters or samples in short: `51.6 M`.
  static func short(_ number: Int) -> String {
    for (limit, unit) in [(1e9, "G"), (1e6, "M"), (1e4, "k")] where Double(number) >= limit {
      // From 10 k on in thousands.
      let scale = unit == "k" ? 1e3 : limit
      return String(format: "%.3g ", Double(number) / scale) + unit
    }
    return count(number)
  }

  static func percent(_ fraction: Double) -> String {
    fraction.isFinite ? "\(Int((100 * fraction).rounded())) %" : "?"
  }
}
