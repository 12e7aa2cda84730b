import LeRobotCore

/// The pictures of a camera in a batch, as the policy sees them: samples side by side, and the
/// observations of a sample, where there are several, below each other.
package enum ContactSheet {
  /// The widest sheet, in pixels, unless told otherwise.
  package static let widthLimit = 1600

  /// A sheet of the first samples.
  ///
  /// Bytes are shown as they are, whatever they are normalised to. Numbers are what `inverse` makes of
  /// them; without it, numbers of 0…1 are shown as they are, and others are stretched, each channel
  /// from its least to its greatest value among the samples shown. That is not the camera's contrast,
  /// but shows what the picture is of.
  ///
  /// - Parameters:
  ///   - value: [B, C, H, W] or [B, T, C, H, W], with one channel (grey) or three (RGB).
  ///   - crop: what the policy crops the pictures to; nil shows all of them.
  ///   - sampleLimit: how many samples are shown.
  ///   - inverse: takes a channel and a normalised value to 0…1.
  /// - Returns: nil for what is no picture.
  package static func image(
    of value: Batch.Value, crop: PictureCrop? = nil, sampleLimit: Int = 8,
    widthLimit: Int = Self.widthLimit, inverse: ((Int, Float) -> Float)? = nil
  ) -> RGBImage? {
    var shape = value.shape
    if shape.count == 4 { shape.insert(1, at: 1) }
    guard shape.count == 5, [1, 3].contains(shape[2]) else { return nil }
    shape[0] = min(shape[0], sampleLimit)
    let count = shape.reduce(1, *)
    let bytes: [UInt8]
    if let picture = value.picture {
      bytes = Array(picture.bytes.prefix(count))
    } else {
      let numbers = value.tensor.elements(Float.self).prefix(count)
      bytes = shown(numbers, channels: shape[2], plane: shape[3] * shape[4], inverse)
    }
    return PictureGrid(
      bytes: bytes, columns: shape[0], rows: shape[1], channels: shape[2], height: shape[3],
      width: shape[4]
    ).sheet(crop: crop, widthLimit: widthLimit)
  }

  /// Numbers as bytes.
  ///
  /// - Parameter plane: numbers in a row that belong to one channel.
  private static func shown(
    _ numbers: ArraySlice<Float>, channels: Int, plane: Int, _ inverse: ((Int, Float) -> Float)?
  ) -> [UInt8] {
    guard plane > 0 else { return [] }
    let inverse = inverse ?? stretch(numbers, channels: channels, plane: plane)
    return numbers.indices.map { index in
      let value = inverse(index / plane % channels, numbers[index])
      // What is not a number is black.
      return value > 0 ? UInt8(min(value, 1) * 255 + 0.5) : 0
    }
  }

  /// Takes each channel's least and greatest value to 0 and 1.
  private static func stretch(
    _ numbers: ArraySlice<Float>, channels: Int, plane: Int
  ) -> (Int, Float) -> Float {
    var least = [Float](repeating: .infinity, count: channels)
    var greatest = [Float](repeating: -.infinity, count: channels)
    for index in numbers.indices where numbers[index].isFinite {
      let channel = index / plane % channels
      least[channel] = min(least[channel], numbers[index])
      greatest[channel] = max(greatest[channel], numbers[index])
    }
    if least.allSatisfy({ $0 >= 0 }), greatest.allSatisfy({ $0 <= 1 }) { return { $1 } }
    return { [least, greatest] channel, value in
      let range = greatest[channel] - least[channel]
      return range > 0 ? (value - least[channel]) / range : 0.5
    }
  }
}
