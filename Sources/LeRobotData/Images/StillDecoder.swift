import CFFmpeg

/// The decoders of BMP, GIF and TIFF in libavcodec, which videos need in any case.
struct StillDecoder {
  private let format: ImageFormat
  private let codec: AVCodecID

  init(_ format: ImageFormat) {
    self.format = format
    codec =
      switch format {
      case .bmp: AV_CODEC_ID_BMP
      case .gif: AV_CODEC_ID_GIF
      default: AV_CODEC_ID_TIFF
      }
  }

  /// Decodes a whole file; of an animation the first frame.
  func decode(_ bytes: UnsafeRawBufferPointer) throws(ImageError) -> RGBImage {
    if let reason = cff_open() {
      throw .noLibrary(format: format.name, reason: String(cString: reason))
    }
    guard let codec = cff_avcodec_find_decoder(codec), let size = Int32(exactly: bytes.count) else {
      throw .unreadKind(format: format.name, kind: "is of a kind that libavcodec does not decode")
    }
    var context = cff_avcodec_alloc_context3(codec)
    var (packet, picture) = (cff_av_packet_alloc(), cff_av_frame_alloc())
    defer {
      cff_avcodec_free_context(&context)
      cff_av_packet_free(&packet)
      cff_av_frame_free(&picture)
    }
    guard let decoder = context, let input = packet, let output = picture else {
      throw .noLibrary(format: format.name, reason: "out of memory")
    }
    decoder.pointee.thread_count = 1
    decoder.pointee.max_pixels = Int64(ImageDecoder.mostPixels)
    // What is damaged or cut short is an error, never a part of a picture.
    decoder.pointee.err_recognition = AV_EF_EXPLODE
    try check(cff_avcodec_open2(decoder, codec, nil))
    try check(cff_av_new_packet(input, size))
    UnsafeMutableRawBufferPointer(start: input.pointee.data, count: bytes.count)
      .copyMemory(from: bytes)
    try check(cff_avcodec_send_packet(decoder, input))
    _ = cff_avcodec_send_packet(decoder, nil)
    try check(cff_avcodec_receive_frame(decoder, output))
    return try image(output.pointee)
  }

  private func check(_ status: Int32) throws(ImageError) {
    guard status < 0 else { return }
    // A decoder that took the bytes and gave no picture found none in them.
    if status == cff_end_of_file || status == cff_again {
      throw .truncated(format: format.name, part: "the image data")
    }
    if status == cff_not_built {
      throw .unreadKind(format: format.name, kind: "is of a kind that libavcodec does not decode")
    }
    throw .corrupt(
      format: format.name, reason: "damaged or cut short (\(libAVMessage(status)))")
  }

  private func image(_ picture: AVFrame) throws(ImageError) -> RGBImage {
    let (width, height) = (Int(picture.width), Int(picture.height))
    try ImageDecoder.check(format, width: width, height: height)
    guard let rows = picture.data.0, let layout = PixelLayout(picture) else {
      let name = cff_av_get_pix_fmt_name(AVPixelFormat(picture.format)).map { String(cString: $0) }
      throw .unreadKind(
        format: format.name, kind: "has pixels of kind \(name ?? "\(picture.format)")")
    }
    let count = 3 * width * height
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
      guard var target = buffer.baseAddress else { return }
      for y in 0..<height {
        layout.expand(rows + y * Int(picture.linesize.0), width: width, into: target)
        target += 3 * width
      }
      written = count
    }
    return RGBImage(width: width, height: height, pixels: pixels)
  }
}
