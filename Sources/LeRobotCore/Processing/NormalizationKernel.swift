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
struct StatisticLayout: Equatable {
  /// Elements in a row that share one value.
  var inner: Int
  /// How many values there are.
  var period: Int

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
    spread(values) { value, index in
      Map.apply(value, offset: offset[index], scale: scale[index])
    }
  }

  /// Maps the picture that bytes stand for, byte / 255: 256 results per channel are worked out
  /// once and looked up.
  func mapPicture(_ bytes: [UInt8]) -> [Scalar] {
    let tables = (0..<layout.period).map { index in
      (0..<256).map { Map.apply(Scalar($0) / 255, offset: offset[index], scale: scale[index]) }
    }.flatMap { $0 }
    return spread(bytes) { byte, index in tables[index << 8 | Int(byte)] }
  }

  /// Calls `element` with each value and the index of its statistic.
  @inline(__always)
  private func spread<Value>(
    _ values: [Value], _ element: (Value, Int) -> Scalar
  ) -> [Scalar] {
    [Scalar](unsafeUninitializedCapacity: values.count) { result, initializedCount in
      values.withUnsafeBufferPointer { values in
        var start = 0
        while start < values.count {
          for index in 0..<layout.period {
            for position in start..<start + layout.inner {
              result.initializeElement(at: position, to: element(values[position], index))
            }
            start += layout.inner
          }
        }
      }
      initializedCount = values.count
    }
  }
}
