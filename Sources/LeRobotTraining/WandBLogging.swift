import Foundation
import LeRobotCore
import LeRobotLogging
import LeRobotWandB

/// A run's logging to Weights & Biases, from its first line on the console to the end of its upload.
final class WandBLogging: Sendable {
  let settings: WandBSettings
  /// As LeRobot's logger is given it: before the dataset fills in the policy's features.
  private let config: TrainPipelineConfig
  private let lines = ConsoleLines()
  private let service: WandBService?
  private let folder: String

  /// Says what is wanting for an upload beside the training.
  ///
  /// - Returns: nil for a run that is not logged.
  init?(_ request: RunRequest, _ events: RunEvents) {
    let output = RunDirectory(path: request.config.outputDirectory ?? ".")
    folder = output.weightsAndBiases
    guard !request.options.program.isDryRun,
      let settings = WandBSettings(
        request.config, request.options.wandb, request.environment, folder: folder)
    else { return nil }
    self.settings = settings
    config = request.config
    // LeRobot's log begins with its logger, after the configuration.
    events.add(lines)
    for tag in settings.fullTags where tag.count > WandBSettings.tagLimit {
      events.warning(
        "Weights & Biases: the tag \(tag) is cut to \(WandBSettings.tagLimit) characters, the most "
          + "that the server takes")
    }
    if request.environment["WANDB_DIR"]?.isEmpty == false {
      events.warning("WANDB_DIR has no effect: the run's W&B files are in \(folder)")
    }
    service = Self.service(settings, request, events)
  }

  /// - Returns: nil where the file alone is written; a line says why.
  private static func service(
    _ settings: WandBSettings, _ request: RunRequest, _ events: RunEvents
  ) -> WandBService? {
    guard settings.mode == .online else { return nil }
    guard settings.hasKey else {
      events.warning(
        "Weights & Biases: there is no key for \(settings.server); set WANDB_API_KEY or run `wandb "
          + "login`. The run is logged offline")
      return nil
    }
    guard let program = WandBCore(in: request.environment) else {
      events.warning(
        "Weights & Biases: wandb-core was not found; install it by `pip install wandb` or `make "
          + "wandb`. The run is logged offline")
      return nil
    }
    return WandBService(
      program, info: { events.info($0) }, warn: { events.warning($0) })
  }

  func observer(
    _ description: RunDescription, _ output: RunDirectory, earlier: RunHistory
  ) -> WandBObserver {
    WandBObserver(
      settings, config: config, description, output, earlier: earlier, lines: lines,
      service: service)
  }

  /// Waits until everything is uploaded, as long as that gets on.
  ///
  /// - Returns: what uploads the run later; nil where nothing is left to upload.
  func finish(_ events: RunEvents) -> String? {
    if let service, !service.finish(within: .seconds(2)) {
      events.info(
        "Uploading the rest to Weights & Biases; Ctrl-C ends that, and its file holds everything")
      service.finish()
    }
    guard service?.isUploaded != true else { return nil }
    return WandBFiles.syncCommand(of: settings.runID, in: folder)
      .map { "Upload to Weights & Biases: \($0)" }
  }
}
