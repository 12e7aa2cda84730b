import CFFmpeg

/// How libavcodec lays a still picture's pixels out, as far as its decoders of stills do, and how
/// they become 8-bit RGB: as in Pillow, wider samples keep their high byte.
enum PixelLayout {
  /// `step` bytes a pixel, with the bytes of red, green and blue at their offsets.
  case bytes(step: Int, red: Int, green: Int, blue: Int)
  /// Indices into colours of four bytes: blue, green, red, alpha.
  case palette(UnsafePointer<UInt8>)
  /// Numbers of 16 bits, blue in the lowest five; green has five or six.
  case packed(greenBits: Int)
  /// A bit a pixel, the first in the highest; `inverted` where 1 is black.
  case bits(inverted: Bool)

  /// - Returns: nil for a layout not known here.
  init?(_ picture: AVFrame) {
    switch AVPixelFormat(picture.format) {
    case AV_PIX_FMT_RGB24: self = .bytes(step: 3, red: 0, green: 1, blue: 2)
    case AV_PIX_FMT_BGR24: self = .bytes(step: 3, red: 2, green: 1, blue: 0)
    case AV_PIX_FMT_RGBA, AV_PIX_FMT_RGB0: self = .bytes(step: 4, red: 0, green: 1, blue: 2)
    case AV_PIX_FMT_BGRA, AV_PIX_FMT_BGR0: self = .bytes(step: 4, red: 2, green: 1, blue: 0)
    case AV_PIX_FMT_ARGB, AV_PIX_FMT_0RGB: self = .bytes(step: 4, red: 1, green: 2, blue: 3)
    case AV_PIX_FMT_ABGR, AV_PIX_FMT_0BGR: self = .bytes(step: 4, red: 3, green: 2, blue: 1)
    case AV_PIX_FMT_GRAY8: self = .bytes(step: 1, red: 0, green: 0, blue: 0)
    case AV_PIX_FMT_YA8: self = .bytes(step: 2, red: 0, green: 0, blue: 0)
    case AV_PIX_FMT_GRAY16LE: self = .bytes(step: 2, red: 1, green: 1, blue: 1)
    case AV_PIX_FMT_GRAY16BE: self = .bytes(step: 2, red: 0, green: 0, blue: 0)
    case AV_PIX_FMT_RGB48LE: self = .bytes(step: 6, red: 1, green: 3, blue: 5)
    case AV_PIX_FMT_RGB48BE: self = .bytes(step: 6, red: 0, green: 2, blue: 4)
    case AV_PIX_FMT_RGBA64LE: self = .bytes(step: 8, red: 1, green: 3, blue: 5)
    case AV_PIX_FMT_RGBA64BE: self = .bytes(step: 8, red: 0, green: 2, blue: 4)
    case AV_PIX_FMT_RGB555LE: self = .packed(greenBits: 5)
    case AV_PIX_FMT_RGB565LE: self = .packed(greenBits: 6)
    case AV_PIX_FMT_MONOBLACK: self = .bits(inverted: false)
    case AV_PIX_FMT_MONOWHITE: self = .bits(inverted: true)
    case AV_PIX_FMT_PAL8:
      guard let colours = picture.data.1 else { return nil }
      self = .palette(UnsafePointer(colours))
    default: return nil
    }
  }

  /// Writes one row, [width, 3].
  func expand(
    _ row: UnsafePointer<UInt8>, width: Int, into target: UnsafeMutablePointer<UInt8>
  ) {
    for x in 0..<width {
      let colour = colour(row, x)
      target[3 * x] = colour.0
      target[3 * x + 1] = colour.1
      target[3 * x + 2] = colour.2
    }
  }

  private func colour(_ row: UnsafePointer<UInt8>, _ x: Int) -> (UInt8, UInt8, UInt8) {
    switch self {
    case .bytes(let step, let red, let green, let blue):
      let pixel = row + step * x
      return (pixel[red], pixel[green], pixel[blue])
    case .palette(let colours):
      let entry = colours + 4 * Int(row[x])
      return (entry[2], entry[1], entry[0])
    case .packed(let greenBits):
      let value = Int(row[2 * x]) | Int(row[2 * x + 1]) << 8
      // Pillow's scaling, `Unpack.c`: 31 and 63 become 255.
      func sample(_ shift: Int, _ bits: Int) -> UInt8 {
        let most = 1 << bits - 1
        return UInt8((value >> shift & most) * 255 / most)
      }
      return (sample(5 + greenBits, 5), sample(5, greenBits), sample(0, 5))
    case .bits(let inverted):
      let isSet = row[x >> 3] >> UInt8(7 - x & 7) & 1 != 0
      let value: UInt8 = isSet != inverted ? 255 : 0
      return (value, value, value)
    }
  }
}
