import LeRobotCore

/// The frames of one camera. Every thread makes a reader of its own.
///
/// Rows are counted over the episodes that were selected.
package protocol CameraSource: Sendable {
  /// Of every picture, in pixels.
  var size: (height: Int, width: Int) { get }
  /// What decodes the pictures, as far as their pixels depend on it.
  var decoding: String { get }
  /// Where a frame comes from.
  func origin(of row: Int) -> FrameOrigin
  func makeReader() -> any CameraReader
}

/// The file that holds a frame, and where in it: a time in seconds or a row.
package struct FrameOrigin: Sendable, Equatable {
  package var file: String
  package var position: Double

  package init(file: String, position: Double) {
    (self.file, self.position) = (file, position)
  }
}

/// Reads frames of one camera, one thread at a time.
package protocol CameraReader: AnyObject {
  /// Writes the picture of a frame as uint8 [3, H, W]. Frames asked for in ascending order are read
  /// fastest.
  func read(_ row: Int, into target: UnsafeMutablePointer<UInt8>) throws(DataError)
  /// What the picture that was read last was converted from, valid until the next call; nil where
  /// it was stored as it is, or in a form that cannot be kept.
  var source: PlanarPicture? { get }
  /// Writes what `read` wrote when this was its source.
  ///
  /// - Returns: false where that is not possible.
  func convert(_ source: PlanarPicture, into target: UnsafeMutablePointer<UInt8>) -> Bool
}

extension CameraReader {
  package var source: PlanarPicture? { nil }

  package func convert(
    _ source: PlanarPicture, into target: UnsafeMutablePointer<UInt8>
  ) -> Bool {
    false
  }
}

/// A camera whose episodes are stretches of video files.
struct VideoCamera: CameraSource {
  let key: String
  let size: (height: Int, width: Int)
  let episodes: [Episode]
  /// One for each of `episodes`.
  let segments: [VideoSegment]
  /// The time of every frame within its episode, in seconds.
  let timestamps: FrameColumn
  let tolerance: Double
  let cache: VideoIndexCache
  let backend: VideoBackend

  var decoding: String { "\(backend.rawValue) \(FFmpeg.release)" }

  func origin(of row: Int) -> FrameOrigin {
    // Without its time a frame has no place that a cache could know again.
    (try? moment(of: row))?.origin
      ?? FrameOrigin(file: segments[episodes.position(ofRow: row)].file, position: .nan)
  }

  /// Where a frame is, and the seconds by which its float32 timestamp may be wrong.
  func moment(of row: Int) throws(DataError) -> (origin: FrameOrigin, precision: Double) {
    let segment = segments[episodes.position(ofRow: row)]
    let time = try timestamps.element(Float.self, at: row)
    return (
      FrameOrigin(file: segment.file, position: segment.start + Double(time)),
      time.isFinite ? Double(time.ulp) : 0
    )
  }

  /// Whether the video shows a frame at its time.
  ///
  /// - Throws: `DataError.timestampOutOfTolerance`, or what is wrong with the file.
  func check(_ row: Int) throws(DataError) {
    let (origin, precision) = try moment(of: row)
    _ = try cache.index(origin.file).frame(
      at: origin.position, tolerance: tolerance, precision: precision)
  }

  func makeReader() -> any CameraReader {
    VideoCameraReader(camera: self)
  }
}

final class VideoCameraReader: CameraReader {
  private let camera: VideoCamera
  private let reader: VideoReader

  init(camera: VideoCamera) {
    self.camera = camera
    reader = VideoReader(cache: camera.cache, backend: camera.backend)
  }

  func read(_ row: Int, into target: UnsafeMutablePointer<UInt8>) throws(DataError) {
    let (origin, precision) = try camera.moment(of: row)
    try reader.read(
      origin.file, camera: camera.key, time: origin.position, tolerance: camera.tolerance,
      precision: precision, size: camera.size, into: target)
  }

  var source: PlanarPicture? { reader.source }

  func convert(_ source: PlanarPicture, into target: UnsafeMutablePointer<UInt8>) -> Bool {
    reader.convert(source, into: target)
  }

  /// Decodes a frame and drops it.
  func decode(_ row: Int) throws(DataError) {
    let (origin, precision) = try camera.moment(of: row)
    try reader.decode(
      origin.file, time: origin.position, tolerance: camera.tolerance, precision: precision)
  }
}

extension [Episode] {
  /// Which element holds a row.
  func position(ofRow row: Int) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle].rows.upperBound <= row { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
