import CFFmpeg
import CPixels

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
    cff_silence()
    guard let codec = avcodec_find_decoder(index.parameters.pointee.codec_id) else {
      throw .unreadable(file: index.path, reason: "libavcodec has no \(index.codecName) decoder")
    }
    context = avcodec_alloc_context3(codec)
    picture = av_frame_alloc()
    packet = av_packet_alloc()
    guard let context, picture != nil, packet != nil else {
      throw .unreadable(file: index.path, reason: "out of memory")
    }
    avcodec_parameters_to_context(context, index.parameters)
    context.pointee.pkt_timebase = index.timeBase
    // Every loader worker has its own decoder: more threads inside would only add delay.
    context.pointee.thread_count = 1
    if index.parameters.pointee.codec_id == AV_CODEC_ID_AV1 {
      context.pointee.flags |= AV_CODEC_FLAG_LOW_DELAY
    }
    let status = avcodec_open2(context, codec, nil)
    guard status >= 0 else { throw .unreadable(file: index.path, reason: libAVMessage(status)) }
  }

  deinit {
    avcodec_free_context(&context)
    av_frame_free(&picture)
    av_packet_free(&packet)
  }

  /// Writes one frame as three planes, uint8 [3, H, W].
  ///
  /// - Throws: `DataError.undecodableFrame` or `truncatedVideo`.
  package func read(
    _ frame: Int, of index: VideoIndex, into planes: UnsafeMutablePointer<UInt8>
  ) throws(DataError) {
    try decode(frame, of: index)
    guard let picture, picture.pointee.width == index.width, picture.pointee.height == index.height
    else {
      throw .undecodableFrame(
        file: index.path, frame: frame, reason: "its size is not the file's")
    }
    let (width, height) = (picture.pointee.width, picture.pointee.height)
    let written: Void? = converter.withRGB(picture) { pixels, stride in
      cpx_rgb_to_planes(pixels, stride, width, height, planes)
    }
    if written == nil {
      throw .undecodableFrame(
        file: index.path, frame: frame, reason: "no conversion from its pixel format to RGB")
    }
  }

  /// Decodes `frame` into `picture`: onwards from where the decoder stands when the frame lies
  /// ahead in the same group of pictures, otherwise from its key picture.
  private func decode(_ frame: Int, of index: VideoIndex) throws(DataError) {
    let target = index.sampleOfFrame[frame]
    let key = index.keyOfSample[target]
    var next = key
    if let position, position.index === index {
      if position.frame == frame { return }
      if position.frame < frame, position.sample >= key { next = position.sample + 1 }
    }
    if next == key { avcodec_flush_buffers(context) }
    position = nil
    let drained = try advance(to: index.samples[target].presentationTime, of: index, &next, frame)
    // A drained decoder takes no more samples: sample -1 sends the next call back to a key picture.
    position = Position(index: index, frame: frame, sample: drained ? -1 : next - 1)
  }

  /// Sends samples until the picture shown at `time` comes out.
  ///
  /// - Returns: whether the decoder had to be drained for it.
  private func advance(
    to time: Int64, of index: VideoIndex, _ next: inout Int, _ frame: Int
  ) throws(DataError) -> Bool {
    var drained = false
    while true {
      let status = avcodec_receive_frame(context, picture)
      if status == 0, let shown = picture?.pointee.pts, shown >= time {
        if shown == time { return drained }
        throw .undecodableFrame(
          file: index.path, frame: frame, reason: "the decoder left it out")
      }
      if status == 0 { continue }
      guard status == cff_again, !drained else {
        throw .undecodableFrame(file: index.path, frame: frame, reason: libAVMessage(status))
      }
      if next < index.samples.count {
        try send(index.samples[next], of: index, before: time, frame)
        next += 1
      } else {
        avcodec_send_packet(context, nil)
        drained = true
      }
    }
  }

  private func send(
    _ sample: VideoSample, of index: VideoIndex, before time: Int64, _ frame: Int
  ) throws(DataError) {
    guard let context, let packet, av_new_packet(packet, sample.size) == 0 else {
      throw .undecodableFrame(file: index.path, frame: frame, reason: "out of memory")
    }
    defer { av_packet_unref(packet) }
    try index.read(sample, into: packet.pointee.data)
    packet.pointee.pts = sample.presentationTime
    packet.pointee.dts = sample.decodingTime
    if sample.isKey { packet.pointee.flags |= AV_PKT_FLAG_KEY }
    // Earlier pictures that no other refers to need not be decoded at all.
    context.pointee.skip_frame =
      sample.presentationTime < time ? AVDISCARD_NONREF : AVDISCARD_DEFAULT
    let status = avcodec_send_packet(context, packet)
    guard status >= 0 else {
      throw .undecodableFrame(file: index.path, frame: frame, reason: libAVMessage(status))
    }
  }
}
