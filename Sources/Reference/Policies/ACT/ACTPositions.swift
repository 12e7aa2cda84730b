import LeRobotCore

/// [ACT-pos1d]  P(p, 2i) = sin(p / 10000^(2i/D)),  P(p, 2i + 1) = cos(p / 10000^(2i/D)).
///
/// Vaswani et al. (arXiv:1706.03762), §3.5. Rounded to float32, since it is stored with the weights.
/// LeRobot `modeling_act.py`, `create_sinusoidal_pos_embedding`.
///
/// - Returns: [count, D].
package func sinusoidalPositions1D(count: Int, width: Int) -> Tensor {
  let angles = (0..<count).flatMap { position in
    wave(at: Double(position), width: width)
  }
  return Tensor(angles, shape: [count, width]).map { Double(Float($0)) }
}

/// [ACT-pos2d]  The first D/2 channels are [ACT-pos1d] waves of y = 2π(row + 1)/(h + 10⁻⁶), the
/// others of x = 2π(column + 1)/(w + 10⁻⁶).
///
/// Carion et al. (arXiv:2005.12872), App. A.4. LeRobot `modeling_act.py`,
/// `ACTSinusoidalPositionEmbedding2d`; it counts in float32 (Q-ACT-3).
///
/// - Returns: [1, D, h, w].
package func sinusoidalPositions2D(height: Int, width: Int, channels: Int) -> Tensor {
  func waves(_ count: Int) -> Tensor {  // [count, D/2]
    let positions = (1...count).map { 2 * .pi * Double($0) / (Double(count) + 1e-6) }
    let elements = positions.flatMap { wave(at: $0, width: channels / 2) }
    return Tensor(elements, shape: [count, channels / 2])
  }
  let shape = [channels / 2, height, width]
  let rows = waves(height).transposed.reshaped([channels / 2, height, 1]).broadcast(to: shape)
  let columns = waves(width).transposed.reshaped([channels / 2, 1, width]).broadcast(to: shape)
  return .concatenated([rows, columns], axis: 0).reshaped([1, channels, height, width])
}
