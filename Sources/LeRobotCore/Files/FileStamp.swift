import Foundation

/// By what a change of a file is known without reading it: its number on the disk, its length and when it
/// was last written.
package struct FileStamp: Sendable, Equatable {
  private let number: UInt64
  private let size: Int
  private let seconds: Int
  private let nanoseconds: Int

  /// - Returns: nil where there is no file.
  package init?(_ path: String) {
    var information = stat()
    guard stat(path, &information) == 0 else { return nil }
    number = UInt64(information.st_ino)
    size = Int(information.st_size)
    (seconds, nanoseconds) = (information.st_mtim.tv_sec, information.st_mtim.tv_nsec)
  }

  /// Length and time: a copy that keeps its time is the same version.
  package var version: String { "\(size) \(seconds) \(nanoseconds)" }

  /// When it was last written, in seconds since 1970.
  package var changed: Double { Double(seconds) + Double(nanoseconds) * 1e-9 }
}
