import LeRobotCore

/// Pictures of one size, side by side.
struct PictureGrid {
  /// [columns, rows, channels, height, width], of bytes in row-major order; one channel is grey.
  var bytes: [UInt8]
  var columns: Int
  var rows: Int
  /// 1 or 3.
  var channels: Int
  var height: Int
  var width: Int

  /// Pixels between two pictures, which are of a middle grey.
  private static let gap = 2
  private static let gapValue: UInt8 = 128

  /// All pictures as one, made smaller by a whole number where it would be wider than the limit.
  ///
  /// A pixel is the rounded mean of a square of pixels; what is left at the right and lower edge of a
  /// picture is dropped.
  ///
  /// - Returns: nil where nothing is left of a picture.
  func sheet(crop: PictureCrop?, widthLimit: Int) -> RGBImage? {
    let whole = PictureCrop(top: 0, left: 0, height: height, width: width)
    let part = (crop ?? whole).clipped(height: height, width: width)
    guard columns > 0, rows > 0, part.height > 0, part.width > 0 else { return nil }
    let room = max(1, (widthLimit + Self.gap) / columns - Self.gap)
    // The least whole number by which the width, rounded down, fits.
    let factor = min(part.width / (room + 1) + 1, part.width, part.height)
    let cell = (width: part.width / factor, height: part.height / factor)
    let sheetWidth = columns * (cell.width + Self.gap) - Self.gap
    let sheetHeight = rows * (cell.height + Self.gap) - Self.gap
    var pixels = [UInt8](repeating: Self.gapValue, count: sheetHeight * sheetWidth * 3)
    for index in 0..<columns * rows {
      let (column, row) = (index / rows, index % rows)
      for y in 0..<cell.height {
        let line = (row * (cell.height + Self.gap) + y) * sheetWidth
        let start = 3 * (line + column * (cell.width + Self.gap))
        for sample in 0..<3 * cell.width {
          pixels[start + sample] = mean(
            plane: index * channels + min(sample % 3, channels - 1), top: part.top + y * factor,
            left: part.left + sample / 3 * factor, side: factor)
        }
      }
    }
    return RGBImage(width: sheetWidth, height: sheetHeight, pixels: pixels)
  }

  /// The rounded mean of a square of a plane.
  private func mean(plane: Int, top: Int, left: Int, side: Int) -> UInt8 {
    var sum = side * side / 2
    for y in top..<top + side {
      let start = (plane * height + y) * width + left
      for index in start..<start + side { sum += Int(bytes[index]) }
    }
    return UInt8(sum / (side * side))
  }
}
