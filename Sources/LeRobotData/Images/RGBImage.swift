/// A picture of 8-bit RGB pixels, rows from the top.
package struct RGBImage: Sendable, Equatable {
  package let width: Int
  package let height: Int
  /// [height, width, 3], row-major.
  package let pixels: [UInt8]

  /// Wraps pixels; their count must be height · width · 3.
  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(
      pixels.count == height * width * 3,
      "RGBImage: \(pixels.count) bytes do not fill [\(height), \(width), 3]")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// The picture turned as an EXIF orientation asks, 1…8; any other value means upright.
  ///
  /// Pillow `ImageOps.exif_transpose`, which LeRobot's image feature applies when it reads.
  package func upright(orientation: Int) -> RGBImage {
    guard (2...8).contains(orientation) else { return self }
    let swapsAxes = orientation >= 5
    let (outWidth, outHeight) = swapsAxes ? (height, width) : (width, height)
    // Where output (x, y) comes from: mirrored along the stored picture's own axes.
    let mirrorsX = [2, 3, 7, 8].contains(orientation)
    let mirrorsY = [3, 4, 6, 7].contains(orientation)
    var turned: [UInt8] = []
    turned.reserveCapacity(pixels.count)
    for y in 0..<outHeight {
      for x in 0..<outWidth {
        let (column, row) = swapsAxes ? (y, x) : (x, y)
        let sourceX = mirrorsX ? width - 1 - column : column
        let sourceY = mirrorsY ? height - 1 - row : row
        let offset = (sourceY * width + sourceX) * 3
        turned.append(contentsOf: pixels[offset..<offset + 3])
      }
    }
    return RGBImage(width: outWidth, height: outHeight, pixels: turned)
  }
}
