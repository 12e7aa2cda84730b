import Foundation
import LeRobotCore

/// A text file that grows line by line; each line is on disk's side of the process when `append`
/// returns, so that a killed run loses none.
package final class LineFile {
  private let descriptor: Int32
  private let path: String

  /// Opens `path` for writing.
  ///
  /// - Parameter appending: keeps what the file holds; otherwise it is emptied.
  package init(path: String, appending: Bool) throws(TrainingError) {
    self.path = path
    descriptor = open(
      path, O_WRONLY | O_CREAT | O_CLOEXEC | (appending ? O_APPEND : O_TRUNC), 0o644)
    if descriptor < 0 {
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
  }

  deinit { close(descriptor) }

  /// Writes a line and its end, or nothing of it.
  package func append(_ line: String) throws(TrainingError) {
    let bytes = Array((line + "\n").utf8)
    let start = lseek(descriptor, 0, SEEK_END)
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count < 0 {
        let reason = String(cString: strerror(errno))
        // A part of a line would make the next one unreadable too.
        if written > 0, start >= 0 { ftruncate(descriptor, start) }
        throw .cannotWrite(path: path, reason: reason)
      }
      written += count
    }
  }
}
