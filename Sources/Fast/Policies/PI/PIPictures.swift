import LeRobotCore

/// [PI-picture]
///
/// - Parameter picture: [B, 3, h, w].
/// - Returns: [B, 3, H, W].
package func centred(_ picture: Tensor, in size: ImageSize) -> Tensor {
  let (height, width) = (picture.size(2), picture.size(3))
  if height == size.height, width == size.width { return picture * 2 - 1 }
  let inner = PictureFit(height: height, width: width, inside: size).inner
  let fitted = bilinear(picture, to: inner).clamped(to: -1...1) * 2 - 1
  let rows = bordered(fitted, to: size.height, axis: 2)
  return bordered(rows, to: size.width, axis: 3)
}

/// x between borders of −3 along an axis.
private func bordered(_ x: Tensor, to count: Int, axis: Int) -> Tensor {
  let missing = max(0, count - x.size(axis))
  func border(_ size: Int) -> Tensor {
    var shape = x.shape
    shape[axis] = size
    return Tensor(repeating: -3, shape: shape, dataType: x.dataType, device: x.device)
  }
  return .concatenated(
    [border(missing / 2), x, border(missing - missing / 2)], axis: axis)
}
