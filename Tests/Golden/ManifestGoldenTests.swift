import Foundation
import Support
import Testing

struct ManifestGoldenTests {
  /// Runs the golden driver; it needs nothing but Python for this.
  private func runDriver(_ arguments: String...) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "python3", "-B", RepositoryFiles.fixtures.appending(path: "generate").path,
    ]
    process.arguments? += arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  @Test func storedGoldensAreTheFilesTheirManifestsDescribe() throws {
    let (status, output) = try runDriver("--verify")
    #expect(status == 0, "\(output)")
  }
}
