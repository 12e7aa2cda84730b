import LeRobotCore
import Reference

/// The worst element of two tensors, as a message; nil if all lie within the bound.
///
/// - Parameters:
///   - relative: the bound on max |a − b| as a part of max |a|.
///   - absolute: added to it.
package func mismatch(
  _ a: HostTensor, _ b: HostTensor, relative: Double, absolute: Double = 0
) -> String? {
  guard a.shape == b.shape else { return "shapes \(a.shape) and \(b.shape)" }
  let (left, right) = (a.doubles, b.doubles)
  var (largest, worst) = (0.0, 0)
  for index in left.indices {
    largest = max(largest, abs(left[index]))
    // A difference that is no number is the worst.
    if !(abs(left[index] - right[index]) <= abs(left[worst] - right[worst])) { worst = index }
  }
  let bound = relative * largest + absolute
  guard !left.isEmpty, !(abs(left[worst] - right[worst]) <= bound) else { return nil }
  return "element \(worst) of \(a.shape): \(left[worst]) and \(right[worst]), bound \(bound)"
}

/// The same for tensors of the reference.
package func mismatch(
  _ a: Reference.Tensor, _ b: Reference.Tensor, relative: Double, absolute: Double = 0
) -> String? {
  mismatch(a.float64, b.float64, relative: relative, absolute: absolute)
}

/// The same for lists of numbers.
package func mismatch(
  _ a: [Double], _ b: [Double], relative: Double, absolute: Double = 0
) -> String? {
  mismatch(
    HostTensor(a, shape: [a.count]), HostTensor(b, shape: [b.count]), relative: relative,
    absolute: absolute)
}
