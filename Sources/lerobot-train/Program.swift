import Foundation
import LeRobotCore
import LeRobotHub
import LeRobotLogging
import LeRobotTraining

/// The command: from arguments to an exit status, every failure a line that says what to do.
struct Program {
  let arguments: [String]
  let environment: [String: String]

  /// - Returns: what `ExitStatus` and `ConfigError.exitStatus` say.
  func run() -> Int32 {
    StandardStream.fillGaps()
    SignalWatch.ignoreFailedWrites()
    do {
      switch try Invocation(arguments: arguments, machine: .current(environment: environment)) {
      case .print(let text, let warnings):
        for warning in warnings { Self.report("warning", warning.description) }
        return StandardStream.output.write(text) ? ExitStatus.success : ExitStatus.failure
      case .explain(let text):
        StandardStream.error.write(text)
        return ExitStatus.failure
      case .version:
        return StandardStream.output.write(VersionReport.text)
          ? ExitStatus.success : ExitStatus.failure
      case .upload(let request): return try upload(request)
      case .watch(let request):
        return try WatchCommand(request: request, environment: environment).run()
      case .report(let request):
        return try ReportCommand(request: request, environment: environment).run()
      case .evaluate(let loaded):
        WaitPolicy.settle()
        return try evaluate(loaded)
      case .run(let loaded):
        WaitPolicy.settle()
        return try train(
          RunRequest(loaded, arguments: arguments, environment: environment))
      }
    } catch let error as ConfigError {
      Self.report("error", error.description)
      return error.exitStatus
    } catch {
      Self.report("error", "\(error)")
      return ExitStatus.failure
    }
  }

  private func upload(_ request: UploadRequest) throws -> Int32 {
    let events = RunEvents([QueuedObserver(ConsoleObserver()) { _ in }])
    defer { Self.drain(events) }
    let page = try CheckpointUpload(request, environment: environment, events).run()
    Self.drain(events)
    return StandardStream.output.write(page + "\n") ? ExitStatus.success : ExitStatus.failure
  }

  private func evaluate(_ loaded: LoadedConfig) throws -> Int32 {
    let events = RunEvents([QueuedObserver(ConsoleObserver()) { _ in }])
    defer { Self.drain(events) }
    for warning in loaded.warnings { events.warning(warning.description) }
    let stop = StopRequest()
    let signals = SignalWatch(stop, events)
    signals.begin(saying: "Stopping; episodes that are finished are kept")
    defer { withExtendedLifetime(signals) {} }
    let run = try EvaluationRun(
      loaded, environment: environment, events: events, stop: stop, abort: Self.abort(events))
    let table = try run.run()
    Self.drain(events)
    if let table, !StandardStream.output.write(table.text + "\n") { return ExitStatus.failure }
    if table?.isWhole == true { return ExitStatus.success }
    return stop.signal.map { 128 + $0 } ?? ExitStatus.failure
  }

  /// Ends the process at once with a message.
  private static func abort(_ events: RunEvents) -> TrainingRun.Abort {
    { message in
      events.drain(within: .seconds(1))
      report("error", message)
      _exit(ExitStatus.failure)
    }
  }

  private func train(_ request: RunRequest) throws -> Int32 {
    // What the console misses of a run's steps is of no account.
    let events = RunEvents([QueuedObserver(ConsoleObserver()) { _ in }])
    defer { Self.drain(events) }
    let stop = StopRequest()
    events.add(SignalWatch(stop, events))
    let run = TrainingRun(request, events: events, stop: stop, abort: Self.abort(events))
    switch try run.run() {
    case .described(let text):
      Self.drain(events)
      return StandardStream.output.write(text + "\n") ? ExitStatus.success : ExitStatus.failure
    case .trained(let report):
      Self.drain(events)
      for advice in report.advice { StandardStream.error.write(advice + "\n") }
      if let missing = report.notUploaded {
        for failure in missing.failures { Self.report("error", failure) }
        StandardStream.error.write("Upload it later: \(missing.command)\n")
      }
      return ExitStatus.of(report)
    }
  }

  /// Waits until the log is written, but not for a terminal that was stopped.
  private static func drain(_ events: RunEvents) { events.drain(within: .seconds(10)) }

  /// Each line of a message goes to standard error with the program's name.
  private static func report(_ kind: String, _ message: String) {
    let lines = message.split(separator: "\n").map { "\(Version.command): \(kind): \($0)\n" }
    StandardStream.error.write(lines.joined())
  }
}

extension ConfigMachine {
  /// This machine, asked without loading libtorch: a GPU is taken to be there when its driver is.
  /// The backend has the last word.
  static func current(environment: [String: String]) -> ConfigMachine {
    // The kernel module's, a container's that shows no more of it, and Windows' in its Linux subsystem.
    let drivers = [
      "/proc/driver/nvidia/version", "/dev/nvidiactl", "/usr/lib/wsl/lib/libcuda.so.1",
    ]
    return ConfigMachine(
      isAvailable: { device in
        device.hasPrefix("cuda") && drivers.contains(where: FileManager.default.fileExists)
      },
      remote: Hub(environment))
  }
}
