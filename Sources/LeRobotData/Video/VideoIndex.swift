import CFFmpeg
import Foundation

/// What is in a video file: every coded picture's time and place, and what a decoder must know.
///
/// It holds a file open for reading but no decoder, so that one index serves every thread, and
/// one decoder every file of equal parameters.
package final class VideoIndex: @unchecked Sendable {
  // Unchecked because of `parameters`: it is set once in `init`, never changed before `deinit`, and only
  // read.

  package let path: String
  /// The size of its pictures as the container has it; a decoder may find another.
  package let width: Int
  package let height: Int
  /// When each frame is shown, in seconds, ascending: frame i of the file is element i.
  package let times: [Double]
  /// libav's name of the codec, as `av1`.
  package let codecName: String

  let parameters: UnsafeMutablePointer<AVCodecParameters>
  let timeBase: AVRational
  /// In decoding order.
  let samples: [VideoSample]
  /// For each frame in order of showing, its sample.
  let sampleOfFrame: [Int]
  /// For each sample, the key sample from which decoding it starts.
  let keyOfSample: [Int]
  let decoderKey: DecoderKey
  private let bytes: SampleFile
  /// Whether the samples had to be copied out of the file.
  package let isCopied: Bool

  package var frameCount: Int { times.count }

  /// - Throws: `DataError.missingFile`, `unreadable` or `truncatedVideo`, or `notWritable` where the
  ///   samples have to be copied and cannot.
  package init(path: String) throws(DataError) {
    self.path = path
    guard FileManager.default.fileExists(atPath: path) else {
      throw .missingFile(file: path, episode: nil)
    }
    let demuxer = try Demuxer(path: path)
    let stream = demuxer.stream.pointee
    let table = try SampleTable(demuxer)
    (samples, bytes, isCopied) = (table.samples, table.bytes, table.isCopied)
    timeBase = stream.time_base
    width = Int(stream.codecpar.pointee.width)
    height = Int(stream.codecpar.pointee.height)
    let name = cff_avcodec_get_name(stream.codecpar.pointee.codec_id)
    codecName = name.map { String(cString: $0) } ?? ""
    decoderKey = DecoderKey(stream.codecpar.pointee)
    let shown = Self.shownOrder(samples)
    sampleOfFrame = shown
    times = shown.map { [samples, timeBase] in timeBase.seconds(samples[$0].presentationTime) }
    keyOfSample = Self.keys(samples)

    guard let copy = cff_avcodec_parameters_alloc() else {
      throw .unreadable(file: path, reason: "out of memory")
    }
    parameters = copy
    _ = cff_avcodec_parameters_copy(copy, stream.codecpar)
    try checkSize()
  }

  deinit {
    var parameters: UnsafeMutablePointer<AVCodecParameters>? = parameters
    cff_avcodec_parameters_free(&parameters)
  }

  private func checkSize() throws(DataError) {
    let size = bytes.size
    if let frame = sampleOfFrame.firstIndex(where: { samples[$0].end > size }) {
      let needed = samples[sampleOfFrame[frame]].end
      throw .truncatedVideo(file: path, frame: frame, needed: needed, size: size)
    }
  }

  /// Reads a sample's bytes into `target`, which has room for them.
  func read(_ sample: VideoSample, into target: UnsafeMutablePointer<UInt8>) throws(DataError) {
    var done = 0
    while done < Int(sample.size) {
      let offset = sample.position + Int64(done)
      let count = pread(bytes.descriptor, target + done, Int(sample.size) - done, off_t(offset))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let frame = times.firstIndex { $0 >= timeBase.seconds(sample.presentationTime) } ?? 0
        throw .truncatedVideo(file: path, frame: frame, needed: sample.end, size: bytes.size)
      }
      done += count
    }
  }
}

// MARK: - Building the table

extension VideoIndex {
  private static func shownOrder(_ samples: [VideoSample]) -> [Int] {
    samples.indices.filter { !samples[$0].isDiscarded }
      .sorted { samples[$0].presentationTime < samples[$1].presentationTime }
  }

  /// A picture shown before its key picture (an open group) also needs the group before.
  private static func keys(_ samples: [VideoSample]) -> [Int] {
    var keys: [Int] = []
    return samples.indices.map { index in
      if samples[index].isKey { keys.append(index) }
      let time = samples[index].presentationTime
      return keys.last { samples[$0].presentationTime <= time } ?? keys.first ?? 0
    }
  }
}

extension AVRational {
  /// A time in seconds as Python's `float(Fraction)` gives it: one correctly rounded division.
  func seconds(_ time: Int64) -> Double {
    let (ticks, isTooLarge) = time.multipliedReportingOverflow(by: Int64(num))
    return (isTooLarge ? Double(time) * Double(num) : Double(ticks)) / Double(den)
  }
}

/// Files whose keys are equal can share a decoder.
struct DecoderKey: Hashable, Sendable {
  private let codec: UInt32
  private let shape: [Int32]
  private let extraData: [UInt8]

  init(_ parameters: AVCodecParameters) {
    codec = parameters.codec_id.rawValue
    shape = [
      parameters.width, parameters.height, parameters.format, parameters.profile,
      Int32(parameters.color_space.rawValue), Int32(parameters.color_range.rawValue),
    ]
    extraData = Array(
      UnsafeBufferPointer(start: parameters.extradata, count: Int(parameters.extradata_size)))
  }
}

// MARK: - Which frame

extension VideoIndex {
  /// The frame nearest to a time, under LeRobot's rule: |t − shown| < tolerance. LeRobot compares
  /// in float32, which has steps of 1e-4 s after 17 minutes (Q-DATA-7).
  ///
  /// LeRobot `video_utils.py`, `decode_video_frames_torchcodec`.
  /// - Parameter precision: seconds by which `time` itself may be wrong.
  /// - Throws: `DataError.timestampOutOfTolerance`.
  package func frame(
    at time: Double, tolerance: Double, precision: Double = 0
  ) throws(DataError) -> Int {
    var (low, high) = (0, times.count)
    while low < high {
      let middle = (low + high) / 2
      if times[middle] < time { low = middle + 1 } else { high = middle }
    }
    func distance(_ frame: Int) -> Double { abs(time - times[frame]) }
    var best = min(low, times.count - 1)
    // Of equally near ones the earlier, as torch's `min` picks.
    for earlier in [low - 1, low - 2] where earlier >= 0 && distance(earlier) <= distance(best) {
      best = earlier
    }
    guard best >= 0, distance(best) < tolerance + precision else {
      throw .timestampOutOfTolerance(
        file: path, asked: time, nearest: best >= 0 ? times[best] : .nan, tolerance: tolerance)
    }
    return best
  }
}
