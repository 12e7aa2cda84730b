import Fast
import Foundation
import LeRobotCore
import LeRobotData
import Reference

/// The command: from arguments to an exit status, every failure a line that says what to do.
struct Program {
  let arguments: [String]
  let environment: [String: String]

  /// - Returns: 0, or what `ConfigError.exitStatus` and `SignalWatch.exitStatus` say, or 1.
  func run() -> Int32 {
    StandardStream.fillGaps()
    SignalWatch.ignoreFailedWrites()
    do {
      switch try Invocation(arguments: arguments, machine: .current(environment: environment)) {
      case .print(let text, let warnings):
        for warning in warnings { report("warning", warning.description) }
        return StandardStream.output.write(text) ? 0 : 1
      case .run(let loaded):
        WaitPolicy.settle()
        return try TrainingRun(loaded, arguments: arguments, environment: environment).run()
      }
    } catch let error as ConfigError {
      complain(error.description)
      return error.exitStatus
    } catch {
      complain("\(error)")
      return 1
    }
  }

  /// Each line of a message goes to standard error with the program's name.
  private func complain(_ message: String) {
    report("error", message)
  }

  private func report(_ kind: String, _ message: String) {
    let lines = message.split(separator: "\n").map { "lerobot-train: \(kind): \($0)\n" }
    StandardStream.error.write(lines.joined())
  }
}

extension ConfigMachine {
  /// This machine, asked without loading libtorch: a GPU is taken to be there when its driver is.
  /// The backend has the last word.
  static func current(environment: [String: String]) -> ConfigMachine {
    // The kernel module's, and that of Windows in its Linux subsystem.
    let drivers = ["/proc/driver/nvidia/version", "/usr/lib/wsl/lib/libcuda.so.1"]
    return ConfigMachine(
      isAvailable: { device in
        device.hasPrefix("cuda") && drivers.contains(where: FileManager.default.fileExists)
      },
      variables: environment)
  }
}
