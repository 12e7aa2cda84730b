import CImage

/// Writes pictures as JPEG files, through libjpeg-turbo.
package enum JPEGEncoder {
  /// Encodes a picture, with colours as fine as brightness: robots' pictures are small, and shown
  /// enlarged.
  ///
  /// - Parameter quality: 1…100, in libjpeg's scale.
  /// - Returns: a whole JPEG file.
  /// - Throws: `ImageError.noLibrary`, or `notEncodable` for a picture without pixels and for one with
  ///   a side above 65,500.
  package static func encode(
    _ image: RGBImage, quality: Int = 90
  ) throws(ImageError) -> [UInt8] {
    if let reason = ci_open_jpeg() {
      throw .noLibrary(format: "JPEG", reason: String(cString: reason))
    }
    func failure(_ reason: String) -> ImageError {
      .notEncodable(format: "JPEG", width: image.width, height: image.height, reason: reason)
    }
    guard (1...sideLimit).contains(image.width), (1...sideLimit).contains(image.height) else {
      throw failure("a side has 1 to \(sideLimit) pixels")
    }
    guard let handle = ci_tjInitCompress() else { throw failure("the encoder did not start") }
    defer { _ = ci_tjDestroy(handle) }
    let (width, height) = (Int32(image.width), Int32(image.height))
    let sampling = Int32(TJSAMP_444.rawValue)
    // Room for the largest file of this size, so that the library allocates nothing.
    let room = Int(ci_tjBufSize(width, height, sampling))
    var status: Int32 = 0
    let file = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
      var target = buffer.baseAddress
      var size = UInt(room)
      status = ci_tjCompress2(
        handle, image.pixels, width, 0, height, Int32(TJPF_RGB.rawValue), &target, &size, sampling,
        Int32(min(max(quality, 1), 100)), TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT)
      count = status == 0 ? Int(size) : 0
    }
    guard status == 0 else {
      throw failure(ci_tjGetErrorStr2(handle).map { String(cString: $0) } ?? "no reason given")
    }
    return file
  }

  /// Of the format, as libjpeg has it.
  private static let sideLimit = 65_500
}
