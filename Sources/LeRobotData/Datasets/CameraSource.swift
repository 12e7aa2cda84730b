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
  let timestamps: [Float]
  let tolerance: Double
  let cache: VideoIndexCache
  let backend: VideoBackend

  var decoding: String { "\(backend.rawValue) \(FFmpeg.release)" }

  func origin(of row: Int) -> FrameOrigin {
    let segment = segments[episodes.position(ofRow: row)]
    return FrameOrigin(file: segment.file, position: segment.start + Double(timestamps[row]))
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
    let origin = camera.origin(of: row)
    try reader.read(
      origin.file, camera: camera.key, time: origin.position, tolerance: camera.tolerance,
      size: camera.size, into: target)
  }

  var source: PlanarPicture? { reader.source }

  func convert(_ source: PlanarPicture, into target: UnsafeMutablePointer<UInt8>) -> Bool {
    reader.convert(source, into: target)
  }

  /// Decodes a frame and drops it.
  func decode(_ row: Int) throws(DataError) {
    let origin = camera.origin(of: row)
    try reader.decode(origin.file, time: origin.position, tolerance: camera.tolerance)
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
