import CFFmpeg
import Foundation

/// FFmpeg's libraries, opened by the first video.
enum FFmpeg {
  /// Comes before any other call of `CFFmpeg`.
  ///
  /// - Throws: `DataError.noFFmpeg`.
  static func open() throws(DataError) {
    if let reason = cff_open() { throw .noFFmpeg(reason: String(cString: reason)) }
  }

  /// The release of what decodes and of what converts; empty where it cannot be opened.
  static var release: String {
    cff_open() == nil ? "\(cff_avcodec_version()) \(cff_swscale_version())" : ""
  }
}

/// libav's own words for an error code.
func libAVMessage(_ code: Int32) -> String {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
    guard let base = buffer.baseAddress else { return "error \(code)" }
    _ = cff_av_strerror(code, base, buffer.count)
    return String(cString: base)
  }
}

/// A file's container, opened for reading, with its video stream found: the first that is marked as the
/// default, or the first of all. A cover picture is none.
final class Demuxer {
  let path: String
  private var format: UnsafeMutablePointer<AVFormatContext>?
  let stream: UnsafeMutablePointer<AVStream>
  private var packet: UnsafeMutablePointer<AVPacket>?

  /// - Throws: `DataError.notReadable`, or `unreadable`, also where the file's index was cut off.
  init(path: String) throws(DataError) {
    try FFmpeg.open()
    self.path = path
    // With the protocol named, a colon in the path is no protocol.
    let status = cff_avformat_open_input(&format, "file:" + path, nil, nil)
    guard status >= 0, let format else {
      throw .cannotOpen(path, because: libAVMessage(status))
    }
    let streams = (0..<Int(format.pointee.nb_streams)).compactMap { format.pointee.streams[$0] }
    let videos = streams.filter { stream in
      stream.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO
        && stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
    }
    let marked = videos.first { $0.pointee.disposition & AV_DISPOSITION_DEFAULT != 0 }
    guard let found = marked ?? videos.first else {
      cff_avformat_close_input(&self.format)
      throw .unreadable(file: path, reason: "no video stream")
    }
    stream = found
    packet = cff_av_packet_alloc()
    try completeParameters()
  }

  deinit {
    cff_av_packet_free(&packet)
    cff_avformat_close_input(&format)
  }

  /// MPEG-4 part 2 leaves the picture's size to the decoder; everything else is in the header.
  private func completeParameters() throws(DataError) {
    guard stream.pointee.codecpar.pointee.width == 0 else { return }
    let status = cff_avformat_find_stream_info(format, nil)
    guard status >= 0, stream.pointee.codecpar.pointee.width > 0 else {
      throw .unreadable(file: path, reason: "the size of its pictures is unknown")
    }
  }

  /// Decodes the first pictures, after which more is known of the stream than the header says.
  func lookingIntoStream() -> Demuxer {
    _ = cff_avformat_find_stream_info(format, nil)
    return self
  }

  /// Of the pictures, in pixels.
  var size: (height: Int, width: Int) {
    let parameters = stream.pointee.codecpar.pointee
    return (Int(parameters.height), Int(parameters.width))
  }

  /// Whether the container is MP4 or QuickTime, which give the place of every sample.
  var isMP4: Bool {
    format.map { String(cString: $0.pointee.iformat.pointee.name).contains("mp4") } ?? false
  }

  /// Whether the header lists every sample.
  var listsSamples: Bool { isMP4 && !MovieBoxes.areFragmented(path: path) }

  /// Whether pictures are shown in the order in which they are decoded, as far as is known.
  var showsInOrder: Bool {
    let codec = stream.pointee.codecpar.pointee
    return [AV_CODEC_ID_AV1, AV_CODEC_ID_VP9, AV_CODEC_ID_MJPEG].contains(codec.codec_id)
      || codec.codec_id == AV_CODEC_ID_H264 && codec.video_delay == 0
  }

  /// The samples in the header: the sample table as the container has it, with decoding times.
  var listedSamples: [VideoSample] {
    (0..<cff_avformat_index_get_entries_count(stream)).compactMap { index in
      cff_avformat_index_get_entry(stream, index).map { VideoSample(entry: $0.pointee) }
    }
  }

  /// The number of samples in the header, after a look at whether the file holds them all.
  ///
  /// - Throws: `DataError.truncatedVideo`.
  func checkedSampleCount() throws(DataError) -> Int? {
    guard listsSamples else { return nil }
    let samples = listedSamples
    var information = stat()
    // Of the file, where the path is a link.
    guard stat(path, &information) == 0 else { return samples.count }
    let size = Int(information.st_size)
    if let cut = samples.firstIndex(where: { $0.end > size }) {
      throw .truncatedVideo(file: path, frame: cut, needed: samples[cut].end, size: size)
    }
    return samples.count
  }

  /// The next sample of the video stream that holds anything, nil at the end.
  func nextSample() -> VideoSample? {
    guard let packet else { return nil }
    repeat {
      cff_av_packet_unref(packet)
      if cff_av_read_frame(format, packet) < 0 { return nil }
    } while packet.pointee.stream_index != stream.pointee.index || packet.pointee.size == 0
    return VideoSample(packet: packet.pointee)
  }

  /// The bytes of the sample that came last.
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    body(UnsafeRawBufferPointer(start: packet?.pointee.data, count: Int(packet?.pointee.size ?? 0)))
  }
}

/// One coded picture: when it is shown and where its bytes stand.
struct VideoSample: Equatable, Sendable {
  /// In units of the stream's time base.
  var presentationTime: Int64
  var decodingTime: Int64
  var position: Int64
  var size: Int32
  var isKey: Bool
  /// Decoded for others' sake, never shown (edit lists).
  var isDiscarded: Bool

  init(entry: AVIndexEntry) {
    presentationTime = entry.timestamp
    decodingTime = entry.timestamp
    position = entry.pos
    size = entry.size
    isKey = entry.flags & AVINDEX_KEYFRAME != 0
    isDiscarded = entry.flags & AVINDEX_DISCARD_FRAME != 0
  }

  init(packet: AVPacket) {
    presentationTime = packet.pts
    decodingTime = packet.dts
    position = packet.pos
    size = packet.size
    isKey = packet.flags & AV_PKT_FLAG_KEY != 0
    isDiscarded = packet.flags & AV_PKT_FLAG_DISCARD != 0
  }

  /// The offset after its last byte.
  var end: Int {
    let (end, isTooLarge) = Int(position).addingReportingOverflow(Int(size))
    return isTooLarge ? .max : end
  }
}
