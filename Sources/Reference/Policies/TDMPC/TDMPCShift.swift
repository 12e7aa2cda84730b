import LeRobotCore

/// [TDMPC-shift]  x′(i, j) = x(i + dy − p, j + dx − p), places beyond a border taken at the border, with
/// dx and dy uniform in 0…2p for each picture.
///
/// Yarats et al. (arXiv:2107.09645), §3.1. LeRobot `random_shifts_aug`, which reads these places by
/// bilinear sampling on a grid of float32, and so misses them by up to 1.5e-5 of a picture's range.
///
/// - Parameters:
///   - x: pictures [N, C, S, S].
///   - padding: p, pixels.
///   - random: draws dx and dy of each picture.
/// - Returns: [N, C, S, S].
package func randomlyShifted(_ x: Tensor, padding: Int, _ random: any RandomSource) -> Tensor {
  let shifts = random.integers([x.size(0), 2], below: 2 * padding + 1)  // dx, dy
  let (channels, size) = (x.size(1), x.size(2))
  func place(_ pixel: Int, _ shift: Double) -> Int {
    min(max(pixel + Int(shift) - padding, 0), size - 1)
  }
  let pictures = (0..<x.size(0)).map { n in
    let (dx, dy) = (shifts.elements[2 * n], shifts.elements[2 * n + 1])
    let columns = (0..<size).map { place($0, dx) }
    let start = n * channels * size * size
    let elements = (0..<channels * size).flatMap { row in
      let (channel, i) = row.quotientAndRemainder(dividingBy: size)
      let source = start + (channel * size + place(i, dy)) * size
      return columns.map { x.elements[source + $0] }
    }
    return Tensor(elements, shape: [1, channels, size, size])
  }
  return .concatenated(pictures, axis: 0)
}
