/// Keeps the decoded pictures of one camera, each uint8 [3, H, W]. Any thread may call it.
protocol FrameStore: Sendable {
  /// Writes a kept picture to `target`.
  ///
  /// - Returns: false where it is not kept; `target` then holds anything.
  func read(_ row: Int, into target: UnsafeMutablePointer<UInt8>) -> Bool
  /// Keeps a picture where there is room for it.
  func keep(_ row: Int, _ picture: UnsafePointer<UInt8>)
}

/// A camera whose pictures are decoded once and kept.
struct CachedCamera: CameraSource {
  let camera: any CameraSource
  let store: any FrameStore

  var size: (height: Int, width: Int) { camera.size }
  var decoding: String { camera.decoding }
  func origin(of row: Int) -> FrameOrigin { camera.origin(of: row) }

  func makeReader() -> any CameraReader {
    CachedCameraReader(reader: camera.makeReader(), store: store)
  }
}

private final class CachedCameraReader: CameraReader {
  private let reader: any CameraReader
  private let store: any FrameStore

  init(reader: any CameraReader, store: any FrameStore) {
    (self.reader, self.store) = (reader, store)
  }

  func read(_ row: Int, into target: UnsafeMutablePointer<UInt8>) throws(DataError) {
    if store.read(row, into: target) { return }
    try reader.read(row, into: target)
    store.keep(row, target)
  }
}
