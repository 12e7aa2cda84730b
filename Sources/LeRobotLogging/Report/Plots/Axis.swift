import Foundation

/// A range of values and where each lies in it.
package struct Axis: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    /// Logarithmic where the values span decades.
    case automatic
    case linear
    /// Linear, with 0.
    case fromZero
    /// Linear, no less than this range.
    case fixed(Double, Double)
  }

  package private(set) var low: Double
  package private(set) var high: Double
  package private(set) var isLogarithmic = false
  package private(set) var ticks: Ticks

  /// How many times the smallest value the largest is, where an axis becomes logarithmic.
  private static let decades = 25.0

  /// The range of finite values, widened to numbers that ticks stand at.
  package init(covering values: [Double], _ kind: Kind) {
    var (low, high) = (Double.infinity, -Double.infinity)
    for value in values where value.isFinite { (low, high) = (min(low, value), max(high, value)) }
    if low > high { (low, high) = (0, 1) }
    // Outside of this are powers of ten that no number is.
    if kind == .automatic, low > 1e-300, high < 1e300, high / low >= Self.decades {
      self.init(logarithmicFrom: low, to: high)
      return
    }
    switch kind {
    case .fromZero: (low, high) = (min(0, low), max(0, high))
    case .fixed(let least, let most): (low, high) = (min(least, low), max(most, high))
    case .linear, .automatic: if low > 0, low < 0.4 * high { low = 0 }
    }
    self.init(linearFrom: low, to: high)
  }

  private init(linearFrom low: Double, to high: Double) {
    var (low, high) = (low, high)
    if high - low <= 1e-9 * max(abs(low), abs(high)) {
      let margin = abs(low) * 0.1
      let largest = Double.greatestFiniteMagnitude
      (low, high) =
        low == 0 ? (0, 1) : (max(-largest, low - margin), min(largest, high + margin))
    }
    // Parts, because the whole may be more than any number.
    let step = Ticks.step(high / 5 - low / 5)
    if step > 0, step.isFinite {
      let (below, above) = ((low / step).rounded(.down) * step, (high / step).rounded(.up) * step)
      if below.isFinite, above.isFinite { (low, high) = (below, above) }
    }
    (self.low, self.high) = (low, high)
    ticks = Ticks.linear(from: low, to: high, count: 5)
  }

  private init(logarithmicFrom low: Double, to high: Double) {
    func bound(_ value: Double, _ isEnough: (Double) -> Bool, _ factors: [Double]) -> Double {
      let power = pow(10, floor(log10(value)))
      return factors.map { $0 * power }.first(where: isEnough) ?? value
    }
    self.low = bound(low, { $0 <= low * (1 + 1e-9) }, [5, 2, 1])
    self.high = bound(high, { $0 >= high * (1 - 1e-9) }, [1, 2, 5, 10])
    isLogarithmic = true
    ticks = Ticks.logarithmic(from: self.low, to: self.high)
  }

  /// Steps from the first to the last one, without a margin.
  package init(steps: ClosedRange<Double>) {
    (low, high) = (steps.lowerBound, max(steps.upperBound, steps.lowerBound + 1))
    // A run that was cut to its end does not begin at 0.
    if low >= 0, low < high / 2 { low = 0 }
    ticks = Ticks.linear(from: low, to: high, count: 5)
  }

  /// 0 at the low end, 1 at the high one; nil for what the axis has no place for.
  package func position(_ value: Double) -> Double? {
    guard value.isFinite else { return nil }
    if isLogarithmic {
      return value > 0 ? log(value / low) / log(high / low) : nil
    }
    // Halves, because the whole may be more than any number.
    return (value / 2 - low / 2) / (high / 2 - low / 2)
  }
}
