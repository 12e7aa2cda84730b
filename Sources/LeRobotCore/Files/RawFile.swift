#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An open file, read at any offset or written from start to end; closed with its last reference.
package final class RawFile: Sendable {
  package let path: String
  private let descriptor: Int32

  /// Opens a file (or a folder, to sync it) for reading.
  package init(reading path: String) throws(FileError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw .system(.open, path: path, code: errno) }
  }

  /// Creates a file, or empties the one that is there, for writing.
  package init(writing path: String) throws(FileError) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    if descriptor < 0 { throw .system(.create, path: path, code: errno) }
  }

  /// Opens a file to be written and read at any offset, creating it where there is none.
  package init(continuing path: String) throws(FileError) {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    if descriptor < 0 { throw .system(.create, path: path, code: errno) }
  }

  /// Creates a file that is not there yet, for reading and writing at any offset.
  init(creating path: String, byteCount: Int) throws(FileError) {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    if descriptor < 0 { throw .system(.create, path: path, code: errno) }
    if ftruncate(descriptor, off_t(byteCount)) != 0 {
      throw .system(.write, path: path, code: errno)
    }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// The file's length in bytes.
  package func size() throws(FileError) -> Int {
    var information = stat()
    if fstat(descriptor, &information) != 0 { throw .system(.read, path: path, code: errno) }
    if information.st_mode & S_IFMT == S_IFDIR {
      throw .system(.read, path: path, code: EISDIR)
    }
    return Int(information.st_size)
  }

  /// The file's number on its disk: another file of the same name has another one.
  package func number() throws(FileError) -> UInt64 {
    var information = stat()
    if fstat(descriptor, &information) != 0 { throw .system(.read, path: path, code: errno) }
    return UInt64(information.st_ino)
  }

  /// Reads `count` elements that start at byte `offset`, straight into the array's own storage.
  package func read<Element: BitwiseCopyable>(
    _: Element.Type, count: Int, at offset: Int
  ) throws(FileError) -> [Element] {
    var failure: FileError?
    let elements = [Element](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      let target = UnsafeMutableRawBufferPointer(
        start: buffer.baseAddress, count: count * MemoryLayout<Element>.stride)
      do throws(FileError) {
        try fill(target, at: offset)
        initializedCount = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return elements
  }

  /// Fills `target` with the bytes that start at byte `offset`.
  package func fill(_ target: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) {
    var filled = 0
    while filled < target.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: target[filled...])
      let received = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
      if received > 0 {
        filled += received
      } else if received == 0 {
        throw .endOfFile(path: path, expected: target.count, found: filled)
      } else if errno != EINTR {
        throw .system(.read, path: path, code: errno)
      }
    }
  }

  /// Appends bytes.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    var written = 0
    while written < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
      let accepted = writeOnce(rest)
      if accepted >= 0 {
        written += accepted
      } else if errno != EINTR {
        throw .system(.write, path: path, code: errno)
      }
    }
  }

  /// Writes bytes from byte `offset` on.
  package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
    var written = 0
    while written < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
      let accepted = pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + written))
      if accepted >= 0 {
        written += accepted
      } else if errno != EINTR {
        throw .system(.write, path: path, code: errno)
      }
    }
  }

  /// Cuts the file to so many bytes.
  package func truncate(to byteCount: Int) throws(FileError) {
    if ftruncate(descriptor, off_t(byteCount)) != 0 {
      throw .system(.write, path: path, code: errno)
    }
  }

  /// Maps bytes; the address stays valid until `munmap`. Who writes there changes memory of this
  /// process alone, never the file.
  ///
  /// - Parameters:
  ///   - count: above zero; all of them lie in the file.
  ///   - offset: a multiple of the page size.
  func map(count: Int, at offset: Int) throws(FileError) -> UInt {
    let address = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, off_t(offset))
    guard let address, address != MAP_FAILED else {
      throw .system(.map, path: path, code: errno)
    }
    return UInt(bitPattern: address)
  }

  /// Appends the elements' bytes, little-endian as every machine this runs on has them.
  package func write<Element: BitwiseCopyable>(_ elements: [Element]) throws(FileError) {
    var failure: FileError?
    elements.withUnsafeBytes { bytes in
      do throws(FileError) { try write(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// Writes bytes at an offset: all of them, or the file is cut there.
  package func add(_ bytes: [UInt8], at offset: Int) throws(FileError) {
    var failure: FileError?
    bytes.withUnsafeBytes { bytes in
      do throws(FileError) { try write(bytes, at: offset) } catch { failure = error }
    }
    guard let failure else { return }
    // Half of it would make what comes after it unreadable.
    try? truncate(to: offset)
    throw failure
  }

  /// Waits until the bytes are on the disk.
  package func sync() throws(FileError) {
    // Some file systems cannot sync a folder and say so with EINVAL; there is nothing to wait for.
    if fsync(descriptor) != 0, errno != EINVAL {
      throw .system(.sync, path: path, code: errno)
    }
  }

  private func writeOnce(_ bytes: UnsafeRawBufferPointer) -> Int {
    #if canImport(Glibc)
      Glibc.write(descriptor, bytes.baseAddress, bytes.count)
    #elseif canImport(Musl)
      Musl.write(descriptor, bytes.baseAddress, bytes.count)
    #else
      Darwin.write(descriptor, bytes.baseAddress, bytes.count)
    #endif
  }
}
