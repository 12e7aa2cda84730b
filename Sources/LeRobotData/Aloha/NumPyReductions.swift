/// NumPy's order of rounding, which statistics in float32 show in their last digits.
enum NumPy {
  /// `values.reshape(-1, width).sum(axis=0)`: row after row, or pairwise where there is one column.
  static func columnSums<Scalar: BinaryFloatingPoint>(_ values: [Scalar], width: Int) -> [Scalar] {
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

  /// `linspace(first, last, count)` in the type of its ends.
  static func linspace<Scalar: BinaryFloatingPoint>(
    _ first: Scalar, _ last: Scalar, count: Int
  ) -> [Scalar] {
    guard count > 1 else { return [first] }
    let length = last - first
    let step = length / Scalar(count - 1)
    var values = (0..<count).map { index in
      step == 0
        ? Scalar(index) / Scalar(count - 1) * length + first : Scalar(index) * step + first
    }
    values[count - 1] = last
    return values
  }
}
