import LeRobotCore
import LeRobotTraining

/// Makes what shows runs that are over: what `--report=RUN` does.
struct ReportCommand {
  let request: ReportRequest
  let environment: [String: String]

  /// Prints the path of each file, and what else there is to say on standard error.
  func run() throws -> Int32 {
    for path in request.runs {
      let made = try RunRebuild(path, environment: environment)
      for note in made.notes { StandardStream.error.write(note + "\n") }
      guard StandardStream.output.write(made.files.map { $0 + "\n" }.joined()) else {
        return ExitStatus.failure
      }
    }
    return ExitStatus.success
  }
}
