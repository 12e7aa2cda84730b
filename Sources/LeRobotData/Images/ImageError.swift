/// What is wrong with the bytes of a picture.
package enum ImageError: Error, Equatable, CustomStringConvertible {
  /// The bytes begin like no known format; the payload is how they begin.
  case unknownFormat(firstBytes: [UInt8])
  /// A format that is known by name only.
  case unreadFormat(String)
  /// The bytes end too early; `part` is what was being read.
  case truncated(format: String, part: String)
  /// The bytes contradict the format.
  case corrupt(format: String, reason: String)
  /// A kind of a format that is not read.
  case unreadKind(format: String, kind: String)
  /// A size no camera delivers, or one the bytes cannot hold: a broken header.
  case unreasonableSize(format: String, width: Int, height: Int)
  /// The library that decodes the format cannot be opened.
  case noLibrary(format: String, reason: String)
  /// A picture that the format cannot hold.
  case notEncodable(format: String, width: Int, height: Int, reason: String)

  package var description: String {
    switch self {
    case .unknownFormat(let bytes) where bytes.isEmpty:
      "image: no bytes; record the frame again"
    case .unknownFormat(let bytes):
      "image: begins with bytes \(bytes), as no known picture does; convert it to PNG"
    case .unreadFormat(let format):
      "image: its format is \(format), which is not read; "
        + "convert it to PNG (also read: JPEG, WebP, BMP, GIF, TIFF)"
    case .truncated(let format, let part):
      "\(format) image: the bytes end within \(part); copy or record the file again"
    case .corrupt(let format, let reason):
      "\(format) image: \(reason); copy or record the file again"
    case .unreadKind(let format, let kind):
      "\(format) image: \(kind), which is not read; convert it to PNG"
    case .unreasonableSize(let format, let width, let height):
      "\(format) image: the header claims \(width)×\(height) pixels; copy or record the file again"
    case .noLibrary(let format, let reason):
      "\(format) image: its decoder cannot be opened (\(reason)); Scripts/setup installs it"
    case .notEncodable(let format, let width, let height, let reason):
      "\(format) image: one of \(width)×\(height) pixels cannot be written (\(reason)); make it smaller"
    }
  }
}
