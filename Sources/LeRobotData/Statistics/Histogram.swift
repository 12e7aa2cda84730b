/// Counts over 5000 equal bins, from which LeRobot reads quantiles
/// (LeRobot `datasets/compute_stats.py`, `RunningQuantileStats`).
///
/// With edges eᵦ and counts nᵦ of the bins, and b the first one up to which p·n values are counted:
/// [stats-quantile]  q(p) = eᵦ + (p·n − Σ_{c<b} n_c) / nᵦ · (eᵦ₊₁ − eᵦ); e₀ where b is the first bin
struct Histogram<Scalar: BinaryFloatingPoint> {
  static var binCount: Int { 5000 }
  /// The quantiles LeRobot keeps, and their names, in ascending order.
  static var quantiles: [(name: String, part: Double)] {
    [("q01", 0.01), ("q10", 0.10), ("q50", 0.50), ("q90", 0.90), ("q99", 0.99)]
  }

  /// Whether a statistic is one of them.
  static func isQuantile(_ name: String) -> Bool { quantiles.contains { $0.name == name } }

  private let edges: NumPy.Linspace<Scalar>
  private var counts = [Double](repeating: 0, count: Self.binCount)

  /// Bins from just below `least` to just above `most`.
  init(least: Scalar, most: Scalar) {
    edges = NumPy.Linspace(least - 1e-10, most + 1e-10, count: Self.binCount + 1)
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

  /// For each of `quantiles` the value below which that part of everything counted lies, interpolated
  /// within its bin.
  func quantiles(of total: Int) -> [Double] {
    var (bin, below) = (0, 0.0)
    return Self.quantiles.map { quantile in
      let target = quantile.part * Double(total)
      while bin < Self.binCount, below + counts[bin] < target {
        below += counts[bin]
        bin += 1
      }
      if bin == 0 || bin == Self.binCount { return Double(edges[bin]) }
      let within = (target - below) / counts[bin]
      return Double(edges[bin]) + within * Double(edges[bin + 1] - edges[bin])
    }
  }
}
