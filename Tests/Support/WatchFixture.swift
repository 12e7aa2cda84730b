import Foundation
import LeRobotCore
import LeRobotLogging
import OrderedCollections

/// A run's folder as a training leaves it, written for tests of what shows runs.
package struct WatchFixture {
  package let folder: String
  /// When the run began, in seconds since 1970.
  package static let began = 1_800_000_000.0

  /// Where the process that trains can be seen.
  package enum Process {
    /// It is this one.
    case here
    /// It was on this machine, and is gone.
    case gone
    case elsewhere

    var identity: ProcessIdentity {
      var identity = ProcessIdentity.current
      switch self {
      case .here: break
      case .gone: identity.start = "a start that no process has"
      case .elsewhere: identity.place = "another machine"
      }
      return identity
    }
  }

  package init(_ folder: String) throws {
    self.folder = folder
    try FileSystem.createDirectory(folder)
  }

  /// What the run is.
  package static func description(
    name: String = "pusht_act", steps: Int = 1000, _ process: Process = .here,
    ending: RunProcess.Ending? = nil
  ) -> RunDescription {
    RunDescription(
      name: name, steps: steps, batchSize: 8, frameCount: 4000, episodeCount: 20,
      learnableCount: 52_000_000, parameterCount: 52_000_000,
      config: [
        "log_freq": 100, "policy": ["type": "act"], "dataset": ["repo_id": "lerobot/pusht"],
      ],
      processes: [
        RunProcess(
          began: began, firstStep: 0, command: ["lerobot-train"], identity: process.identity,
          ending: ending)
      ])
  }

  /// A log interval's line: ten seconds for 100 steps.
  package static func line(
    step: Int, loss: Double = 0.5, data: Double = 0.02, update: Double = 0.08
  ) -> MetricsRecord {
    record([
      "steps": .int(step), "samples": .int(step * 8), "episodes": .double(Double(step) * 0.04),
      "epochs": .double(Double(step) * 0.002), "loss": .double(loss), "grad_norm": 3.5, "lr": 1e-5,
      "update_s": .double(update), "dataloading_s": .double(data), "l1_loss": .double(loss / 2),
      "time": .double(began + Double(step) / 10), "memory": .int(1_200_000_000 + step),
    ])
  }

  /// An evaluation's line.
  package static func evaluation(step: Int, success: Double = 34) -> MetricsRecord {
    record([
      "steps": .int(step), "samples": .int(step * 8), "episodes": 1.5, "epochs": 0.5,
      "avg_sum_reward": 12.25, "pc_success": .double(success), "eval_s": 42.0,
      "avg_max_reward": 0.75, "n_episodes": 50, "time": .double(began + Double(step) / 10),
      "videos": ["eval/videos_step_000100/eval_episode_0.mp4"],
    ])
  }

  private static func record(_ values: OrderedDictionary<String, JSONValue>) -> MetricsRecord {
    // A dictionary with a step is a line.
    MetricsRecord(.object(values))!
  }

  /// A history without files: lines at each 100 steps.
  package static func history(
    _ folder: String = "outputs/run", steps: Int = 1000, upTo step: Int,
    _ process: Process = .here, ending: RunProcess.Ending? = nil,
    loss: (Int) -> Double = { 1 / Double($0) }
  ) -> RunHistory {
    RunHistory(
      folder: folder, description: description(steps: steps, process, ending: ending),
      records: stride(from: 100, through: step, by: 100).map { line(step: $0, loss: loss($0)) })
  }

  // MARK: - Files

  package func write(_ description: RunDescription) throws {
    try replace("run.json", description.json.pythonText())
  }

  /// Replaces `metrics.jsonl` as a run that is resumed does.
  package func write(_ records: [MetricsRecord]) throws {
    try replace("metrics.jsonl", records.map { $0.json.pythonText() + "\n" }.joined())
  }

  package func append(_ record: MetricsRecord) throws {
    let file = try FileHandle(forWritingTo: URL(filePath: folder + "/metrics.jsonl"))
    try file.seekToEnd()
    try file.write(contentsOf: Data((record.json.pythonText() + "\n").utf8))
    try file.close()
  }

  private func replace(_ name: String, _ text: String) throws {
    let path = folder + "/" + name
    try TextFile.write(text, to: path + ".unfinished")
    try FileSystem.rename(path + ".unfinished", to: path)
  }
}
