import CPixels
import LeRobotCore

/// The frames of one camera. Every thread makes a reader of its own.
package protocol CameraSource: Sendable {
  func makeReader() -> any CameraReader
}

/// Reads frames of one camera, one thread at a time.
package protocol CameraReader: AnyObject {
  /// Writes the pictures of some frames of one episode as uint8 [rows, 3, H, W].
  ///
  /// - Parameter rows: counted over the episodes that were selected.
  func read(
    _ rows: [Int], into target: UnsafeMutablePointer<UInt8>
  ) throws(DataError)
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

  func makeReader() -> any CameraReader {
    VideoCameraReader(camera: self)
  }
}

private final class VideoCameraReader: CameraReader {
  private let camera: VideoCamera
  private let reader: VideoReader

  init(camera: VideoCamera) {
    self.camera = camera
    reader = VideoReader(cache: camera.cache, backend: camera.backend)
  }

  func read(_ rows: [Int], into target: UnsafeMutablePointer<UInt8>) throws(DataError) {
    guard let first = rows.first else { return }
    let segment = camera.segments[camera.episodes.position(ofRow: first)]
    try reader.read(
      segment.file, camera: camera.key,
      times: rows.map { segment.start + Double(camera.timestamps[$0]) },
      tolerance: camera.tolerance, size: camera.size, into: target)
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
