#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// One process's claim to a folder, over with the claim or the process, however that ends.
///
/// It is a lock on the folder itself, which leaves no file. File systems that know no such locks
/// (some networks') let everybody claim.
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
