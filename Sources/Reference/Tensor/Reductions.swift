/// Sums, means and maxima over axes.
extension Tensor {
  /// Reduces the given axes, which keep size 1 in the result if `keepingAxes`.
  private func reduce(
    _ axes: [Int], keepingAxes: Bool, _ reduction: (ArraySlice<Double>) -> Double
  ) -> Tensor {
    let reduced = Set(axes.map(axis))
    let kept = shape.indices.filter { !reduced.contains($0) }
    let rows = permuted(kept + reduced.sorted())
    let length = reduced.map { shape[$0] }.reduce(1, *)
    let rowCount = kept.map { shape[$0] }.reduce(1, *)
    let values = (0..<rowCount).map { row in
      reduction(rows.elements[row * length..<(row + 1) * length])
    }
    let resultShape =
      keepingAxes
      ? shape.indices.map { reduced.contains($0) ? 1 : shape[$0] } : kept.map { shape[$0] }
    return Tensor(values, shape: resultShape)
  }

  /// Σ over the given axes.
  package func sum(_ axes: [Int], keepingAxes: Bool = false) -> Tensor {
    reduce(axes, keepingAxes: keepingAxes) { row in
      var total = 0.0
      for value in row { total += value }
      return total
    }
  }

  /// Along the last axis the sum up to each element.
  package func runningSum() -> Tensor {
    let width = size(rank - 1)
    var sum = 0.0
    let sums = elements.enumerated().map { index, element in
      sum = index.isMultiple(of: width) ? element : sum + element
      return sum
    }
    return Tensor(sums, shape: shape)
  }

  /// Σ over all elements, shape [].
  package func sum() -> Tensor { sum(Array(shape.indices)) }

  /// The mean over the given axes.
  package func mean(_ axes: [Int], keepingAxes: Bool = false) -> Tensor {
    sum(axes, keepingAxes: keepingAxes) / Double(axes.map { shape[axis($0)] }.reduce(1, *))
  }

  /// The maximum over the given axes.
  package func maximum(_ axes: [Int], keepingAxes: Bool = false) -> Tensor {
    reduce(axes, keepingAxes: keepingAxes) { row in row.reduce(-.infinity, Swift.max) }
  }

  /// Where the largest element of each row stands along the last axis, which disappears: the first
  /// of equals. A NaN is larger than any number, as in torch.
  package func argmax() -> Tensor {
    reduce([-1], keepingAxes: false) { row in
      let largest = row.indices.dropFirst().reduce(row.startIndex) { best, place in
        !row[best].isNaN && (row[place].isNaN || row[place] > row[best]) ? place : best
      }
      return Double(largest - row.startIndex)
    }
  }

  /// 1 at the place that each element names and 0 elsewhere, along a new last axis.
  ///
  /// - Parameter count: places.
  package func oneHot(_ count: Int) -> Tensor {
    Tensor(
      elements.flatMap { place in (0..<count).map { Double($0) == place ? 1.0 : 0 } },
      shape: shape + [count])
  }

  /// The minimum over the given axes.
  package func minimum(_ axes: [Int]) -> Tensor {
    reduce(axes, keepingAxes: false) { row in row.reduce(.infinity, Swift.min) }
  }

  /// √(Σ (x − mean)² / (n − 1)) over the given axes of n elements.
  package func standardDeviation(_ axes: [Int]) -> Tensor {
    let count = Double(axes.map { shape[axis($0)] }.reduce(1, *))
    let centred = self - mean(axes, keepingAxes: true)
    return ((centred * centred).sum(axes) / (count - 1)).squareRoot()
  }

  /// ‖x‖₂ = √Σ x², over all elements.
  package var norm: Double { map { $0 * $0 }.sum().scalar.squareRoot() }
}
