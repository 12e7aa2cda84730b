import LeRobotCore

/// Statistics of one feature in one episode: `min`, `max`, `mean`, `std`, `count`, quantiles
/// (LeRobot `datasets/compute_stats.py`, `compute_episode_stats`).
///
/// [stats-mean]  μ = Σᵢ xᵢ / n
/// [stats-std]   σ = √max(0, Σᵢ xᵢ² / n − μ²)
/// Sums round as NumPy's do, in the type the episode was recorded in.
package enum EpisodeStatistics {
  /// Of float32 values [n, width]. Width 1 is a scalar feature, whose statistics have shape [1].
  package static func ofNumbers(_ values: [Float], width: Int) -> NamedTensors {
    let moments = Moments(values, width: width)
    return moments.statistics(shape: [width]) { HostTensor($0, shape: [width]) }
  }

  /// Of float64 values, one a frame.
  package static func ofNumbers(_ values: [Double]) -> NamedTensors {
    Moments(values, width: 1).statistics(shape: [1]) { HostTensor($0, shape: [1]) }
  }

  /// Of whole numbers, one a frame.
  package static func ofIntegers(_ values: [Int64]) -> NamedTensors {
    let real = Moments(values.map(Double.init), width: 1)
    var statistics = real.statistics(shape: [1]) { HostTensor($0, shape: [1]) }
    for name in ["min", "max"] {
      statistics[name] = HostTensor(
        (statistics[name]?.doubles ?? []).map { Int64($0) }, shape: [1])
    }
    return statistics
  }

  /// Columns' extremes, means and deviations.
  private struct Moments<Scalar: BinaryFloatingPoint> {
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

    /// The quantiles of each column; of a single value that value.
    func quantiles() -> [(name: String, values: [Double])] {
      let histograms = (0..<width).map { column in
        var histogram = Histogram(least: minima[column], most: maxima[column])
        for index in stride(from: column, to: values.count, by: width) {
          histogram.add(values[index])
        }
        return histogram
      }
      return Histogram<Scalar>.quantiles.map { name, part in
        let values = histograms.map { $0.quantile(part, of: count) }
        return (name, count < 2 ? means.map { Double($0) } : values)
      }
    }

    func statistics(shape: [Int], _ tensor: ([Scalar]) -> HostTensor) -> NamedTensors {
      var result: NamedTensors = [
        "min": tensor(minima), "max": tensor(maxima), "mean": tensor(means),
        "std": tensor(deviations), "count": HostTensor([Int64(count)], shape: [1]),
      ]
      for (name, values) in quantiles() { result[name] = HostTensor(values, shape: shape) }
      return result
    }
  }
}
