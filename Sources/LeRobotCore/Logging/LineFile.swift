import Foundation

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

  /// Writes a line and its end.
  package func append(_ line: String) throws(TrainingError) {
    let bytes = Array((line + "\n").utf8)
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count < 0 {
        throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
      }
      written += count
    }
  }
}
