/// A surface to draw on by the rules of pygame 2.6's `draw` module, pixel for pixel.
///
/// Remembers which part was drawn on, so that only that part need be restored and resized.
package struct Canvas: Sendable, Equatable {
  /// A pixel; x to the right, y down.
  package struct Point: Sendable, Equatable {
    package var x: Int
    package var y: Int

    package init(_ x: Int, _ y: Int) {
      self.x = x
      self.y = y
    }
  }

  /// Pixels from the first to the last column and row, both included.
  package struct Box: Sendable, Equatable {
    package var left = Int.max
    package var top = Int.max
    package var right = Int.min
    package var bottom = Int.min

    package var isEmpty: Bool { left > right }
  }

  /// 0xRRGGBB.
  package typealias Colour = UInt32

  package let width: Int
  package let height: Int
  /// Row by row: [H, W].
  package private(set) var pixels: [Colour]
  /// What was drawn on since the canvas was made or restored.
  package private(set) var touched = Box()

  package init(width: Int, height: Int, colour: Colour) {
    self.width = width
    self.height = height
    pixels = Array(repeating: colour, count: width * height)
  }

  /// The canvas as it is, with nothing counted as drawn.
  package var asBackground: Canvas {
    var copy = self
    copy.touched = Box()
    return copy
  }

  /// Undoes all drawing since the canvas was a copy of `background`.
  mutating func restore(from background: Canvas) {
    guard !touched.isEmpty else { return }
    for y in touched.top...touched.bottom {
      let row = y * width
      let span = (row + touched.left)...(row + touched.right)
      pixels.withUnsafeMutableBufferPointer { target in
        background.pixels.withUnsafeBufferPointer { source in
          _ = target[span].update(fromContentsOf: source[span])
        }
      }
    }
    touched = Box()
  }

  func contains(_ x: Int, _ y: Int) -> Bool {
    x >= 0 && y >= 0 && x < width && y < height
  }

  subscript(x: Int, y: Int) -> Colour { pixels[y * width + x] }

  /// Colours one pixel, if it is on the canvas.
  mutating func dot(_ x: Int, _ y: Int, _ colour: Colour) {
    guard contains(x, y) else { return }
    touch(x, x, y)
    pixels[y * width + x] = colour
  }

  /// Colours a row from one end to the other, both included, in either order.
  mutating func span(_ a: Int, _ b: Int, row y: Int, _ colour: Colour) {
    guard y >= 0, y < height else { return }
    let left = max(min(a, b), 0)
    let right = min(max(a, b), width - 1)
    guard left <= right else { return }
    touch(left, right, y)
    let row = y * width
    pixels.withUnsafeMutableBufferPointer { pixels in
      pixels[(row + left)...(row + right)].update(repeating: colour)
    }
  }

  private mutating func touch(_ left: Int, _ right: Int, _ y: Int) {
    touched.left = min(touched.left, left)
    touched.right = max(touched.right, right)
    touched.top = min(touched.top, y)
    touched.bottom = max(touched.bottom, y)
  }
}
