import LeRobotCore

/// [PI-picture]  A picture in 0…1 as the tower sees it: as large as it fits, by bilinear interpolation, and in
/// −1…1. Borders above, below and on both sides are −3 (Q-PI-1); an odd rest is below and on the right.
///
/// LeRobot `resize_with_pad_torch` and `_preprocess_images`.
///
/// - Parameter picture: [B, 3, h, w].
/// - Returns: [B, 3, H, W].
package func centred(_ picture: Tensor, in size: ImageSize) -> Tensor {
  let (height, width) = (picture.size(2), picture.size(3))
  if height == size.height, width == size.width { return picture * 2 - 1 }
  let inner = PictureFit(height: height, width: width, inside: size).inner
  let fitted = bilinear(picture, to: inner).map { min(max($0, -1), 1) * 2 - 1 }
  let rows = bordered(fitted, to: size.height, axis: 2)
  return bordered(rows, to: size.width, axis: 3)
}

/// x between borders of −3 along an axis.
private func bordered(_ x: Tensor, to count: Int, axis: Int) -> Tensor {
  let missing = max(0, count - x.size(axis))
  func border(_ size: Int) -> Tensor {
    var shape = x.shape
    shape[axis] = size
    return Tensor(repeating: -3, shape: shape)
  }
  return .concatenated(
    [border(missing / 2), x, border(missing - missing / 2)], axis: axis)
}
