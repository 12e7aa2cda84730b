/// Other arrangements of the same elements.
extension Tensor {
  /// The elements reached by walking `shape` with `strides` from `offset`, in row-major order.
  ///
  /// The one loop behind `permuted`, `sliced` and `broadcast`: a stride of 0 repeats.
  func strided(_ shape: [Int], strides: [Int], offset: Int = 0) -> Tensor {
    var result: [Double] = []
    result.reserveCapacity(shape.reduce(1, *))
    if shape.contains(0) { return Tensor(result, shape: shape) }
    let innerSize = shape.last ?? 1
    let innerStride = strides.last ?? 1
    let outer = shape.indices.dropLast()
    var index = Array(repeating: 0, count: shape.count)
    var start = offset
    while true {
      for position in 0..<innerSize { result.append(elements[start + position * innerStride]) }
      // Count up like an odometer, the last outer axis fastest.
      var axis = outer.endIndex - 1
      while axis >= 0 {
        index[axis] += 1
        start += strides[axis]
        if index[axis] < shape[axis] { break }
        start -= index[axis] * strides[axis]
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return Tensor(result, shape: shape) }
    }
  }

  /// The same elements in the same order under another shape; one size may be -1 (inferred).
  package func reshaped(_ newShape: [Int]) -> Tensor {
    guard let inferred = newShape.firstIndex(of: -1) else {
      precondition(
        newShape.reduce(1, *) == count, "Tensor: cannot reshape \(shape) to \(newShape)")
      return Tensor(elements, shape: newShape)
    }
    var full = newShape
    full[inferred] = 1
    full[inferred] = count / max(1, full.reduce(1, *))
    precondition(full.reduce(1, *) == count, "Tensor: cannot reshape \(shape) to \(newShape)")
    return Tensor(elements, shape: full)
  }

  /// Axes in another order: axis i of the result is axis `order[i]` of this tensor.
  package func permuted(_ order: [Int]) -> Tensor {
    precondition(
      order.sorted() == Array(shape.indices), "Tensor: \(order) does not permute shape \(shape)")
    if order == Array(shape.indices) { return self }
    return strided(order.map { shape[$0] }, strides: order.map { strides[$0] })
  }

  /// The last two axes exchanged.
  package var transposed: Tensor {
    precondition(rank >= 2, "Tensor: shape \(shape) has no two axes to exchange")
    return permuted(Array(0..<rank - 2) + [rank - 1, rank - 2])
  }

  /// The elements of `range` along one axis.
  package func sliced(_ range: Range<Int>, axis: Int) -> Tensor {
    let axis = self.axis(axis)
    precondition(
      range.lowerBound >= 0 && range.upperBound <= shape[axis],
      "Tensor: range \(range) is outside axis \(axis) of shape \(shape)")
    var size = shape
    size[axis] = range.count
    return strided(size, strides: strides, offset: range.lowerBound * strides[axis])
  }

  /// Tensors joined along one axis; the other sizes must agree.
  package static func concatenated(_ parts: [Tensor], axis: Int) -> Tensor {
    let axis = parts[0].axis(axis)
    let outer = parts[0].shape[..<axis].reduce(1, *)
    var joined = parts[0].shape
    joined[axis] = parts.map { $0.shape[axis] }.reduce(0, +)
    for part in parts {
      var expected = joined
      expected[axis] = part.shape[axis]
      precondition(
        part.shape == expected, "Tensor: cannot join \(part.shape) to \(parts[0].shape)")
    }
    var elements: [Double] = []
    elements.reserveCapacity(joined.reduce(1, *))
    for row in 0..<outer {
      for part in parts {
        let length = part.count / outer
        elements += part.elements[row * length..<(row + 1) * length]
      }
    }
    return Tensor(elements, shape: joined)
  }

  /// Zeros in front of and behind the elements along one axis: the adjoint of `sliced`.
  package func padded(before: Int, after: Int, axis: Int) -> Tensor {
    func zeros(_ size: Int) -> Tensor {
      var padding = shape
      padding[self.axis(axis)] = size
      return .zeros(padding)
    }
    return .concatenated([zeros(before), self, zeros(after)], axis: axis)
  }
}
