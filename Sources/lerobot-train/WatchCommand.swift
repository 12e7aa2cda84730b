import LeRobotCore
import LeRobotWatch

/// Shows runs: what `--watch=RUN` does.
struct WatchCommand {
  let request: WatchRequest
  let environment: [String: String]

  /// In browsers where a port is named, else in the terminal.
  ///
  /// - Returns: the exit status.
  func run() throws -> Int32 {
    if let port = request.port { return try ServerCommand(request.runs, port: port).run() }
    return try TerminalView(request.runs, environment: environment).run()
  }
}
