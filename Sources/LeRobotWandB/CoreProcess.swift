import Foundation
import LeRobotCore

/// A wandb-core of our own, from its start to its end.
final class CoreProcess {
  let connection: CoreConnection
  private let process: Process

  /// Seconds that it may take to start, and to end.
  private static let startLimit = 30.0
  private static let endLimit = 10.0

  /// Starts the program and waits until it can be reached.
  init(_ program: String, _ folder: WandBFolder) throws(CoreFailure) {
    let portFile = "\(folder.logs)/port"
    let process = Process()
    process.executableURL = URL(filePath: program)
    // It ends itself when this process is gone.
    process.arguments = [
      "--port-filename", portFile, "--pid", String(getpid()), "--no-observability",
    ]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      throw CoreFailure("\(program) does not start: \(error.localizedDescription)")
    }
    self.process = process
    do throws(CoreFailure) {
      connection = try CoreConnection(Self.address(portFile, process))
    } catch {
      process.terminate()
      throw error
    }
    try? FileSystem.remove(portFile)
  }

  /// The address in the file that the program writes, whose last line is `EOF`.
  private static func address(_ file: String, _ process: Process) throws(CoreFailure) -> String {
    let deadline = Date(timeIntervalSinceNow: startLimit)
    while Date() < deadline {
      let lines = ((try? TextFile.read(file)) ?? "").split(separator: "\n")
      if lines.last == "EOF", let first = lines.first(where: { $0.contains("=") }) {
        return String(first)
      }
      guard process.isRunning else {
        throw CoreFailure("wandb-core ended at once, with status \(process.terminationStatus)")
      }
      Thread.sleep(forTimeInterval: 0.01)
    }
    throw CoreFailure("wandb-core was not ready after \(Int(startLimit)) seconds")
  }

  /// Asks it to end, and makes it.
  func end() {
    try? connection.send(CoreMessage.teardown)
    let deadline = Date(timeIntervalSinceNow: Self.endLimit)
    while process.isRunning, Date() < deadline { Thread.sleep(forTimeInterval: 0.01) }
    if process.isRunning { process.terminate() }
  }
}
