import LeRobotCore

/// [SMOLVLA-picture]  A picture in 0…1 as the tower sees it: as large as it fits, by bilinear interpolation, with
/// black above and on the left, and then in −1…1.
///
/// LeRobot `resize_with_pad` and `prepare_images`; torch `interpolate(mode="bilinear")`, which does not smooth
/// before it makes a picture smaller.
///
/// - Parameters:
///   - picture: [B, 3, h, w].
///   - size: nil leaves the size as it is.
/// - Returns: [B, 3, H, W].
package func fitted(_ picture: Tensor, to size: ImageSize?) -> Tensor {
  guard let size else { return picture * 2 - 1 }
  let inner = SmolVLAPictureFit(
    height: picture.size(2), width: picture.size(3), inside: size
  ).inner
  return bilinear(picture, to: inner)
    .padded(before: max(0, size.height - inner.height), after: 0, axis: 2)
    .padded(before: max(0, size.width - inner.width), after: 0, axis: 3) * 2 - 1
}

/// [bilinear]  Each pixel between the four nearest ones, whose centres lie at halves; past the border the border
/// counts.
///
/// torch `interpolate(align_corners=False)`.
private func bilinear(_ picture: Tensor, to size: ImageSize) -> Tensor {
  interpolated(interpolated(picture, to: size.height, axis: 2), to: size.width, axis: 3)
}

/// Along one axis.
private func interpolated(_ x: Tensor, to count: Int, axis: Int) -> Tensor {
  let length = x.size(axis)
  let rows = (0..<count).map { index -> Tensor in
    let place = max(0, (Double(index) + 0.5) * Double(length) / Double(count) - 0.5)
    let (low, weight) = (Int(place), place - place.rounded(.down))
    let high = min(low + 1, length - 1)
    return (1 - weight) * x.sliced(low..<low + 1, axis: axis)
      + weight * x.sliced(high..<high + 1, axis: axis)
  }
  return .concatenated(rows, axis: axis)
}
