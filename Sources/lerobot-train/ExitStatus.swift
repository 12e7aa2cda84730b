import Foundation
import LeRobotCore
import LeRobotTraining

/// The numbers that tell a shell or a batch system how the program ended.
enum ExitStatus {
  static let success: Int32 = 0
  static let failure: Int32 = 1
  /// Training ended well and an evaluation did not.
  static let failedEvaluation: Int32 = 3
  /// Training ended well, and the policy or a checkpoint could not be uploaded.
  static let failedUpload: Int32 = 4

  /// 130 after Ctrl-C, 129 after the terminal's end; 0 after SIGTERM and SIGUSR1, which ask for a
  /// tidy end and got it.
  static func of(_ report: RunReport) -> Int32 {
    let failures = report.notUploaded?.failures ?? []
    if !failures.isEmpty, report.outcome == .finished { return failedUpload }
    return switch report.outcome {
    case .finished: report.failedEvaluations == 0 ? success : failedEvaluation
    case .interrupted(_, let signal):
      [SIGINT, SIGHUP].contains(signal) ? 128 + signal : success
    }
  }
}
