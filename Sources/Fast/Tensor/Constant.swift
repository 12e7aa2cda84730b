/// Numbers that never change, copied to where they are needed once.
final class Constant {
  private let values: Tensor
  private var placed: Tensor?

  /// - Parameter values: on the CPU, in float64.
  init(_ values: Tensor) { self.values = values }

  /// The numbers in the type and on the device of another tensor.
  func placed(like other: Tensor) -> Tensor {
    if let placed, placed.device == other.device, placed.dataType == other.dataType {
      return placed
    }
    let new = Torch.withoutGradients { values.to(other.dataType, device: other.device) }
    placed = new
    return new
  }
}
