import Foundation

/// Makes files under names that nothing has yet.
enum TemporaryFile {
  /// Creates an empty file, `{prefix}{random text}`, open for reading and writing.
  ///
  /// Unlike `mkstemp`, it never leaves the descriptor to a program that another thread starts.
  /// - Returns: a descriptor and the file's path; a negative descriptor, with `errno` set, where
  ///   the file cannot be created.
  static func create(_ prefix: String) -> (descriptor: Int32, path: String) {
    let path = prefix + UUID().uuidString
    return (open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600), path)
  }
}
