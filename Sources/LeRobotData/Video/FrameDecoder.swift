import CFFmpeg

/// One libavcodec decoder. It serves any file of equal parameters, one thread at a time.
package final class FrameDecoder {
  /// Where the decoder stands: the frame it gave last and the sample it took last.
  private struct Position {
    var index: VideoIndex
    var frame: Int
    var sample: Int
  }

  private var context: UnsafeMutablePointer<AVCodecContext>?
  private var picture: UnsafeMutablePointer<AVFrame>?
  private var packet: UnsafeMutablePointer<AVPacket>?
  private var position: Position?
  private let converter: ColorConverter

  /// - Throws: `DataError.unreadable` where libavcodec has no decoder for the file.
  package init(_ index: VideoIndex, backend: VideoBackend) throws(DataError) {
    converter = ColorConverter(backend: backend)
    guard let codec = cff_avcodec_find_decoder(index.parameters.pointee.codec_id) else {
      throw .unreadable(file: index.path, reason: "libavcodec has no \(index.codecName) decoder")
    }
    context = cff_avcodec_alloc_context3(codec)
    picture = cff_av_frame_alloc()
    packet = cff_av_packet_alloc()
    guard let context, picture != nil, packet != nil else {
      throw .unreadable(file: index.path, reason: "out of memory")
    }
    _ = cff_avcodec_parameters_to_context(context, index.parameters)
    context.pointee.pkt_timebase = index.timeBase
    // Every loader worker has its own decoder: more threads inside would only add delay.
    context.pointee.thread_count = 1
    if index.parameters.pointee.codec_id == AV_CODEC_ID_AV1 {
      context.pointee.flags |= AV_CODEC_FLAG_LOW_DELAY
    }
    let status = cff_avcodec_open2(context, codec, nil)
    guard status >= 0 else { throw .unreadable(file: index.path, reason: libAVMessage(status)) }
  }

  deinit {
    cff_avcodec_free_context(&context)
    cff_av_frame_free(&picture)
    cff_av_packet_free(&packet)
  }

  /// Writes one frame as three planes, uint8 [3, H, W].
  ///
  /// - Throws: `DataError.undecodableFrame`, also where its size is not the container's, or
  ///   `truncatedVideo`.
  package func read(
    _ frame: Int, of index: VideoIndex, into planes: UnsafeMutablePointer<UInt8>
  ) throws(DataError) {
    try decode(frame, of: index)
    guard size == (index.height, index.width) else {
      throw .undecodableFrame(
        file: index.path, frame: frame, reason: "its size is not the file's")
    }
    try convert(frame, of: index, into: planes)
  }

  /// Of the picture that was decoded last, in pixels.
  var size: (height: Int, width: Int) {
    picture.map { (Int($0.pointee.height), Int($0.pointee.width)) } ?? (0, 0)
  }

  /// Writes the picture that was decoded last, `frame`, as three planes, uint8 [3, H, W].
  ///
  /// - Throws: `DataError.undecodableFrame`.
  func convert(
    _ frame: Int, of index: VideoIndex, into planes: UnsafeMutablePointer<UInt8>
  ) throws(DataError) {
    guard let picture, converter.convert(picture, into: planes) else {
      throw .undecodableFrame(
        file: index.path, frame: frame, reason: "no conversion from its pixel format to RGB")
    }
  }

  /// The picture that was read last, before it was converted; valid until the next call.
  var source: PlanarPicture? { picture.flatMap { PlanarPicture($0.pointee) } }

  /// Decodes `frame` into `picture`: onwards from where the decoder stands when the frame lies
  /// ahead in the same group of pictures, otherwise from its key picture.
  func decode(_ frame: Int, of index: VideoIndex) throws(DataError) {
    let target = index.sampleOfFrame[frame]
    var key = index.keyOfSample[target]
    if let position, position.index === index {
      if position.frame == frame { return }
      if position.frame < frame, position.sample >= key,
        try advance(to: frame, of: index, from: position.sample + 1)
      {
        return
      }
    }
    // An open group's last pictures may not come out of a decoder that began with it (libavcodec
    // 5.1 drops them when it is drained): then the group before is decoded too.
    while true {
      cff_avcodec_flush_buffers(context)
      if try advance(to: frame, of: index, from: key) { return }
      guard let earlier = index.samples[..<key].lastIndex(where: \.isKey) else { break }
      key = earlier
    }
    throw .undecodableFrame(file: index.path, frame: frame, reason: "the decoder leaves it out")
  }

  /// Sends samples, beginning with number `next`, until the picture of `frame` comes out.
  ///
  /// - Returns: false where the decoder left it out.
  private func advance(
    to frame: Int, of index: VideoIndex, from next: Int
  ) throws(DataError) -> Bool {
    let time = index.samples[index.sampleOfFrame[frame]].presentationTime
    var (next, drained) = (next, false)
    position = nil
    while true {
      let status = cff_avcodec_receive_frame(context, picture)
      if status == 0, let shown = picture?.pointee.pts {
        if shown > time { return false }
        if shown < time { continue }
        // A drained decoder takes no more samples: -1 sends the next call back to a key picture.
        position = Position(index: index, frame: frame, sample: drained ? -1 : next - 1)
        return true
      }
      if status == cff_end_of_file { return false }
      guard status == cff_again else {
        throw .undecodableFrame(file: index.path, frame: frame, reason: libAVMessage(status))
      }
      if next < index.samples.count {
        try send(index.samples[next], of: index, before: time, frame)
        next += 1
      } else {
        _ = cff_avcodec_send_packet(context, nil)
        drained = true
      }
    }
  }

  private func send(
    _ sample: VideoSample, of index: VideoIndex, before time: Int64, _ frame: Int
  ) throws(DataError) {
    guard let context, let packet, cff_av_new_packet(packet, sample.size) == 0 else {
      throw .undecodableFrame(file: index.path, frame: frame, reason: "out of memory")
    }
    defer { cff_av_packet_unref(packet) }
    try index.read(sample, into: packet.pointee.data)
    packet.pointee.pts = sample.presentationTime
    packet.pointee.dts = sample.decodingTime
    if sample.isKey { packet.pointee.flags |= AV_PKT_FLAG_KEY }
    // Earlier pictures that no other refers to need not be decoded at all.
    context.pointee.skip_frame =
      sample.presentationTime < time ? AVDISCARD_NONREF : AVDISCARD_DEFAULT
    let status = cff_avcodec_send_packet(context, packet)
    guard status >= 0 else {
      throw .undecodableFrame(file: index.path, frame: frame, reason: libAVMessage(status))
    }
  }
}
