/// Sums, other arrangements of the same elements, and what reads some of them several times. All are
/// linear, so that each pullback is the adjoint map.
extension Variable {
  /// Σ over the given axes; each summand receives the sum's gradient.
  package func sum(_ axes: [Int], keepingAxes: Bool = false) -> Variable {
    let kept = value.sum(axes, keepingAxes: true).shape
    return Variable(
      value.sum(axes, keepingAxes: keepingAxes),
      [Edge(self) { [shape] in $0.reshaped(kept).broadcast(to: shape) }])
  }

  /// Σ over all elements, shape [].
  package func sum() -> Variable { sum(Array(shape.indices)) }

  /// The mean over the given axes.
  package func mean(_ axes: [Int], keepingAxes: Bool = false) -> Variable {
    sum(axes, keepingAxes: keepingAxes)
      / Double(axes.map { shape[value.axis($0)] }.reduce(1, *))
  }

  /// The mean over all elements, shape [].
  package func mean() -> Variable { mean(Array(shape.indices)) }

  /// The same elements under another shape; one size may be -1.
  package func reshaped(_ newShape: [Int]) -> Variable {
    Variable(value.reshaped(newShape), [Edge(self) { [shape] in $0.reshaped(shape) }])
  }

  /// Axes in another order.
  package func permuted(_ order: [Int]) -> Variable {
    let inverse = order.indices.sorted { order[$0] < order[$1] }
    return Variable(value.permuted(order), [Edge(self) { $0.permuted(inverse) }])
  }

  /// The last two axes exchanged.
  package var transposed: Variable { Variable(value.transposed, [Edge(self) { $0.transposed }]) }

  /// The elements repeated along axes of size 1, and along new axes in front.
  package func broadcast(to target: [Int]) -> Variable {
    Variable(value.broadcast(to: target), [Edge(self) { [shape] in $0.sum(to: shape) }])
  }

  /// The elements of `range` along one axis.
  package func sliced(_ range: Range<Int>, axis: Int) -> Variable {
    let size = shape[value.axis(axis)]
    return Variable(
      value.sliced(range, axis: axis),
      [
        Edge(self) {
          $0.padded(before: range.lowerBound, after: size - range.upperBound, axis: axis)
        }
      ])
  }

  /// Variables joined along one axis.
  package static func concatenated(_ parts: [Variable], axis: Int) -> Variable {
    let axis = parts[0].value.axis(axis)
    var start = 0
    let edges = parts.map { part in
      let range = start..<start + part.shape[axis]
      start = range.upperBound
      return Edge(part) { $0.sliced(range, axis: axis) }
    }
    return Variable(.concatenated(parts.map(\.value), axis: axis), edges)
  }

  /// The elements at the given places of `value.elements`, as a tensor of the given shape. A place
  /// read several times receives the sum of the gradients.
  package func gathered(_ places: [Int], shape resultShape: [Int]) -> Variable {
    let result = Tensor(places.map { value.elements[$0] }, shape: resultShape)
    return Variable(
      result,
      [
        Edge(self) { [shape] gradient in
          var sums = Array(repeating: 0.0, count: shape.reduce(1, *))
          for (place, part) in zip(places, gradient.elements) { sums[place] += part }
          return Tensor(sums, shape: shape)
        }
      ])
  }
}
