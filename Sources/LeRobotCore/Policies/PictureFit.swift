/// How large a picture becomes inside of a given size, its shape kept.
///
/// LeRobot `resize_with_pad`: sides are cut to whole numbers after a division in float64, which may take a pixel
/// from a side that fits exactly.
package struct PictureFit: Sendable, Equatable {
  package let inner: ImageSize

  /// - Parameters:
  ///   - height: of the picture, pixels.
  ///   - width: of the picture, pixels.
  package init(height: Int, width: Int, inside size: ImageSize) {
    let ratio = max(
      Double(width) / Double(size.width), Double(height) / Double(size.height))
    inner = ImageSize(
      height: max(1, Int(Double(height) / ratio)), width: max(1, Int(Double(width) / ratio)))
  }
}
