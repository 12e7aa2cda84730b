#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Part of a file, mapped into memory: the system reads a page when it is first touched, and the
/// memory is that of its file cache.
///
/// The file's name may go, as when a checkpoint is removed. A file that is cut while it is mapped
/// ends the program at the next touch (SIGBUS); weights are replaced by renaming, never in place.
package final class MappedMemory: HostMemory {
  /// The first page's address, as a number: an address that stays valid until `deinit`.
  private let address: UInt
  private let mappedCount: Int
  /// Where the bytes begin in the first page.
  private let start: Int
  package let byteCount: Int

  /// Maps `range` of an open file, which must have that many bytes.
  init(_ file: RawFile, range: Range<Int>) throws(FileError) {
    let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
    let offset = range.lowerBound / pageSize * pageSize
    start = range.lowerBound - offset
    byteCount = range.count
    mappedCount = range.upperBound - offset
    address = try file.map(count: mappedCount, at: offset)
  }

  /// From this size on bytes are mapped; below it, reading costs less.
  static let smallestSize = 1 << 20

  deinit {
    munmap(UnsafeMutableRawPointer(bitPattern: address), mappedCount)
  }

  package var fixedBytes: UnsafeRawBufferPointer? {
    UnsafeRawBufferPointer(
      start: UnsafeRawPointer(bitPattern: address + UInt(start)), count: byteCount)
  }

  package func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    let bytes = UnsafeRawBufferPointer(
      start: UnsafeRawPointer(bitPattern: address + UInt(start)), count: byteCount)
    return try body(bytes)
  }

  /// Gives the pages back; the next touch reads them again.
  package func release() {
    madvise(UnsafeMutableRawPointer(bitPattern: address), mappedCount, MADV_DONTNEED)
  }
}

extension RawFile {
  /// Part of the file: read, or mapped where it is large. The range must lie within the file.
  func buffer(_ range: Range<Int>) throws(FileError) -> HostBuffer {
    range.count < MappedMemory.smallestSize
      ? HostBuffer(try read(UInt8.self, count: range.count, at: range.lowerBound))
      : HostBuffer(try MappedMemory(self, range: range))
  }
}
