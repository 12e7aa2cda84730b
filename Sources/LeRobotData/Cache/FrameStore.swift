/// Keeps the packed pictures of one camera. Any thread may call it.
protocol FrameStore: Sendable {
  /// Whether a row's picture would be stored: it is not stored yet, and it may fit.
  func wants(_ row: Int) -> Bool
  /// The record of a row, followed by `PicturePacker.slack` readable bytes; nil where there is none.
  ///
  /// - Parameter buffer: room for the largest record and its slack, which the store may use. Buffer
  ///   and store must outlive the result.
  func record(
    of row: Int, in buffer: UnsafeMutableRawBufferPointer
  ) -> UnsafeRawBufferPointer?
  /// Stores a picture if it fits.
  func keep(_ row: Int, _ record: UnsafeRawBufferPointer)
}

/// A camera whose pictures are decoded once and kept.
struct CachedCamera: CameraSource {
  let camera: any CameraSource
  let store: any FrameStore

  var size: (height: Int, width: Int) { camera.size }
  var decoding: String { camera.decoding }
  func origin(of row: Int) -> FrameOrigin { camera.origin(of: row) }

  func makeReader() -> any CameraReader {
    CachedCameraReader(reader: camera.makeReader(), store: store, size: size)
  }
}

private final class CachedCameraReader: CameraReader {
  private let reader: any CameraReader
  private let store: any FrameStore
  private let packer: PicturePacker
  private let buffer: UnsafeMutableRawBufferPointer

  init(reader: any CameraReader, store: any FrameStore, size: (height: Int, width: Int)) {
    (self.reader, self.store) = (reader, store)
    packer = PicturePacker(size: size)
    buffer = .allocate(
      byteCount: PicturePacker.bound(size) + PicturePacker.slack, alignment: 8)
  }

  deinit { buffer.deallocate() }

  func read(_ row: Int, into target: UnsafeMutablePointer<UInt8>) throws(DataError) {
    if let record = store.record(of: row, in: buffer),
      packer.unpack(record, into: target, convert: { reader.convert($0, into: target) })
    {
      return
    }
    try reader.read(row, into: target)
    guard store.wants(row) else { return }
    store.keep(row, reader.pack(target, by: packer))
  }
}

extension CameraReader {
  /// The record of the picture that was read last; valid until the packer's next one.
  ///
  /// - Parameter picture: that one, uint8 [3, H, W].
  func pack(
    _ picture: UnsafePointer<UInt8>, by packer: PicturePacker
  ) -> UnsafeRawBufferPointer {
    source.map { packer.pack($0) } ?? packer.pack(picture)
  }
}
