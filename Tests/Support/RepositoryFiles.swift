import Foundation

/// Where the files lie that tests read: found from this source file, so that tests run from
/// any folder.
package enum RepositoryFiles {
  /// The package's folder.
  package static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// `Fixtures/`, whose goldens only `Fixtures/generate` writes.
  package static let fixtures = root.appending(path: "Fixtures")

  /// The folder beside the repository that holds real datasets and traces of real runs; tests
  /// that need it are enabled only where it is.
  package static let shared = root.deletingLastPathComponent().appending(path: "shared")

  /// Whether `path` exists under `shared`.
  package static func hasShared(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: shared.appending(path: path).path)
  }

  /// The lines of a text file under `Fixtures/` or `shared`, empty ones left out.
  package static func lines(_ file: URL) throws -> [String] {
    try String(contentsOf: file, encoding: .utf8)
      .split(separator: "\n").map(String.init)
  }
}
