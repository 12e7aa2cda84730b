import Foundation

/// Element by element, with broadcasting: axes are aligned at the end, and an axis of size 1 or a
/// missing one repeats.
extension Tensor {
  /// A function of each element.
  package func map(_ transform: (Double) -> Double) -> Tensor {
    Tensor(elements.map(transform), shape: shape)
  }

  /// A function of each pair of elements of two tensors broadcast to one shape.
  static func combine(
    _ a: Tensor, _ b: Tensor, _ function: (Double, Double) -> Double
  ) -> Tensor {
    let shape = broadcastShape(a.shape, b.shape)
    let left = a.broadcast(to: shape).elements
    let right = b.broadcast(to: shape).elements
    return Tensor(left.indices.map { function(left[$0], right[$0]) }, shape: shape)
  }

  /// The shape both shapes broadcast to.
  static func broadcastShape(_ a: [Int], _ b: [Int]) -> [Int] {
    let rank = max(a.count, b.count)
    let left = Array(repeating: 1, count: rank - a.count) + a
    let right = Array(repeating: 1, count: rank - b.count) + b
    return (0..<rank).map { axis in
      precondition(
        left[axis] == right[axis] || left[axis] == 1 || right[axis] == 1,
        "Tensor: shapes \(a) and \(b) do not broadcast")
      return left[axis] == 1 ? right[axis] : left[axis]
    }
  }

  /// The tensor repeated along axes of size 1, and along new axes in front.
  package func broadcast(to target: [Int]) -> Tensor {
    if target == shape { return self }
    precondition(
      Tensor.broadcastShape(shape, target) == target,
      "Tensor: shape \(shape) does not broadcast to \(target)")
    let missing = target.count - rank
    let repeated =
      Array(repeating: 0, count: missing)
      + zip(shape, strides).map { size, stride in size == 1 ? 0 : stride }
    return strided(target, strides: repeated)
  }

  /// Sums over what broadcasting repeated: the adjoint of `broadcast(to:)`.
  package func sum(to target: [Int]) -> Tensor {
    if target == shape { return self }
    let missing = rank - target.count
    let repeated = shape.indices.filter { axis in
      axis < missing || (target[axis - missing] == 1 && shape[axis] != 1)
    }
    return sum(repeated).reshaped(target)
  }

  /// The sum of each pair.
  package static func + (a: Tensor, b: Tensor) -> Tensor { combine(a, b, +) }
  /// The difference of each pair.
  package static func - (a: Tensor, b: Tensor) -> Tensor { combine(a, b, -) }
  /// The product of each pair.
  package static func * (a: Tensor, b: Tensor) -> Tensor { combine(a, b, *) }
  /// The quotient of each pair.
  package static func / (a: Tensor, b: Tensor) -> Tensor { combine(a, b, /) }
  /// Each element with the other sign.
  package static prefix func - (a: Tensor) -> Tensor { a.map { -$0 } }

  /// A number added to each element.
  package static func + (a: Tensor, b: Double) -> Tensor { a.map { $0 + b } }
  /// A number taken from each element.
  package static func - (a: Tensor, b: Double) -> Tensor { a.map { $0 - b } }
  /// Each element times a number.
  package static func * (a: Tensor, b: Double) -> Tensor { a.map { $0 * b } }
  /// Each element divided by a number.
  package static func / (a: Tensor, b: Double) -> Tensor { a.map { $0 / b } }
  /// Each element times a number.
  package static func * (a: Double, b: Tensor) -> Tensor { b.map { a * $0 } }

  /// √x of each element.
  package func squareRoot() -> Tensor { map { $0.squareRoot() } }

  /// eˣ of each element.
  package func exp() -> Tensor { map { Foundation.exp($0) } }

  /// Whether every element is a finite number.
  package var isFinite: Bool { elements.allSatisfy(\.isFinite) }
}
