import LeRobotCore

/// [bilinear]  Each pixel between the four nearest ones, whose centres lie at halves; past the border the border
/// counts.
///
/// torch `interpolate(mode="bilinear", align_corners=False)`, which does not smooth before it makes a picture
/// smaller.
///
/// - Parameter picture: [B, 3, h, w].
/// - Returns: [B, 3, H, W].
package func bilinear(_ picture: Tensor, to size: ImageSize) -> Tensor {
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
