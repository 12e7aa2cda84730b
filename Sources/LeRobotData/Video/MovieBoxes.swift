import Foundation

/// The boxes at the top level of an MP4 or QuickTime file (ISO/IEC 14496-12, 4.2).
enum MovieBoxes {
  /// Whether the file is in fragments, whose samples its header does not list.
  static func areFragmented(path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var (offset, header): (off_t, [UInt8]) = (0, [UInt8](repeating: 0, count: 16))
    while pread(descriptor, &header, 16, offset) >= 8 {
      if header[4..<8].elementsEqual("moof".utf8) { return true }
      guard let size = size(header), size >= 8, off_t.max - offset > size else { return false }
      offset += off_t(size)
    }
    return false
  }

  /// The size that a box's first 16 bytes give; nil where it reaches to the end of the file.
  private static func size(_ header: [UInt8]) -> Int? {
    func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    let short = number(header[0..<4])
    return short == 0 ? nil : Int(exactly: short == 1 ? number(header[8..<16]) : short)
  }
}
