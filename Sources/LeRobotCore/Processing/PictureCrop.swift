/// A part of a picture, in pixels from its upper left corner.
package struct PictureCrop: Sendable, Equatable {
  package var top: Int
  package var left: Int
  package var height: Int
  package var width: Int

  package init(top: Int, left: Int, height: Int, width: Int) {
    (self.top, self.left, self.height, self.width) = (top, left, height, width)
  }

  /// What of it lies in a picture.
  package func clipped(height: Int, width: Int) -> PictureCrop {
    let (top, left) = (min(max(top, 0), height), min(max(left, 0), width))
    return PictureCrop(
      top: top, left: left, height: max(0, min(self.top + self.height, height) - top),
      width: max(0, min(self.left + self.width, width) - left))
  }
}

/// Takes note of the parts of its pictures that a policy looks at in a forward pass, in the order of
/// its encoders: one for all cameras, or one for each.
package final class CropNotes {
  package private(set) var crops: [PictureCrop] = []

  package init() {}

  package func add(_ crop: PictureCrop) { crops.append(crop) }
}
