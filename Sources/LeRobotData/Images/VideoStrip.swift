/// Frames of a video side by side: what a page that shows no videos can show of one.
package enum VideoStrip {
  /// Evenly spaced frames, the first and the last among them.
  ///
  /// - Parameters:
  ///   - path: of an MP4 file.
  ///   - frameLimit: how many frames are shown; a shorter video has all of them.
  /// - Throws: `DataError`, as `VideoReader` does; `unreadable` for a video without a frame.
  package static func image(
    _ path: String, frameLimit: Int = 8, widthLimit: Int = ContactSheet.widthLimit
  ) throws(DataError) -> RGBImage {
    let cache = VideoIndexCache(capacity: 1)
    let index = try cache.index(path)
    let reader = VideoReader(cache: cache, backend: .torchcodec)
    let size = (height: index.height, width: index.width)
    let frames = evenlySpaced(min(frameLimit, index.frameCount), of: index.frameCount)
    var bytes = [UInt8](repeating: 0, count: frames.count * 3 * size.height * size.width)
    for (place, frame) in frames.enumerated() {
      try read(index.times[frame], at: place, reader, path, size, &bytes)
    }
    let grid = PictureGrid(
      bytes: bytes, columns: frames.count, rows: 1, channels: 3, height: size.height,
      width: size.width)
    guard let sheet = grid.sheet(crop: nil, widthLimit: widthLimit) else {
      throw .unreadable(file: path, reason: "it shows no frame")
    }
    return sheet
  }

  private static func read(
    _ time: Double, at place: Int, _ reader: VideoReader, _ path: String,
    _ size: (height: Int, width: Int), _ bytes: inout [UInt8]
  ) throws(DataError) {
    var failure: DataError?
    bytes.withUnsafeMutableBufferPointer { buffer in
      guard let target = buffer.baseAddress else { return }
      do throws(DataError) {
        // The times are those of the frames, so that any tolerance will do.
        try reader.read(
          path, camera: "video", time: time, tolerance: 1, size: size,
          into: target + place * 3 * size.height * size.width)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// Indices of `count` frames among `total`.
  private static func evenlySpaced(_ count: Int, of total: Int) -> [Int] {
    (0..<max(0, count)).map { count == 1 ? 0 : $0 * (total - 1) / (count - 1) }
  }
}
