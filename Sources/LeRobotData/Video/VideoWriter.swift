import CFFmpeg

/// Writes RGB frames as an MP4 file, stretched to sides that codecs take in whole blocks.
package final class VideoWriter {
  /// An encoder of libavcodec and its options.
  package struct Encoding: Sendable {
    package var encoder: String
    package var options: [(name: String, value: String)]

    package init(encoder: String, options: [(name: String, value: String)] = []) {
      self.encoder = encoder
      self.options = options
    }

    /// H.264 as LeRobot's evaluation videos have it (imageio's defaults: `envs/utils.py`).
    package static let h264 = Encoding(encoder: "libx264", options: [("crf", "25")])
    /// H.264 by an encoder that is not under the GPL, of about that quality.
    package static let openH264 = Encoding(
      encoder: "libopenh264",
      options: [
        ("qmin", "22"), ("qmax", "22"), ("profile", "high"), ("slices", "1"), ("g", "250"),
      ])
    /// MPEG-4 part 2, which every build of libavcodec can write.
    package static let mpeg4 = Encoding(encoder: "mpeg4")

    /// The first that this machine's libavcodec has.
    fileprivate static func best() -> Encoding {
      let all = [h264, openH264, mpeg4]
      return all.first { cff_avcodec_find_encoder_by_name($0.encoder) != nil } ?? mpeg4
    }
  }

  private let path: String
  /// Of the frames that are added.
  private let size: (width: Int32, height: Int32)
  private var format: UnsafeMutablePointer<AVFormatContext>?
  private var encoder: UnsafeMutablePointer<AVCodecContext>?
  private var stream: UnsafeMutablePointer<AVStream>?
  private var picture: UnsafeMutablePointer<AVFrame>?
  private var packet: UnsafeMutablePointer<AVPacket>?
  private var scaler: OpaquePointer?
  private var frameCount: Int64 = 0

  /// - Parameters:
  ///   - width: of a frame; the video's is the next multiple of 16, as in LeRobot's (imageio's
  ///     `macro_block_size`).
  ///   - height: likewise.
  ///   - fps: frames a second.
  ///   - encoding: nil takes the best there is.
  /// - Throws: `DataError.notWritable` or `noFFmpeg`.
  package init(
    path: String, width: Int, height: Int, fps: Int, encoding: Encoding? = nil
  ) throws(DataError) {
    // Before `path` is set, after which a failure runs `deinit`.
    try FFmpeg.open()
    self.path = path
    size = (Int32(width), Int32(height))
    guard width > 0, height > 0 else {
      throw .notWritable(file: path, reason: "frames of \(width)×\(height) are empty")
    }
    let encoding = encoding ?? .best()
    guard let codec = cff_avcodec_find_encoder_by_name(encoding.encoder) else {
      throw .notWritable(file: path, reason: "libavcodec has no encoder \(encoding.encoder)")
    }
    try check(cff_avformat_alloc_output_context2(&format, nil, "mp4", path))
    encoder = cff_avcodec_alloc_context3(codec)
    let (wide, high) = ((size.width + 15) / 16 * 16, (size.height + 15) / 16 * 16)
    try configure(wide, high, Int32(fps), encoding)
    try check(cff_avcodec_open2(encoder, codec, nil))
    try begin(wide, high)
  }

  deinit {
    cff_avcodec_free_context(&encoder)
    cff_av_frame_free(&picture)
    cff_av_packet_free(&packet)
    cff_sws_freeContext(scaler)
    if let format {
      _ = cff_avio_closep(&format.pointee.pb)
      cff_avformat_free_context(format)
    }
  }

  private func configure(
    _ width: Int32, _ height: Int32, _ fps: Int32, _ encoding: Encoding
  ) throws(DataError) {
    guard let encoder, let format else { throw failure(cff_unknown) }
    encoder.pointee.width = width
    encoder.pointee.height = height
    encoder.pointee.pix_fmt = AV_PIX_FMT_YUV420P
    encoder.pointee.time_base = AVRational(num: 1, den: fps)
    encoder.pointee.framerate = AVRational(num: fps, den: 1)
    if format.pointee.oformat.pointee.flags & AVFMT_GLOBALHEADER != 0 {
      encoder.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
    }
    for (name, value) in encoding.options {
      try check(cff_av_opt_set(encoder, name, value, AV_OPT_SEARCH_CHILDREN))
    }
  }

  /// Opens the file and makes what the frames pass through.
  private func begin(_ width: Int32, _ height: Int32) throws(DataError) {
    stream = cff_avformat_new_stream(format, nil)
    picture = cff_av_frame_alloc()
    packet = cff_av_packet_alloc()
    scaler = cff_sws_getContext(
      size.width, size.height, AV_PIX_FMT_RGB24, width, height, AV_PIX_FMT_YUV420P, SWS_BICUBIC,
      nil, nil, nil)
    guard let format, let encoder, let stream, let picture, packet != nil, scaler != nil else {
      throw failure(cff_unknown)
    }
    try check(cff_avcodec_parameters_from_context(stream.pointee.codecpar, encoder))
    stream.pointee.time_base = encoder.pointee.time_base
    stream.pointee.avg_frame_rate = encoder.pointee.framerate
    try check(cff_avio_open(&format.pointee.pb, path, AVIO_FLAG_WRITE))
    try check(cff_avformat_write_header(format, nil))
    picture.pointee.format = AV_PIX_FMT_YUV420P.rawValue
    picture.pointee.width = width
    picture.pointee.height = height
    try check(cff_av_frame_get_buffer(picture, 0))
  }

  /// Adds one frame.
  ///
  /// - Parameter pixels: uint8 [H, W, 3].
  package func add(_ pixels: [UInt8]) throws(DataError) {
    guard let picture else { throw failure(cff_unknown) }
    let (width, height) = size
    precondition(
      pixels.count == Int(width * height) * 3,
      "\(pixels.count) bytes do not fill a frame [\(height), \(width), 3]")
    try check(cff_av_frame_make_writable(picture))
    pixels.withUnsafeBufferPointer { pixels in
      let source = [pixels.baseAddress, nil, nil, nil]
      withUnsafeMutableBytes(of: &picture.pointee.data) { planes in
        withUnsafeMutableBytes(of: &picture.pointee.linesize) { strides in
          _ = cff_sws_scale(
            scaler, source, [3 * width, 0, 0, 0], 0, height,
            planes.assumingMemoryBound(to: UnsafeMutablePointer<UInt8>?.self).baseAddress,
            strides.assumingMemoryBound(to: Int32.self).baseAddress)
        }
      }
    }
    picture.pointee.pts = frameCount
    frameCount += 1
    try check(cff_avcodec_send_frame(encoder, picture))
    try drain()
  }

  /// Writes what is left and the index, without which the file is none.
  package func close() throws(DataError) {
    guard let format, format.pointee.pb != nil else { return }
    try check(cff_avcodec_send_frame(encoder, nil))
    try drain()
    try check(cff_av_write_trailer(format))
    try check(cff_avio_closep(&format.pointee.pb))
  }

  /// Moves finished packets into the file.
  private func drain() throws(DataError) {
    guard let encoder, let stream, let packet else { throw failure(cff_unknown) }
    while true {
      let status = cff_avcodec_receive_packet(encoder, packet)
      if status == cff_again || status == cff_end_of_file { return }
      try check(status)
      if packet.pointee.duration == 0 { packet.pointee.duration = 1 }
      cff_av_packet_rescale_ts(packet, encoder.pointee.time_base, stream.pointee.time_base)
      packet.pointee.stream_index = stream.pointee.index
      try check(cff_av_interleaved_write_frame(format, packet))
    }
  }

  private func check(_ status: Int32) throws(DataError) {
    if status < 0 { throw failure(status) }
  }

  private func failure(_ status: Int32) -> DataError {
    .notWritable(file: path, reason: libAVMessage(status))
  }
}
