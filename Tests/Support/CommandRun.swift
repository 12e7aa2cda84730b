import Foundation

/// What a program that a test started left behind.
package struct CommandRun {
  /// Variables with which nothing is asked of the hub.
  package static let offline = ["HF_HUB_OFFLINE": "1"]

  /// The exit status.
  package let status: Int32
  /// Standard output and standard error, in the order they were written.
  package let output: String

  /// Runs `arguments` in the repository's folder, found through PATH, and waits for its end.
  package init(_ arguments: String...) throws { try self.init(arguments) }

  /// The same with arguments from a list, in the repository's folder or another one.
  ///
  /// - Parameter environment: variables beside those of the tests; without them nothing is asked of
  ///   the hub.
  package init(
    _ arguments: [String], in folder: String? = nil,
    environment: [String: String] = Self.offline
  ) throws {
    let process = Process()
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.currentDirectoryURL = folder.map { URL(filePath: $0) } ?? RepositoryFiles.root
    let pipe = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    status = process.terminationStatus
    output = String(decoding: bytes, as: UTF8.self)
  }
}
