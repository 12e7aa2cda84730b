import Foundation

/// A program that downloads one file: `curl`, `wget`, or Python, whichever is there.
///
/// FoundationNetworking would add libcurl and OpenSSL to every start of the command, `--help`
/// included (20 ms and 7 MB, measured), for something done once per machine; these programs bring
/// the system's proxies and certificates with them.
package struct Downloader: Sendable, Equatable {
  /// The program.
  package var name: String
  private var arguments: [String]

  /// In the order of preference. They get the address and the target as their last arguments.
  package static let all = [
    Downloader(
      name: "curl",
      arguments: [
        "--fail", "--location", "--silent", "--show-error", "--connect-timeout", "20", "--retry",
        "2", "--url", "{address}", "--output", "{target}",
      ]),
    Downloader(
      name: "wget",
      arguments: [
        "--no-verbose", "--timeout=20", "--tries=3", "--output-document={target}", "{address}",
      ]),
    Downloader(
      name: "python3",
      arguments: [
        "-c", "import sys, urllib.request as u; u.urlretrieve(sys.argv[1], sys.argv[2])",
        "{address}", "{target}",
      ]),
  ]

  /// Downloads; returns what went wrong in a line, nil where nothing did.
  ///
  /// - Parameter environment: the program's; its `PATH` says where programs are.
  package func download(_ address: String, to target: String, environment: [String: String])
    -> String?
  {
    guard let program = path(environment) else { return "\(name) is not installed" }
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments.map {
      $0.replacing("{address}", with: address).replacing("{target}", with: target)
    }
    process.environment = environment
    let output = Pipe()
    process.standardError = output
    process.standardOutput = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      return "\(name) cannot be run"
    }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus != 0 else { return nil }
    let line = text.split(separator: "\n").last.map(String.init)
    return line ?? "\(name) ended with status \(process.terminationStatus)"
  }

  /// Where the program is; nil where it is not installed.
  package func path(_ environment: [String: String]) -> String? {
    (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
      .map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
