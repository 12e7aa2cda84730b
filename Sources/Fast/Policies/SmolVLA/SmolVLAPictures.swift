import LeRobotCore

/// [SMOLVLA-picture]
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
    .padded([max(0, size.width - inner.width), 0, max(0, size.height - inner.height), 0]) * 2 - 1
}
