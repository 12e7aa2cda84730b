import LeRobotCore

/// [TDMPC-shift]  One gather from the pictures as they are: nothing is padded, and the host does not ask
/// how far they are shifted.
///
/// - Parameters:
///   - x: pictures [N, C, S, S].
///   - padding: p, pixels.
///   - random: draws dx and dy of each picture.
/// - Returns: [N, C, S, S].
package func randomlyShifted(_ x: Tensor, padding: Int, _ random: any RandomSource) -> Tensor {
  let shifts = random.integers([x.size(0), 2], below: 2 * padding + 1)  // dx, dy
  let (count, channels, size) = (x.size(0), x.size(1), x.size(2))
  let pixels = Tensor.ones([1, size], device: x.device).cumulativeSum(axis: 1) - 1  // 0 ..< S
  // Where each row or column of a picture comes from, [N, S].
  func places(_ axis: Int) -> Tensor {
    (pixels + shifts.sliced(axis..<axis + 1, axis: 1) - Double(padding))
      .clamped(to: 0...Double(size - 1))
  }
  let starts = (places(1) * Double(size)).to(.int64)  // of rows
  let sources = starts.expanded(axis: 2) + places(0).to(.int64).expanded(axis: 1)  // [N, S, S]
  let everyChannel = sources.reshaped([count, 1, size * size]).broadcast(
    to: [count, channels, size * size])
  return x.reshaped([count, channels, size * size]).gathered(everyChannel, axis: 2)
    .reshaped(x.shape)
}
