#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A lock by which one process claims a folder. It ends with this object or with the process.
///
/// The folder itself is locked, so no file is left behind. On file systems without such locks (some
/// networks') every claim succeeds. With several ranks the main one claims for all.
package final class FolderClaim: Sendable {
  private let descriptor: Int32

  /// - Throws: `TrainingError.outputDirectoryBusy` where another run has it.
  init(_ path: String) throws(TrainingError) {
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK else {
      return
    }
    throw .outputDirectoryBusy(path: path)
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }
}
