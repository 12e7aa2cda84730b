#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A lock on a file of its own, which Python's `filelock` understands: its holder works on what
/// the file stands for. It ends with this object or with the process; the file stays.
///
/// On file systems without such locks (some networks') it holds nobody back.
package struct FileLock: ~Copyable {
  private let descriptor: Int32

  /// Takes the lock, and waits for its holder.
  ///
  /// - Parameter waiting: called once before a wait.
  package init(_ path: String, waiting: () -> Void = {}) throws(FileError) {
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { throw .system(.open, path: path, code: errno) }
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
        waiting()
        while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
      }
      // Some versions of Python's remove the file when they are done: then this is a lock on nothing.
      if Self.isSame(descriptor, path) {
        self.descriptor = descriptor
        return
      }
      close(descriptor)
    }
  }

  deinit { close(descriptor) }

  private static func isSame(_ descriptor: Int32, _ path: String) -> Bool {
    var (held, present) = (stat(), stat())
    return fstat(descriptor, &held) == 0 && stat(path, &present) == 0
      && held.st_ino == present.st_ino && held.st_dev == present.st_dev
  }
}
