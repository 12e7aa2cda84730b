/// Counts over 5000 equal bins, from which LeRobot reads quantiles
/// (LeRobot `datasets/compute_stats.py`, `RunningQuantileStats`).
struct Histogram<Scalar: BinaryFloatingPoint> {
  static var binCount: Int { 5000 }
  /// The quantiles LeRobot keeps, and their names.
  static var quantiles: [(name: String, part: Double)] {
    [("q01", 0.01), ("q10", 0.10), ("q50", 0.50), ("q90", 0.90), ("q99", 0.99)]
  }

  private let edges: [Scalar]
  private var counts = [Double](repeating: 0, count: Self.binCount)

  /// Bins from just below `least` to just above `most`.
  init(least: Scalar, most: Scalar) {
    edges = NumPy.linspace(least - 1e-10, most + 1e-10, count: Self.binCount + 1)
  }

  /// Counts a value, `times` over. A value on an edge belongs to the bin above, but the last.
  mutating func add(_ value: Scalar, times: Int = 1) {
    var (low, high) = (0, edges.count)
    while low < high {
      let middle = (low + high) / 2
      if edges[middle] <= value { low = middle + 1 } else { high = middle }
    }
    counts[min(max(low - 1, 0), Self.binCount - 1)] += Double(times)
  }

  /// The value below which a part of everything counted lies, interpolated within its bin.
  func quantile(_ part: Double, of total: Int) -> Double {
    let target = part * Double(total)
    var below = 0.0
    for (bin, count) in counts.enumerated() {
      if below + count >= target {
        guard bin > 0 else { return Double(edges[0]) }
        let within = (target - below) / count
        return Double(edges[bin]) + within * Double(edges[bin + 1] - edges[bin])
      }
      below += count
    }
    return Double(edges[Self.binCount])
  }
}
