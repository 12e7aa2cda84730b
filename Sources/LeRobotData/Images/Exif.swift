/// The one thing read from a picture's EXIF data: which way up it is.
enum Exif {
  /// Orientation of a TIFF block (EXIF 2.32, tag 0x0112): 1…8, or nil where it says nothing.
  static func orientation(tiff: UnsafeRawBufferPointer) -> Int? {
    let littleEndian = tiff.starts(with: [0x49, 0x49])
    guard littleEndian || tiff.starts(with: [0x4D, 0x4D]),
      let directory = tiff.integer32(at: 4, littleEndian: littleEndian),
      let count = tiff.integer16(at: directory, littleEndian: littleEndian)
    else { return nil }
    for entry in 0..<count {
      let offset = directory + 2 + 12 * entry
      guard let tag = tiff.integer16(at: offset, littleEndian: littleEndian) else { return nil }
      if tag == 0x0112 {
        return tiff.integer16(at: offset + 8, littleEndian: littleEndian)
      }
    }
    return nil
  }

  /// Orientation of a JPEG file: of the first APP1 segment that holds EXIF.
  static func orientation(jpeg: UnsafeRawBufferPointer) -> Int? {
    var offset = 2
    while offset + 4 <= jpeg.count, jpeg[offset] == 0xFF, jpeg[offset + 1] != 0xDA,
      let length = jpeg.integer16(at: offset + 2, littleEndian: false),
      length >= 2, offset + 2 + length <= jpeg.count
    {
      let body = UnsafeRawBufferPointer(rebasing: jpeg[offset + 4..<offset + 2 + length])
      if jpeg[offset + 1] == 0xE1, body.starts(with: Array("Exif\0\0".utf8)) {
        return orientation(tiff: UnsafeRawBufferPointer(rebasing: body[6...]))
      }
      offset += 2 + length
    }
    return nil
  }
}
