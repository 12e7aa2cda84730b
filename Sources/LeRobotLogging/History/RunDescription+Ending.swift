import Foundation
import LeRobotCore

extension RunDescription {
  /// Notes how the process that trains ended.
  ///
  /// - Parameter time: seconds since 1970.
  package mutating func end(
    _ ending: RunEnding, at time: Double = Date().timeIntervalSince1970
  ) {
    guard !processes.isEmpty else { return }
    processes[processes.count - 1].ending =
      switch ending {
      case .finished: RunProcess.Ending(kind: "finished", step: steps, time: time)
      case .interrupted(let step, _):
        RunProcess.Ending(kind: "interrupted", step: step, time: time)
      case .failed(let step): RunProcess.Ending(kind: "failed", step: step, time: time)
      }
  }
}
