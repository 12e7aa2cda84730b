import Foundation
import LeRobotCore

/// [ACT-pos1d]  In float64, rounded to float32 once.
///
/// - Returns: [N, D].
func sinusoidalPositions1D(count: Int, width: Int) -> [Float] {
  (0..<count).flatMap { position in
    (0..<width).map { j in
      let angle = Double(position) / pow(10000, Double(2 * (j / 2)) / Double(width))
      return Float(j % 2 == 0 ? sin(angle) : cos(angle))
    }
  }
}

/// [ACT-pos2d]  In libtorch's float32 sines, which is what LeRobot computes; in a float64 policy in
/// float64. The table depends on the picture's size alone, so it is computed once for each.
final class SinusoidalPositions2D {
  /// D, half of it for rows and half for columns.
  private let width: Int
  private var tables: [[Int]: Tensor] = [:]

  init(width: Int) {
    self.width = width
  }

  /// - Parameter x: a feature map [B, C, H, W]; only its size, type and device matter.
  /// - Returns: [H·W, 1, D].
  func callAsFunction(_ x: Tensor, dataType: DataType) -> Tensor {
    let size = [x.size(2), x.size(3)]
    if let table = tables[size], table.device == x.device, table.dataType == dataType {
      return table
    }
    let table = Torch.withoutGradients {
      positions(rows: size[0], columns: size[1], dataType).to(device: x.device)
    }
    tables[size] = table
    return table
  }

  private func positions(rows: Int, columns: Int, _ dataType: DataType) -> Tensor {
    let half = width / 2
    let y = waves(count: rows, dataType).reshaped([rows, 1, half])
    let x = waves(count: columns, dataType).reshaped([1, columns, half])
    let shape = [rows, columns, half]
    return Tensor.concatenated([y.broadcast(to: shape), x.broadcast(to: shape)], axis: 2)
      .reshaped([rows * columns, 1, width])
  }

  /// Sines and cosines in turn of 2π·p/(n + 10⁻⁶), p = 1…n, at D/4 frequencies: [n, D/2].
  private func waves(count: Int, _ dataType: DataType) -> Tensor {
    let last = Tensor(repeating: Double(count), shape: [], dataType: dataType) + 1e-6
    let position = sequence((1...count).map(Double.init), dataType) / last * (2 * Double.pi)
    let exponents = (0..<width / 4).map { Double(2 * $0) }
    let frequency = (sequence(exponents, dataType) / Double(width / 2)).powers(of: 10000)
    let angle = position.reshaped([count, 1]) / frequency  // [n, D/4]
    return Tensor.stacked([angle.sine(), angle.cosine()], axis: 2).reshaped([count, width / 2])
  }

  private func sequence(_ values: [Double], _ dataType: DataType) -> Tensor {
    Tensor(values).to(dataType)
  }
}
