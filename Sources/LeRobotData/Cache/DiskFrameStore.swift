import CPixels
import Foundation

/// Packed pictures in a file: a header, then one slot for every frame of the dataset. A slot is as
/// large as the largest packed picture. It holds a checksum (8 bytes), the number of bytes (8) and
/// the bytes. The rest of a slot is a hole in the file; so is a frame that was never read.
///
/// A record is valid if its checksum matches its bytes and the source it was decoded from. Nothing
/// else is trusted. So an interrupted write, a replaced video, or another process that writes the
/// same record does no harm: a record that does not match is decoded and written again.
///
/// The file is read, not mapped. Truncating a mapped file kills its readers, and mapped pages count
/// as memory of the process. The picture is copied into the batch in either case.
final class DiskFrameStore: FrameStore {
  /// The slot of a picture's record, and the seed of its checksum.
  struct Identity: Sendable {
    var record: Int
    var seed: UInt64
  }

  static let headerSize = 64
  /// The size of the checksum and the byte count in front of a record.
  static let prefixSize = 16
  private let path: String
  private let descriptor: Int32
  /// The most bytes a record may have.
  private let bound: Int
  private let identity: @Sendable (Int) -> Identity
  private let budget: DiskBudget

  /// Opens the file; replaces a file with another header by a new one.
  ///
  /// - Parameters:
  ///   - size: of a picture.
  ///   - budget: what may be written, shared with other stores.
  ///   - identity: of a row's picture.
  /// - Throws: `DataError.notWritable`.
  init(
    path: String, size: (height: Int, width: Int), budget: DiskBudget,
    identity: @escaping @Sendable (Int) -> Identity
  ) throws(DataError) {
    (self.path, self.budget, self.identity) = (path, budget, identity)
    bound = PicturePacker.bound(size)
    let header = Self.header(size)
    if let known = Self.open(path, header) {
      descriptor = known
      return
    }
    descriptor = try Self.create(path, header)
  }

  deinit { close(descriptor) }

  private static func header(_ size: (height: Int, width: Int)) -> [UInt8] {
    let text = "lerobot-train decoded frames, layout 2, \(size.width)x\(size.height)\n".utf8
    return text.prefix(headerSize) + [UInt8](repeating: 0, count: max(0, headerSize - text.count))
  }

  /// The file's descriptor; nil where the file is missing or has another header.
  private static func open(_ path: String, _ header: [UInt8]) -> Int32? {
    let descriptor = Foundation.open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    var found = [UInt8](repeating: 0, count: headerSize)
    if pread(descriptor, &found, headerSize, 0) == headerSize, found == header { return descriptor }
    close(descriptor)
    return nil
  }

  /// Creates a file with a header and renames it to `path`.
  private static func create(_ path: String, _ header: [UInt8]) throws(DataError) -> Int32 {
    let folder = (path as NSString).deletingLastPathComponent
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let (descriptor, name) = TemporaryFile.create("\(path).")
    guard descriptor >= 0,
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
    off_t(Self.headerSize + record * (Self.prefixSize + bound))
  }

  func wants(_ row: Int) -> Bool { !budget.isOver }

  func record(
    of row: Int, in buffer: UnsafeMutableRawBufferPointer
  ) -> UnsafeRawBufferPointer? {
    let identity = identity(row)
    let start = offset(identity.record)
    var prefix: (checksum: UInt64, count: UInt64) = (0, 0)
    let isThere = withUnsafeMutableBytes(of: &prefix) {
      pread(descriptor, $0.baseAddress, Self.prefixSize, start) == Self.prefixSize
    }
    guard isThere, prefix.checksum != 0, prefix.count > 0, prefix.count <= UInt64(bound) else {
      return nil
    }
    let record = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(prefix.count)])
    let found = pread(
      descriptor, record.baseAddress, record.count, start + off_t(Self.prefixSize))
    guard found == record.count,
      prefix.checksum == Self.checksum(UnsafeRawBufferPointer(record), identity)
    else { return nil }
    return UnsafeRawBufferPointer(record)
  }

  func keep(_ row: Int, _ record: UnsafeRawBufferPointer) {
    let size = Self.prefixSize + record.count
    guard budget.take(size) else { return }
    let identity = identity(row)
    var prefix = (Self.checksum(record, identity), UInt64(record.count))
    let count = withUnsafeMutableBytes(of: &prefix) { prefix in
      let parts = [
        iovec(iov_base: prefix.baseAddress, iov_len: prefix.count),
        iovec(
          iov_base: UnsafeMutableRawPointer(mutating: record.baseAddress), iov_len: record.count),
      ]
      return pwritev(descriptor, parts, 2, offset(identity.record))
    }
    if count != size {
      budget.end(because: count < 0 ? String(cString: strerror(errno)) : "no space left")
    }
  }

  /// The checksum of a record; it also depends on the number of bytes.
  private static func checksum(_ record: UnsafeRawBufferPointer, _ identity: Identity) -> UInt64 {
    cpx_checksum(
      record.baseAddress?.assumingMemoryBound(to: UInt8.self), record.count, identity.seed)
  }
}
