/// OpenCV's `drawMarker(…, MARKER_CROSS)`: a horizontal and a vertical stroke with round ends.
package struct CrossMarker: Sendable {
  /// From the middle to the end of a stroke, without the round end.
  private let reach: Int
  /// Pixels on each side of a stroke's middle line, and the radius of its end.
  private let halfWidth: Int

  /// - Parameters:
  ///   - size: length of a stroke, pixels.
  ///   - thickness: its width, 1 or more; OpenCV rounds an even one up.
  package init(size: Int, thickness: Int) {
    precondition(thickness >= 1, "CrossMarker: thickness \(thickness) is less than 1")
    reach = size / 2
    halfWidth = thickness == 1 ? 0 : (thickness + 1) / 2
  }

  /// Draws on an image, off whose edges it may reach.
  package func draw(
    on image: inout EnvironmentImage, x: Int, y: Int, colour: (UInt8, UInt8, UInt8)
  ) {
    func dot(_ x: Int, _ y: Int) {
      guard x >= 0, y >= 0, x < image.width, y < image.height else { return }
      let offset = (y * image.width + x) * 3
      image.pixels[offset] = colour.0
      image.pixels[offset + 1] = colour.1
      image.pixels[offset + 2] = colour.2
    }
    let length = reach + halfWidth
    for along in -length...length {
      let side = side(beyond: max(abs(along) - reach, 0))
      for across in -side...side {
        dot(x + along, y + across)
        dot(x + across, y + along)
      }
    }
  }

  /// Half of the width at a distance past where the round end begins.
  private func side(beyond distance: Int) -> Int {
    Int(Double(halfWidth * halfWidth - distance * distance).squareRoot())
  }
}
