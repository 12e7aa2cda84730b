import LeRobotCore
import LeRobotLogging
import Support

/// A run that trains nothing, in a folder of its own, with the files by which it is watched.
final class TensorBoardRun {
  let folder = try? TemporaryFolder()
  var path: String { folder?.file("run") ?? "" }
  var directory: RunDirectory { RunDirectory(path: path) }

  init() throws { try FileSystem.createDirectory(path) }

  /// What a process that begins after a step finds, itself included.
  func history(after step: Int = 0, groups: [String] = ["main"]) throws -> RunHistory {
    let metrics = try MetricsFileObserver(path: directory.metricsFile, resumingAt: step)
    withExtendedLifetime(metrics) {}
    var history = try RunReader(path).history
    history.description = RunDescription(
      name: "toy", steps: 100, batchSize: 8, frameCount: 160, episodeCount: 4, learnableCount: 10,
      parameterCount: 12, parameterGroups: groups,
      config: ["policy": ["type": "act"], "dataset": ["repo_id": "local/toy"]],
      settings: [
        ConfigSetting(option: "seed", value: 1000, origin: "default"),
        ConfigSetting(option: "batch_size", value: 8, origin: "command line: --batch_size=8"),
        ConfigSetting(option: "log_freq", value: 10, origin: "default"),
        ConfigSetting(
          option: "rename_map", value: .string("a|b_*[c]<d>\n`e`&"), origin: "config.json, 3:1"),
      ],
      versions: ["lerobot-train": "0.2"],
      processes: [
        RunProcess(
          began: 1000 + Double(step), firstStep: step, command: ["lerobot-train", "--seed=1000"],
          identity: .current)
      ])
    return history
  }

  /// The end of a log interval. Every number follows from the step.
  static func interval(_ step: Int, rates: [Double] = [1e-5]) -> RunMetrics {
    var metrics = RunMetrics(
      batchSize: 8, frameCount: 160, episodeCount: 4, initialStep: step - 1)
    metrics.add(
      StepRecord(
        step: step,
        result: StepResult(
          loss: 1 / Double(step), gradientNorm: step == 30 ? .infinity : 3, parts: ["l1_loss": 0.1]),
        learningRate: 1e-5, updateSeconds: 0.3, dataSeconds: 0.1))
    metrics.moment = MetricsMoment(
      time: 2000 + Double(step), memory: 3 << 20, learningRates: rates)
    return metrics
  }

  /// An evaluation after a step.
  static func evaluation(_ step: Int) -> RunMetrics {
    var metrics = RunMetrics(batchSize: 8, frameCount: 160, episodeCount: 4, initialStep: step)
    metrics.add(summary())
    metrics.moment = MetricsMoment(time: 2000.5 + Double(step), memory: nil)
    return metrics
  }

  static func summary(videos: [String] = []) -> EvaluationSummary {
    EvaluationSummary(
      averageSumReward: 12.5, averageMaximumReward: 0.75, successPercentage: 50, episodeCount: 4,
      seconds: 3.25, videoPaths: videos)
  }

  /// Gives events to a consumer and to the file of metrics, as a run does.
  func train(_ consumer: some EventConsumer, after first: Int, _ events: [RunEvent]) throws {
    let metrics = try MetricsFileObserver(path: directory.metricsFile, resumingAt: first)
    for event in [.began(step: first)] + events {
      try metrics.consume(event)
      try consumer.consume(event)
    }
  }

  /// Intervals of ten steps.
  static func intervals(_ steps: [Int]) -> [RunEvent] { steps.map { .interval(interval($0)) } }

  /// What all event files hold together; each must be readable.
  func events() throws -> EventFileContents {
    let files = try EventFileContents.read(path).filter { $0.contents?.events.isEmpty == false }
    guard files.count == 1, let contents = files[0].contents else {
      throw WatchedRunError.files(files.map(\.name))
    }
    return contents
  }
}

/// A folder that has not exactly one readable event file.
enum WatchedRunError: Error {
  case files([String])
}
