import Foundation

/// A file that holds samples: a video, or a temporary copy of what is in one. It is open as long as
/// this lives, and reading takes no lock.
final class SampleFile: Sendable {
  /// How far behind the place that a demuxer gives a sample's bytes are looked for: more than any
  /// container's frame header takes.
  private static let reach = 64

  let descriptor: Int32

  /// Opens a video.
  ///
  /// - Throws: `DataError.unreadable`.
  init(path: String) throws(DataError) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(file: path, reason: "it cannot be opened") }
  }

  /// Makes an empty file without a name, which ends with this.
  ///
  /// - Throws: `DataError.notWritable`.
  init() throws(DataError) {
    let name: String
    (descriptor, name) = TemporaryFile.create("\(Self.folder)/lerobot-video-")
    guard descriptor >= 0 else { throw Self.notWritable }
    unlink(name)
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  private static var folder: String { FileManager.default.temporaryDirectory.path }

  private static var notWritable: DataError {
    .notWritable(file: folder, reason: String(cString: strerror(errno)))
  }

  /// In bytes.
  var size: Int { Int(lseek(descriptor, 0, SEEK_END)) }

  /// Adds bytes at the end; one thread at a time.
  ///
  /// - Returns: their offset.
  func append(_ bytes: UnsafeRawBufferPointer) throws(DataError) -> Int64 {
    let start = size
    var done = 0
    while done < bytes.count, let base = bytes.baseAddress {
      let count = pwrite(descriptor, base + done, bytes.count - done, off_t(start + done))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Self.notWritable }
      done += count
    }
    return Int64(start)
  }

  /// The offset at which the file holds these bytes, at `start` or a little behind it; nil where it
  /// does not.
  func position(of bytes: UnsafeRawBufferPointer, from start: Int64) -> Int64? {
    guard start >= 0, let wanted = bytes.baseAddress else { return nil }
    let window = [UInt8](unsafeUninitializedCapacity: bytes.count + Self.reach) { buffer, count in
      while count < buffer.count, let base = buffer.baseAddress {
        let read = pread(descriptor, base + count, buffer.count - count, off_t(start) + count)
        if read < 0, errno == EINTR { continue }
        if read <= 0 { break }
        count += read
      }
    }
    return window.withUnsafeBytes { window -> Int64? in
      guard let base = window.baseAddress, window.count >= bytes.count else { return nil }
      let offset = (0...window.count - bytes.count).first { offset in
        memcmp(base + offset, wanted, bytes.count) == 0
      }
      return offset.map { start + Int64($0) }
    }
  }
}
