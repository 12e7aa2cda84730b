import LeRobotCore

/// [bilinear]  One operation.
///
/// - Parameter picture: [B, 3, h, w].
/// - Returns: [B, 3, H, W].
package func bilinear(_ picture: Tensor, to size: ImageSize) -> Tensor {
  picture.interpolated(height: size.height, width: size.width)
}
