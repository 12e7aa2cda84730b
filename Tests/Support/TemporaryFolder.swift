import Foundation

/// A folder of its own for one test, removed with its last reference.
package final class TemporaryFolder: Sendable {
  /// Absolute, without a trailing slash.
  package let path: String

  package init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Where a file of this name lies.
  package func file(_ name: String) -> String { path + "/" + name }

  /// Writes bytes to a file of this name and returns its path.
  package func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
    let folder = URL(filePath: file(name)).deletingLastPathComponent()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(filePath: file(name)))
    return file(name)
  }
}
