import Foundation

/// The numbers at an axis: 1, 2 or 5 times a power of ten apart.
package struct Ticks: Sendable, Equatable {
  package var values: [Double]
  package var labels: [String]

  /// Multiples of a step between two numbers, about `count` of them.
  package static func linear(from low: Double, to high: Double, count: Int = 5) -> Ticks {
    let step = step((high - low) / Double(max(1, count)))
    guard step > 0, step.isFinite else { return Ticks(values: [], labels: []) }
    // A range of rounding errors around a large number has no ticks of its own.
    let first = (low / step - 1e-6).rounded(.up)
    let last = (high / step + 1e-6).rounded(.down)
    guard last >= first, last - first < 100 else { return Ticks(values: [], labels: []) }
    let values = stride(from: first, through: last, by: 1).map { $0 * step }
    return Ticks(values: values, labels: labels(values, step: step))
  }

  /// The smallest of 1, 2 and 5 times a power of ten that is no smaller than a number.
  package static func step(_ least: Double) -> Double {
    guard least > 0, least.isFinite else { return 0 }
    let power = pow(10, floor(log10(least)))
    return [1, 2, 5].map { $0 * power }.first { $0 >= least * (1 - 1e-9) } ?? 10 * power
  }

  /// Powers of ten between two positive numbers; with 2 and 5 times them where there are few.
  package static func logarithmic(from low: Double, to high: Double) -> Ticks {
    guard low > 0, high >= low, high.isFinite else { return Ticks(values: [], labels: []) }
    let (first, last) = (Int(floor(log10(low))), Int(ceil(log10(high))))
    let factors: [Double] = high <= 120 * low ? [1, 2, 5] : [1]
    let stride = max(1, (last - first + 4) / 5)
    var values: [Double] = []
    for power in first...last where (power - first).isMultiple(of: stride) {
      values += factors.map { $0 * pow(10, Double(power)) }
    }
    values = values.filter { $0 >= low * (1 - 1e-9) && $0 <= high * (1 + 1e-9) }
    return Ticks(values: values, labels: values.map(Self.powerLabel))
  }

  private static func powerLabel(_ value: Double) -> String {
    (1e-3..<1e4).contains(value * (1 + 1e-9)) ? String(format: "%g", value) : powerOfTen(value)
  }

  /// `1.5e-5`, with the digits that it needs.
  private static func powerOfTen(_ value: Double) -> String {
    let power = floor(log10(abs(value)) + 1e-9)
    return String(format: "%.6g", value / pow(10, power)) + "e\(Int(power))"
  }

  /// As many digits as the step needs; in thousands, millions or powers of ten where that is shorter.
  private static func labels(_ values: [Double], step: Double) -> [String] {
    let largest = values.map(abs).max() ?? 0
    guard largest >= 1e-3, largest < 1e12 else {
      return values.map { value in
        // Multiples of a step have few digits; the others are what rounding left.
        abs(value) < step / 2 ? "0" : powerOfTen(value)
      }
    }
    let (scale, unit) =
      [(1e9, "G"), (1e6, "M"), (1e3, "k")].first { largest >= $0.0 } ?? (1, "")
    let digits = max(0, Int(-floor(log10(step / scale) + 1e-9)))
    return values.map { value in
      abs(value) < step / 2 ? "0" : String(format: "%.\(digits)f", value / scale) + unit
    }
  }
}
