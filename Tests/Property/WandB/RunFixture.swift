import Foundation
import LeRobotCore
import LeRobotLogging
import LeRobotWandB
import Support

/// A run of a few steps that logs after every second one.
struct RunFixture {
  let folder: TemporaryFolder
  let lines = ConsoleLines()
  let config: TrainPipelineConfig

  init() throws {
    folder = try TemporaryFolder()
    var config = TrainPipelineConfig(dataset: DatasetConfig(repositoryID: "me/data"))
    config.wandb.enable = true
    config.wandb.mode = "offline"
    config.wandb.runID = "abcd1234"
    config.outputDirectory = folder.path
    self.config = config
    for step in [2, 4, 8] { _ = try folder.write("video \(step)".utf8, to: video(step)) }
  }

  var wandb: String { folder.file("wandb") }
  private func video(_ step: Int) -> String { "eval/\(step)/episode.mp4" }

  func description(began: Double = 1000) -> RunDescription {
    let process = RunProcess(
      began: began, firstStep: 0, command: ["lerobot-train", "--steps=10"], identity: .current)
    return RunDescription(
      name: "job", steps: 10, batchSize: 8, frameCount: 16, episodeCount: 2, learnableCount: 1,
      parameterCount: 1, config: config.json, processes: [process])
  }

  func observer(
    resumedAt earlier: RunHistory? = nil, service: WandBService? = nil,
    _ change: (inout TrainPipelineConfig) -> Void = { _ in }
  ) -> WandBObserver {
    var config = config
    config.resume = earlier != nil
    change(&config)
    let settings = WandBSettings(config, .init(), ["HOME": folder.path], folder: wandb)!
    return WandBObserver(
      settings, config: config, description(), RunDirectory(path: folder.path),
      earlier: earlier ?? RunHistory(folder: folder.path), lines: lines, service: service,
      now: { 2000 })
  }

  // MARK: - Events

  /// Trains some steps.
  ///
  /// - Parameter start: where the process began; an evaluation due there is made first.
  func train(
    _ observer: WandBObserver, steps: ClosedRange<Int>, evaluating: [Int] = [], from start: Int = 0
  ) throws {
    try observer.consume(.began(step: start))
    if start > 0, evaluating.contains(start) { try observer.consume(evaluated(start)) }
    var metrics = self.metrics(start)
    for step in steps {
      metrics.add(record(step))
      try observer.consume(.stepped(record(step), batch: nil))
      guard step.isMultiple(of: 2) else { continue }
      metrics.moment = MetricsMoment(time: 1000 + Double(step))
      try observer.consume(.interval(metrics))
      metrics.resetAverages()
      if evaluating.contains(step) { try observer.consume(evaluated(step)) }
    }
  }

  private func metrics(_ step: Int) -> RunMetrics {
    RunMetrics(batchSize: 8, frameCount: 16, episodeCount: 2, initialStep: step)
  }

  private func record(_ step: Int) -> StepRecord {
    let odd = !step.isMultiple(of: 2)
    return StepRecord(
      step: step,
      result: StepResult(
        loss: (odd ? 2.0 : 1) / Double(step.isMultiple(of: 2) ? step : step + 1), gradientNorm: 1,
        parts: ["l1_loss": Double(odd ? 1 : 2)]),
      learningRate: 1e-5, updateSeconds: 0.1, dataSeconds: 0.01)
  }

  private func evaluated(_ step: Int) -> RunEvent {
    let summary = EvaluationSummary(
      averageSumReward: 1, averageMaximumReward: 0.5, successPercentage: 50, episodeCount: 2,
      seconds: 3, videoPaths: [folder.file(video(step))])
    var metrics = metrics(step)
    metrics.add(summary)
    metrics.moment = MetricsMoment(time: 1000.5 + Double(step))
    return .evaluated(summary, metrics)
  }

  /// What `metrics.jsonl` keeps of a run that is resumed at a step.
  func history(upTo step: Int) -> RunHistory {
    var history = RunHistory(folder: folder.path, description: description())
    var metrics = metrics(0)
    for number in 1...max(1, step) {
      metrics.add(record(number))
      guard number.isMultiple(of: 2), number <= step else { continue }
      metrics.moment = MetricsMoment(time: 1000 + Double(number))
      history.records.append(MetricsRecord(training: metrics))
      metrics.resetAverages()
      if number < step, number.isMultiple(of: 4),
        case .evaluated(let summary, let metrics) = evaluated(number)
      {
        history.records.append(
          MetricsRecord(evaluation: metrics, summary, folder: folder.path))
      }
    }
    return history
  }

  func checkpoint(_ name: String) throws -> String {
    _ = try folder.write(
      "weights \(name)".utf8, to: "checkpoints/\(name)/pretrained_model/model.safetensors")
    return folder.file("checkpoints/\(name)")
  }

  // MARK: - The files

  /// The messages of a kind, of all files in order.
  func messages(_ kind: WandBField.Record) throws -> [ProtobufFields] {
    try WandBFileContents.files(of: "abcd1234", in: wandb)
      .flatMap { WandBFileContents.records(in: try TextFile.bytes($0)) }
      .compactMap { ProtobufFields($0)?.message(kind) }
  }

  func rows() throws -> [Row] { try messages(.history).map(Row.init) }

  /// A row of the history, its values as JSON by their keys.
  struct Row {
    let step: Int
    private var values: [String: String] = [:]

    init(_ history: ProtobufFields) {
      step = history.message(WandBField.History.step)?.number(WandBField.HistoryStep.num) ?? -1
      for item in history.messages(WandBField.History.item) {
        let keys = item.texts(WandBField.Item.nestedKey)
        values[keys.joined(separator: "/")] = item.text(WandBField.Item.valueJSON)
      }
    }

    subscript(key: String) -> String? { values[key] }
  }
}
