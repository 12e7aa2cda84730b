import CPixels
import Foundation
import Synchronization

/// Decoded pictures in a file: a header, then a record for every frame of the dataset, the
/// picture's checksum (8 bytes) before its bytes. Frames that were never read are holes.
///
/// A record counts only if its checksum is that of its bytes, begun with what the picture was
/// decoded from. That alone decides, so it does not matter what else has happened to the file: a
/// write that was cut off, a video that was replaced, another process or thread that writes the
/// same record, a frame that was never written. What does not fit is decoded and written again.
///
/// It is read, not mapped: a mapped file that someone cuts short kills whoever looks at it, its
/// pages count as the process's memory, and the picture is copied into the batch in either case.
final class DiskFrameStore: FrameStore {
  /// Where a picture's record stands, and what its checksum begins with.
  struct Identity: Sendable {
    var record: Int
    var seed: UInt64
  }

  static let headerSize = 64
  private let path: String
  private let descriptor: Int32
  private let pictureSize: Int
  private let identity: @Sendable (Int) -> Identity
  private let budget: DiskBudget

  /// Opens the file, or puts a new one in the place of anything else.
  ///
  /// - Parameters:
  ///   - shape: of a picture.
  ///   - budget: what may be written, shared with other stores.
  ///   - identity: of a row's picture.
  /// - Throws: `DataError.notWritable`.
  init(
    path: String, shape: [Int], budget: DiskBudget,
    identity: @escaping @Sendable (Int) -> Identity
  ) throws(DataError) {
    (self.path, self.budget, self.identity) = (path, budget, identity)
    pictureSize = shape.reduce(1, *)
    let header = Self.header(shape)
    if let known = Self.open(path, header) {
      descriptor = known
      return
    }
    descriptor = try Self.create(path, header)
  }

  deinit { close(descriptor) }

  private static func header(_ shape: [Int]) -> [UInt8] {
    let text = "lerobot-train decoded frames, layout 1, \(shape)\n".utf8
    return text.prefix(headerSize) + [UInt8](repeating: 0, count: max(0, headerSize - text.count))
  }

  /// The file's descriptor; nil where it is not there or begins differently.
  private static func open(_ path: String, _ header: [UInt8]) -> Int32? {
    let descriptor = Foundation.open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    var found = [UInt8](repeating: 0, count: headerSize)
    if pread(descriptor, &found, headerSize, 0) == headerSize, found == header { return descriptor }
    close(descriptor)
    return nil
  }

  /// A new file with a header, renamed to its place once it has one.
  private static func create(_ path: String, _ header: [UInt8]) throws(DataError) -> Int32 {
    let folder = (path as NSString).deletingLastPathComponent
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var name = Array("\(path).XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    guard descriptor >= 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0,
      write(descriptor, header, headerSize) == headerSize, rename(name, path) == 0
    else {
      let reason = String(cString: strerror(errno))
      if descriptor >= 0 {
        unlink(name)
        close(descriptor)
      }
      throw .notWritable(file: path, reason: reason)
    }
    return descriptor
  }

  private func offset(_ record: Int) -> off_t {
    off_t(Self.headerSize + record * (8 + pictureSize))
  }

  func read(_ row: Int, into target: UnsafeMutablePointer<UInt8>) -> Bool {
    let identity = identity(row)
    var stored: UInt64 = 0
    let count = withUnsafeMutableBytes(of: &stored) { stored in
      let parts = [
        iovec(iov_base: stored.baseAddress, iov_len: 8),
        iovec(iov_base: target, iov_len: pictureSize),
      ]
      return preadv(descriptor, parts, 2, offset(identity.record))
    }
    return count == 8 + pictureSize && stored != 0
      && stored == cpx_checksum(target, pictureSize, identity.seed)
  }

  func keep(_ row: Int, _ picture: UnsafePointer<UInt8>) {
    guard budget.take(8 + pictureSize) else { return }
    let identity = identity(row)
    var checksum = cpx_checksum(picture, pictureSize, identity.seed)
    let count = withUnsafeMutableBytes(of: &checksum) { checksum in
      let parts = [
        iovec(iov_base: checksum.baseAddress, iov_len: 8),
        iovec(iov_base: UnsafeMutablePointer(mutating: picture), iov_len: pictureSize),
      ]
      return pwritev(descriptor, parts, 2, offset(identity.record))
    }
    if count != 8 + pictureSize {
      budget.end(because: count < 0 ? String(cString: strerror(errno)) : "no space left")
    }
  }
}

/// How much may still be written to a disk; says once when that is over.
final class DiskBudget: Sendable {
  private let left: Mutex<Int>
  private let folder: String
  private let warn: @Sendable (String) -> Void

  init(bytes: Int, folder: String, warn: @escaping @Sendable (String) -> Void) {
    left = Mutex(bytes)
    (self.folder, self.warn) = (folder, warn)
  }

  /// Half of what is free where `folder` lies; 0 where that cannot be found out.
  static func half(of folder: String) -> Int {
    var found = statvfs()
    guard statvfs(folder, &found) == 0 else { return 0 }
    return Int(found.f_bavail) * Int(found.f_frsize) / 2
  }

  /// Whether so many bytes may be written; they are then counted.
  func take(_ bytes: Int) -> Bool {
    let isEnough = left.withLock { left in
      guard left >= bytes else { return false }
      left -= bytes
      return true
    }
    if !isEnough { end(because: "half of the space that was free is used") }
    return isEnough
  }

  /// No more is written.
  func end(because reason: String) {
    let isFirst = left.withLock { left in
      defer { left = -1 }
      return left >= 0
    }
    if isFirst {
      warn("\(folder): the frame cache is full (\(reason)); other frames are decoded each time")
    }
  }
}
