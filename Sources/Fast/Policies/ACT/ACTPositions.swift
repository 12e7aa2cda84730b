import LeRobotCore

/// [ACT-pos1d]
///
/// - Returns: [count, D], float32.
package func sinusoidalPositions1D(count: Int, width: Int) -> Tensor {
  let angles = (0..<count).flatMap { position in
    wave(at: Double(position), width: width)
  }
  return Tensor(angles).reshaped([count, width]).to(.float32)
}

/// [ACT-pos2d]  With libtorch's sines in the given type: in float32 these are LeRobot's bits.
///
/// - Returns: [1, D, h, w], on the CPU.
package func sinusoidalPositions2D(
  height: Int, width: Int, channels: Int, dataType: DataType
) -> Tensor {
  func waves(_ count: Int) -> Tensor {  // [count, D/2]
    let last = Tensor(repeating: Double(count), shape: [], dataType: dataType)
    let positions = Tensor((1...count).map(Double.init)).to(dataType) / (last + 1e-6) * (2 * .pi)
    let exponents = Tensor((0..<channels / 4).map { Double(2 * $0) }).to(dataType)
    let frequencies = (exponents / Double(channels / 2)).powers(of: 10000)
    let angles = positions.reshaped([count, 1]) / frequencies  // [count, D/4]
    return Tensor.stacked([angles.sine(), angles.cosine()], axis: 2)
      .reshaped([count, channels / 2])
  }
  let shape = [channels / 2, height, width]
  let rows = waves(height).transposed(0, 1).reshaped([channels / 2, height, 1])
  let columns = waves(width).transposed(0, 1).reshaped([channels / 2, 1, width])
  return Tensor.concatenated([rows.broadcast(to: shape), columns.broadcast(to: shape)], axis: 0)
    .reshaped([1, channels, height, width])
}

/// Tables of [ACT-pos2d] on the device that needs them, computed once for each size of picture.
final class PositionTables {
  private var tables: [[Int]: Tensor] = [:]

  /// - Parameters:
  ///   - map: a feature map [B, C, h, w].
  ///   - like: a tensor of the type and device that the table is to have.
  /// - Returns: [1, D, h, w].
  func table(for map: Tensor, channels: Int, like: Tensor) -> Tensor {
    let (height, width) = (map.size(2), map.size(3))
    let key = [height, width]
    if let table = tables[key], table.device == like.device, table.dataType == like.dataType {
      return table
    }
    let table = Torch.withoutGradients {
      sinusoidalPositions2D(
        height: height, width: width, channels: channels, dataType: like.dataType
      ).to(device: like.device)
    }
    tables[key] = table
    return table
  }
}
