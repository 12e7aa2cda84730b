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
  let inner = PictureFit(
    height: picture.size(2), width: picture.size(3), inside: size
  ).inner
  return bilinear(picture, to: inner)
    .padded(before: max(0, size.height - inner.height), after: 0, axis: 2)
    .padded(before: max(0, size.width - inner.width), after: 0, axis: 3) * 2 - 1
}
