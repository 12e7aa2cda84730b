import LeRobotCore

/// Statistics of one feature in one episode: `min`, `max`, `mean`, `std`, `count`, quantiles
/// (LeRobot `datasets/compute_stats.py`, `get_feature_stats`).
///
/// [stats-mean]  μ = Σᵢ xᵢ / n
/// [stats-std]   σ = √max(0, Σᵢ xᵢ² / n − μ²)
/// Sums round as NumPy's do, in the type of the values; those of whole numbers in float64.
package enum EpisodeStatistics {
  /// Of a column of a dataset's table.
  ///
  /// - Parameter values: [n, width], of any of the types that torch gives columns, or float64.
  package static func of(_ values: HostTensor, width: Int) -> NamedTensors {
    if let reals = values.values(of: Float.self) { return ofNumbers(reals, width: width) }
    if let reals = values.values(of: Double.self) { return ofNumbers(reals, width: width) }
    let whole = values.values(of: Int64.self) ?? values.doubles.map { Int64($0) }
    return ofIntegers(whole, width: width)
  }

  /// Of float32 or float64 values [n, width].
  ///
  /// - Parameter width: 1 for a scalar feature, whose statistics have the shape [1].
  package static func ofNumbers<Scalar: BinaryFloatingPoint & HostElement>(
    _ values: [Scalar], width: Int = 1
  ) -> NamedTensors {
    Moments(values, width: width).statistics
  }

  /// Of whole numbers [n, width]; their extremes are whole numbers, too.
  package static func ofIntegers(_ values: [Int64], width: Int = 1) -> NamedTensors {
    var statistics = ofNumbers(values.map(Double.init), width: width)
    for name in ["min", "max"] {
      statistics[name] = HostTensor(
        (statistics[name]?.doubles ?? []).map { Int64($0) }, shape: [width])
    }
    return statistics
  }

  /// Columns' extremes, means and deviations.
  private struct Moments<Scalar: BinaryFloatingPoint & HostElement> {
    let values: [Scalar]
    let width: Int
    var count: Int { values.count / width }
    let minima: [Scalar]
    let maxima: [Scalar]
    let means: [Scalar]
    let deviations: [Scalar]

    init(_ values: [Scalar], width: Int) {
      (self.values, self.width) = (values, width)
      let count = Scalar(values.count / width)
      let means = NumPy.columnSums(values, width: width).map { $0 / count }
      let squares = NumPy.columnSums(values.map { $0 * $0 }, width: width).map { $0 / count }
      self.means = means
      deviations = zip(squares, means).map { max(0, $0 - $1 * $1).squareRoot() }
      func column(_ index: Int) -> some Sequence<Scalar> {
        stride(from: index, to: values.count, by: width).lazy.map { values[$0] }
      }
      minima = (0..<width).map { column($0).min() ?? 0 }
      maxima = (0..<width).map { column($0).max() ?? 0 }
    }

    /// The quantiles of each column, in the order of `Histogram.quantiles`; of a single value that value.
    func quantiles(ofColumn column: Int) -> [Double] {
      guard count > 1 else { return Histogram<Scalar>.quantiles.map { _ in Double(means[column]) } }
      var histogram = Histogram(least: minima[column], most: maxima[column])
      for index in stride(from: column, to: values.count, by: width) {
        histogram.add(values[index])
      }
      return histogram.quantiles(of: count)
    }

    var statistics: NamedTensors {
      func tensor(_ values: [Scalar]) -> HostTensor { HostTensor(values, shape: [width]) }
      var result: NamedTensors = [
        "min": tensor(minima), "max": tensor(maxima), "mean": tensor(means),
        "std": tensor(deviations), "count": HostTensor([Int64(count)], shape: [1]),
      ]
      let quantiles = (0..<width).map(quantiles(ofColumn:))
      for (place, quantile) in Histogram<Scalar>.quantiles.enumerated() {
        result[quantile.name] = HostTensor(quantiles.map { $0[place] }, shape: [width])
      }
      return result
    }
  }
}
