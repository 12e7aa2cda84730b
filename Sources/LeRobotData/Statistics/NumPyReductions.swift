/// NumPy's order of rounding, which statistics in float32 show in their last digits.
enum NumPy {
  /// `values.reshape(-1, width).sum(axis=0)`: row after row, or pairwise where there is one column.
  static func columnSums<Scalar: BinaryFloatingPoint>(_ values: [Scalar], width: Int) -> [Scalar] {
    if width == 0 { return [] }
    if width == 1 { return [pairwiseSum(values[...])] }
    var sums = [Scalar](repeating: 0, count: width)
    for start in stride(from: 0, to: values.count, by: width) {
      for column in 0..<width { sums[column] += values[start + column] }
    }
    return sums
  }

  /// Blocks of at most 128 in eight running sums, blocks added in a tree
  /// (NumPy `loops_utils.h`, `pairwise_sum`).
  static func pairwiseSum<Scalar: BinaryFloatingPoint>(_ values: ArraySlice<Scalar>) -> Scalar {
    if values.count < 8 { return values.reduce(0, +) }
    guard values.count <= 128 else {
      let half = values.count / 2
      let middle = values.startIndex + half - half % 8
      return pairwiseSum(values[..<middle]) + pairwiseSum(values[middle...])
    }
    let start = values.startIndex
    let whole = values.count - values.count % 8
    var sums = Array(values[start..<start + 8])
    for block in stride(from: start + 8, to: start + whole, by: 8) {
      for lane in 0..<8 { sums[lane] += values[block + lane] }
    }
    let total =
      ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))
    return values[(start + whole)...].reduce(total, +)
  }

  /// `linspace(first, last, count)` in the type of its ends, one value at a time.
  struct Linspace<Scalar: BinaryFloatingPoint> {
    let count: Int
    private let first: Scalar
    private let last: Scalar
    private let length: Scalar
    private let step: Scalar

    /// - Parameter count: 1 or more.
    init(_ first: Scalar, _ last: Scalar, count: Int) {
      (self.first, self.last, self.count) = (first, last, count)
      length = last - first
      step = length / Scalar(max(1, count - 1))
    }

    subscript(index: Int) -> Scalar {
      if index == count - 1, count > 1 { return last }
      return step == 0
        ? Scalar(index) / Scalar(max(1, count - 1)) * length + first : Scalar(index) * step + first
    }
  }

  /// `linspace(first, last, count)` in the type of its ends.
  static func linspace<Scalar: BinaryFloatingPoint>(
    _ first: Scalar, _ last: Scalar, count: Int
  ) -> [Scalar] {
    let values = Linspace(first, last, count: count)
    return (0..<count).map { values[$0] }
  }
}
