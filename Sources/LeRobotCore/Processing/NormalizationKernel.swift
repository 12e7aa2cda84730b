/// Arithmetic of one normalisation mode, in torch's order of operations, so that it rounds where
/// torch rounds.
protocol ElementMap {
  /// What elements are multiplied with or divided by, from the mode's two statistics.
  static func scale<Scalar: BinaryFloatingPoint>(
    _ first: Scalar, _ second: Scalar, epsilon: Scalar
  ) -> Scalar
  /// One element; `offset` is the mode's first statistic.
  static func apply<Scalar: BinaryFloatingPoint>(
    _ value: Scalar, offset: Scalar, scale: Scalar
  ) -> Scalar
}

/// [norm-mean-std]  (x − mean) / (std + ε)
enum MeanStandardDeviation: ElementMap {
  static func scale<Scalar: BinaryFloatingPoint>(
    _ mean: Scalar, _ deviation: Scalar, epsilon: Scalar
  ) -> Scalar {
    deviation + epsilon
  }

  static func apply<Scalar: BinaryFloatingPoint>(
    _ value: Scalar, offset: Scalar, scale: Scalar
  ) -> Scalar {
    (value - offset) / scale
  }
}

/// [norm-mean-std-inverse]  x · std + mean; there is no ε in it.
enum InverseMeanStandardDeviation: ElementMap {
  static func scale<Scalar: BinaryFloatingPoint>(
    _ mean: Scalar, _ deviation: Scalar, epsilon: Scalar
  ) -> Scalar {
    deviation
  }

  static func apply<Scalar: BinaryFloatingPoint>(
    _ value: Scalar, offset: Scalar, scale: Scalar
  ) -> Scalar {
    value * scale + offset
  }
}

/// What the modes that map a range to [−1, 1] share: high − low, or ε where they are equal.
protocol RangeMap: ElementMap {}

extension RangeMap {
  static func scale<Scalar: BinaryFloatingPoint>(
    _ low: Scalar, _ high: Scalar, epsilon: Scalar
  ) -> Scalar {
    high - low == 0 ? epsilon : high - low
  }
}

/// [norm-range]  2 (x − low) / (high − low) − 1
enum RangeToUnit: RangeMap {
  static func apply<Scalar: BinaryFloatingPoint>(
    _ value: Scalar, offset: Scalar, scale: Scalar
  ) -> Scalar {
    2 * (value - offset) / scale - 1
  }
}

/// [norm-range-inverse]  (x + 1) / 2 · (high − low) + low
enum InverseRangeToUnit: RangeMap {
  static func apply<Scalar: BinaryFloatingPoint>(
    _ value: Scalar, offset: Scalar, scale: Scalar
  ) -> Scalar {
    (value + 1) / 2 * scale + offset
  }
}

/// [norm-quantile-inverse]  (x + 1) · (high − low) / 2 + low: LeRobot multiplies first here.
enum InverseQuantilesToUnit: RangeMap {
  static func apply<Scalar: BinaryFloatingPoint>(
    _ value: Scalar, offset: Scalar, scale: Scalar
  ) -> Scalar {
    (value + 1) * scale / 2 + offset
  }
}

/// How a statistic is repeated over a tensor: element i meets statistic (i / inner) mod period.
package struct StatisticLayout: Equatable {
  /// Elements in a row that share one value.
  var inner: Int
  /// How many values there are.
  var period: Int

  /// Whether a statistic of one shape can be repeated over values of another, [frames] + shape.
  package static func fits(_ statistic: [Int], values shape: [Int]) -> Bool {
    statistic.reduce(1, *) == 1 || StatisticLayout(statistic: statistic, shape: shape) != nil
  }

  /// The layout of broadcasting `statistic` against `shape` from the last axis on; nil where they
  /// do not match, or where the statistic varies along axes that are not neighbours.
  init?(statistic: [Int], shape: [Int]) {
    inner = 1
    period = 1
    guard statistic.count <= shape.count else { return nil }
    var isInside = false
    var isBehind = false
    for (size, extent) in zip(statistic.reversed(), shape.reversed()) {
      if size == 1 {
        isBehind = isBehind || isInside
        if !isInside { inner *= extent }
      } else {
        guard size == extent, !isBehind else { return nil }
        isInside = true
        period *= size
      }
    }
    // One value for all elements.
    if period == 1 { inner = max(1, shape.reduce(1, *)) }
  }
}

/// One mode with one feature's statistics, ready to run over elements of type `Scalar`.
struct NormalizationKernel<Map: ElementMap, Scalar: BinaryFloatingPoint> {
  var offset: [Scalar]
  var scale: [Scalar]
  var layout: StatisticLayout

  /// Maps every element.
  func map(_ values: [Scalar]) -> [Scalar] {
    [Scalar](unsafeUninitializedCapacity: values.count) { result, initializedCount in
      values.withUnsafeBufferPointer { values in
        for start in stride(from: 0, to: values.count, by: layout.inner) {
          let index = start / layout.inner % layout.period
          let (offset, scale) = (offset[index], scale[index])
          for position in start..<start + layout.inner {
            result[position] = Map.apply(values[position], offset: offset, scale: scale)
          }
        }
      }
      initializedCount = values.count
    }
  }

  /// What each byte of a picture maps to, byte / 255 being the value: [period, 256].
  var table: [Scalar] {
    (0..<layout.period).flatMap { index in
      (0...255).map { byte in
        Map.apply(Scalar(byte) / 255, offset: offset[index], scale: scale[index])
      }
    }
  }
}
