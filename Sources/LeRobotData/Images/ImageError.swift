/// What is wrong with the bytes of a picture.
package enum ImageError: Error, Equatable, CustomStringConvertible {
  /// The bytes begin neither as PNG nor as JPEG; the payload is how they begin.
  case unknownFormat(firstBytes: [UInt8])
  /// The bytes end too early; `part` is what was being read.
  case truncated(format: String, part: String)
  /// The bytes contradict the format.
  case corrupt(format: String, reason: String)
  /// A size no camera delivers, or one the bytes cannot hold: a broken header.
  case unreasonableSize(format: String, width: Int, height: Int)

  package var description: String {
    switch self {
    case .unknownFormat(let bytes) where bytes.isEmpty:
      "image: no bytes; record the frame again"
    case .unknownFormat(let bytes):
      "image: begins with bytes \(bytes), neither PNG nor JPEG; convert it to one of them"
    case .truncated(let format, let part):
      "\(format) image: the bytes end within \(part); copy or record the file again"
    case .corrupt(let format, let reason):
      "\(format) image: \(reason); copy or record the file again"
    case .unreasonableSize(let format, let width, let height):
      "\(format) image: the header claims \(width)×\(height) pixels; copy or record the file again"
    }
  }
}
