import Foundation

/// How a number is written: a format specification of Python.
package enum NumberFormat: Sendable, Equatable {
  /// `:.Nf`, N digits behind the point.
  case fixed(Int)
  /// `:.Ne`, N digits behind the point and a power of ten.
  case scientific(Int)
  /// `:.Nf` and a percent sign.
  case percent(Int)

  /// The number in this format. Python and C round alike, and differ in the sign of a NaN alone.
  package func callAsFunction(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    return switch self {
    case .fixed(let digits): String(format: "%.\(digits)f", value)
    case .scientific(let digits): String(format: "%.\(digits)e", value)
    case .percent(let digits): String(format: "%.\(digits)f%%", value)
    }
  }
}

/// A number cut to thousands with a suffix, `1200` as `1K` (LeRobot `utils/utils.py`,
/// `format_big_number`). Beyond quadrillions the quotient itself is left.
package func formatBigNumber(_ number: Double, digits: Int = 0) -> String {
  var number = number
  for suffix in ["", "K", "M", "B", "T", "Q"] {
    if abs(number) < 1000 { return NumberFormat.fixed(digits)(number) + suffix }
    number /= 1000
  }
  return number.pythonRepr
}

/// A number of bytes as people read it: `1.5 GB`, `964 MB`, `12 kB`, in powers of a thousand.
package func formatBytes(_ count: Int) -> String {
  let (number, digits, unit) =
    switch Double(count) {
    case 1e9...: (Double(count) / 1e9, 1, "GB")
    case 1e6...: (Double(count) / 1e6, 0, "MB")
    default: ((Double(count) / 1e3).rounded(.up), 0, "kB")
    }
  return "\(NumberFormat.fixed(digits)(number)) \(unit)"
}

/// Seconds as `h:mm:ss`, or `m:ss` below an hour; `?` for more than any machine runs.
package func formatClock(_ seconds: Double) -> String {
  guard seconds.isFinite, abs(seconds) < 1e15 else { return "?" }
  let total = Int(seconds.rounded())
  let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
  func digits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
  return hours > 0
    ? "\(hours):\(digits(minutes)):\(digits(rest))" : "\(minutes):\(digits(rest))"
}

/// `formatBigNumber` of a count.
package func formatBigNumber(_ number: Int, digits: Int = 0) -> String {
  formatBigNumber(Double(number), digits: digits)
}
