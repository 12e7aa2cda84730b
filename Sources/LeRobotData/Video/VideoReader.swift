import CFFmpeg
import Synchronization

/// Indices of the video files in use, shared by all threads; the least recently used go first.
package final class VideoIndexCache: Sendable {
  private struct State {
    var entries: [String: (index: VideoIndex, use: Int)] = [:]
    var uses = 0

    mutating func touch(_ path: String) -> VideoIndex? {
      uses += 1
      entries[path]?.use = uses
      return entries[path]?.index
    }

    mutating func insert(_ index: VideoIndex, capacity: Int) {
      if entries.count >= capacity, let oldest = entries.min(by: { $0.value.use < $1.value.use }) {
        entries[oldest.key] = nil
      }
      entries[index.path] = (index, uses)
    }
  }

  private let capacity: Int
  private let state = Mutex(State())

  /// - Parameter capacity: how many files may be open at once.
  package init(capacity: Int = 256) {
    self.capacity = capacity
  }

  /// The index of a file, read at the first call.
  package func index(_ path: String) throws(DataError) -> VideoIndex {
    if let known = state.withLock({ state in state.touch(path) }) { return known }
    // Not under the lock: two threads may read the same file's index, and then agree on one.
    let read = try VideoIndex(path: path)
    return state.withLock { state in
      if let known = state.touch(path) { return known }
      state.insert(read, capacity: capacity)
      return read
    }
  }
}

/// Reads frames of many video files; one per thread.
package final class VideoReader {
  private let cache: VideoIndexCache
  private let backend: VideoBackend
  private var decoders: [DecoderKey: FrameDecoder] = [:]
  private var latest: FrameDecoder?
  private let converter: ColorConverter

  package init(cache: VideoIndexCache, backend: VideoBackend) {
    self.cache = cache
    self.backend = backend
    converter = ColorConverter(backend: backend)
  }

  /// Writes the frame shown at a time, in seconds, as uint8 [3, H, W].
  ///
  /// - Parameters:
  ///   - size: height and width the caller has room for.
  ///   - tolerance: seconds a frame may lie beside its time.
  ///   - precision: seconds by which `time` itself may be wrong.
  /// - Throws: `DataError`, as the index and the decoder do, or `wrongImageSize`.
  package func read(
    _ path: String, camera: String, time: Double, tolerance: Double, precision: Double = 0,
    size: (height: Int, width: Int), into target: UnsafeMutablePointer<UInt8>
  ) throws(DataError) {
    let index = try cache.index(path)
    let frame = try index.frame(at: time, tolerance: tolerance, precision: precision)
    latest = nil
    let decoder = try decoder(for: index)
    try decoder.decode(frame, of: index)
    // The decoder knows the real size, whatever the container says.
    guard decoder.size == size else {
      throw .wrongImageSize(
        file: path, camera: camera, found: [decoder.size.height, decoder.size.width, 3],
        expected: [size.height, size.width, 3])
    }
    try decoder.convert(frame, of: index, into: target)
    latest = decoder
  }

  /// The picture that was read last, before it was converted; valid until the next call.
  package var source: PlanarPicture? { latest?.source }

  /// Writes as uint8 [3, H, W] what `read` wrote when this was its source.
  ///
  /// - Returns: false where FFmpeg cannot be opened or has no such conversion.
  package func convert(_ source: PlanarPicture, into target: UnsafeMutablePointer<UInt8>) -> Bool {
    var frame = AVFrame(source)
    return cff_open() == nil && converter.convert(&frame, into: target)
  }

  /// Decodes the frame shown at a time and drops it.
  func decode(
    _ path: String, time: Double, tolerance: Double, precision: Double
  ) throws(DataError) {
    let index = try cache.index(path)
    let frame = try index.frame(at: time, tolerance: tolerance, precision: precision)
    try decoder(for: index).decode(frame, of: index)
  }

  private func decoder(for index: VideoIndex) throws(DataError) -> FrameDecoder {
    if let known = decoders[index.decoderKey] { return known }
    let decoder = try FrameDecoder(index, backend: backend)
    decoders[index.decoderKey] = decoder
    return decoder
  }
}
