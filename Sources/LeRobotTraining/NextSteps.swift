import Foundation
import LeRobotCore

/// What the program says when it ends: where the checkpoint is and which command resumes the run.
enum NextSteps {
  static func finished(checkpoint: String, _ config: TrainPipelineConfig) -> String {
    """
    The policy is in \(checkpoint)/\(CheckpointLayout.pretrainedModel)
    Train it further: \(resumeCommand(checkpoint)) --steps=\(2 * config.steps)
    """
  }

  /// - Parameter before: the evaluation before the first step.
  static func evaluated(_ summary: EvaluationSummary, before: EvaluationSummary?) -> String {
    let line = String(
      format: "Evaluated in %d episodes: success %.1f%%, sum of rewards %.3f, "
        + "largest reward %.3f; see %@", summary.episodeCount, summary.successPercentage,
      summary.averageSumReward, summary.averageMaximumReward, summary.file)
    let start = before.map {
      String(
        format: "Before training: success %.1f%%, sum of rewards %.3f, largest reward %.3f",
        $0.successPercentage, $0.averageSumReward, $0.averageMaximumReward)
    }
    let video = summary.bestVideo.map { Self.video($0, among: summary.videoPaths.count) }
    return [start, line, video].compactMap(\.self).joined(separator: "\n")
  }

  /// - Parameter count: videos there are.
  static func video(_ best: String, among count: Int) -> String {
    "Video: \(best)" + (count > 1 ? " (the best of \(count))" : "")
  }

  /// Which checkpoint is the best, where checkpoints are compared; nil before anything was measured.
  static func best(_ selection: BestCheckpoints, in plan: RunPlan) -> String? {
    guard let best = selection.best, plan.config.savesCheckpoints else { return nil }
    let value = String(format: "%.4g", best.value)
    return "The best by \(selection.metric.rawValue) (\(value)) is of step \(best.step): "
      + "\(plan.output.checkpoints)/\(CheckpointLayout.best)"
  }

  static func interrupted(step: Int, of steps: Int, checkpoint: String) -> String {
    """
    Stopped after step \(step) of \(steps); saved in \(checkpoint)
    Resume: \(resumeCommand(checkpoint))
    """
  }

  /// The command that resumes; the checkpoint keeps all options that it needs.
  static func resumeCommand(_ checkpoint: String) -> String {
    let file =
      "\(checkpoint)/\(CheckpointLayout.pretrainedModel)/\(CheckpointLayout.trainConfig)"
    return "\(Version.command) --resume=true --config_path=\(file.shellQuoted)"
  }
}

/// An error that ended the loop: in which step, and what is kept.
struct TrainingFailure: Error, CustomStringConvertible {
  let step: Int
  /// In a line.
  let cause: String
  let lastCheckpoint: String?

  var description: String {
    let resume = lastCheckpoint.map { "resume with \(NextSteps.resumeCommand($0))" }
    return "step \(step): \(cause); \(resume ?? "no checkpoint had been saved")"
  }
}
