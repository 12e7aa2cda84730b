import CPixels

/// One drawn change, ready to be made to every frame alike.
package enum ImageAdjustment: Sendable, Equatable {
  case brightness(Float)
  case contrast(Float)
  case saturation(Float)
  /// In parts of a full circle.
  case hue(Float)
  case sharpness(Float)
  /// Where pixels come from (`cpx_affine`), and what lies outside.
  case affine(map: [Float], isBilinear: Bool, fill: [Float]?)

  /// Makes the change to one picture, [channels, height, width] in 0…1.
  ///
  /// - Parameter scratch: as many values as the picture has; overwritten.
  func apply(to picture: Picture, scratch: UnsafeMutablePointer<Float>) {
    let values = picture.values
    switch self {
    case .brightness(let factor):
      cpx_scale(values, picture.count, factor)
    case .contrast(let factor):
      let sum = cpx_grey_sum(values, picture.planeCount, Int32(picture.channels))
      let mean = Float(sum / Double(picture.planeCount))
      cpx_blend_constant(values, picture.count, factor, Self.rest(factor), mean)
    case .saturation(let factor):
      guard picture.channels == 3 else { return }
      cpx_blend_grey(values, picture.planeCount, factor, Self.rest(factor))
    case .hue(let shift):
      guard picture.channels == 3 else { return }
      cpx_shift_hue(values, picture.planeCount, shift)
    case .sharpness(let factor):
      guard picture.height > 2, picture.width > 2 else { return }
      picture.mapPlanes(scratch) { from, to, _ in
        cpx_sharpen(from, to, picture.height, picture.width, Self.rest(factor))
      }
    case .affine(let map, let isBilinear, let fill):
      var affine = cpx_affine()
      affine.map = (map[0], map[1], map[2], map[3], map[4], map[5])
      (affine.height, affine.width) = (Int32(picture.height), Int32(picture.width))
      affine.has_fill = fill == nil ? 0 : 1
      picture.mapPlanes(scratch) { from, to, channel in
        if let fill { affine.fill = fill[fill.count == 1 ? 0 : channel] }
        (isBilinear ? cpx_affine_bilinear : cpx_affine_nearest)(from, to, &affine)
      }
    }
  }

  /// The other picture's part of a blend: 1 − factor in double, as Python computes it.
  private static func rest(_ factor: Float) -> Float { Float(1 - Double(factor)) }

  /// One picture in memory.
  struct Picture {
    let values: UnsafeMutablePointer<Float>
    let channels: Int, height: Int, width: Int

    var planeCount: Int { height * width }
    var count: Int { channels * planeCount }

    /// Replaces every plane by what `body` makes of it.
    func mapPlanes(
      _ scratch: UnsafeMutablePointer<Float>,
      _ body: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
    ) {
      scratch.update(from: values, count: count)
      for channel in 0..<channels {
        let start = channel * planeCount
        body(scratch + start, values + start, channel)
      }
    }
  }
}
