import Foundation
import LeRobotCore
import LeRobotHub
import LeRobotLogging
import OrderedCollections

/// Writes a run's W&B file, and passes the same on to wandb-core where that runs.
///
/// A row holds everything of a step, training and evaluation, and is written when nothing more can
/// come: LeRobot logs both under one step.
final class WandBWriter {
  private let run: WandBRun
  private let machine: WandBMachine
  private let folder: WandBFolder
  private let file: WandBFile
  /// What earlier files hold: it is not written again.
  private let earlier: WandBFileContents
  private let service: WandBService?
  /// Seconds that earlier processes trained.
  private let earlierSeconds: Double
  private var row: WandBRow?
  /// The file.
  var path: String { file.path }

  /// Makes the folder and writes what every file begins with.
  ///
  /// - Parameter parent: the run's folder of W&B files.
  init(
    _ run: WandBRun, _ description: RunDescription, in parent: String, root: String,
    earlierSeconds: Double, service: WandBService?
  ) throws {
    self.run = run
    self.service = service
    self.earlierSeconds = earlierSeconds
    earlier = WandBFileContents(of: run.settings.runID, in: parent)
    machine = WandBMachine(
      description: description, startTime: run.startTime, git: run.git, root: root)
    folder = try WandBFolder(parent, runID: run.settings.runID, startTime: run.startTime)
    file = try WandBFile(creating: folder.file)
    try append(.header)
    try append(.run(run))
    try append(machine.record)
    try TextFile.write(machine.metadata, to: "\(folder.files)/wandb-metadata.json")
    try append(.file("wandb-metadata.json", .wandb))
    service?.start(run, machine, folder)
  }

  private func append(_ record: WandBRecord) throws {
    var record = record
    record.runID = run.settings.runID
    try file.append(record)
  }

  private func runtime(at time: Double) -> Double {
    max(0, time - run.startTime) + earlierSeconds
  }

  // MARK: - Rows

  /// Adds a line of metrics to the row of its step.
  func add(_ record: MetricsRecord, in root: String) throws {
    let time = record.moment?.time ?? run.startTime
    if let row, row.step != record.step { try flush() }
    var next = row ?? WandBRow(step: record.step, time: time)
    next.time = time
    next.values.merge(record.wandbValues) { $1 }
    if record.kind == .evaluation, let video = record.videoPaths(in: root).first,
      service != nil || isNew(record.step)
    {
      next.values["eval/video"] = try take(video: video, step: record.step)
    }
    row = next
  }

  /// Whether a step's row is in no earlier file.
  private func isNew(_ step: Int) -> Bool { earlier.lastStep.map { step > $0 } ?? true }

  /// Writes the row once a step after it is under way.
  func flush(before step: Int) throws {
    if let row, row.step < step { try flush() }
  }

  /// Writes the row.
  func flush() throws {
    guard let finished = row else { return }
    row = nil
    service?.send(.row(finished))
    guard isNew(finished.step) else { return }
    let runtime = runtime(at: finished.time)
    try append(.summary(finished, runtime: runtime))
    try append(.history(finished, runtime: runtime))
  }

  /// Keeps a video with the run's W&B files.
  ///
  /// - Returns: what the history holds of it.
  private func take(video: String, step: Int) throws -> JSONValue? {
    guard let size = FileSystem.size(of: video) else { return nil }
    var digest = try Digest(.sha256)
    try digest.update(RawFile(reading: video), count: size)
    let sum = digest.hexadecimal()
    let path = "media/videos/eval/video_\(step)_\(sum.prefix(20)).mp4"
    _ = try folder.take(video, as: "files/\(path)")
    try append(.file(path, .other))
    service?.send(.file(path))
    return [
      "_type": "video-file", "sha256": .string(sum), "size": .int(size), "path": .string(path),
    ]
  }

  // MARK: - Everything else

  /// Adds a checkpoint's weights, under a further name, so that they stay when the checkpoint goes.
  func add(checkpoint path: String) throws {
    guard run.settings.sendsArtifacts else { return }
    let step = FileSystem.name(of: path)
    let name = WandBArtifact.name(tags: run.settings.fullTags, step: step)
    let isNew = !earlier.artifacts.contains(name)
    let isMissing = service != nil && !earlier.uploadedArtifacts.contains(name)
    guard isNew || isMissing else { return }
    let weights = "\(path)/\(CheckpointLayout.pretrainedModel)/\(CheckpointLayout.weights)"
    let copy = try folder.take(weights, as: "artifacts/\(step)/\(CheckpointLayout.weights)")
    let artifact = try WandBArtifact(
      name: name, step: CheckpointLayout.step(name: step) ?? 0, file: copy)
    if isNew { try append(.artifact(artifact, run)) }
    service?.send(.artifact(artifact))
  }

  func add(lines: [ConsoleLines.Line]) throws {
    for line in lines { try append(.output(line.text, time: line.time)) }
    if !lines.isEmpty { service?.send(.output(lines)) }
  }

  func add(stats: OrderedDictionary<String, Double>, time: Double) throws {
    try append(.stats(stats, time: time))
  }

  /// Writes the last row and the end.
  ///
  /// - Parameter time: seconds since 1970.
  func end(at time: Double) throws {
    try flush()
    let runtime = runtime(at: time)
    try append(.exit(runtime: runtime))
    service?.send(.exit(runtime: runtime))
  }
}

extension MetricsRecord {
  /// The values that LeRobot's logger sends, under its names.
  fileprivate var wandbValues: OrderedDictionary<String, JSONValue> {
    let names: [String]
    let mode: String
    switch kind {
    case .validation: return validationValues
    case .training: (mode, names) = ("train", Self.countNames + Self.trainingNames)
    case .evaluation: (mode, names) = ("eval", Self.countNames + Self.evaluationNames)
    }
    var sent: OrderedDictionary<String, JSONValue> = [:]
    for name in names { sent["\(mode)/\(name)"] = values[name] }
    for (name, value) in latestParts { sent["\(mode)/\(name)"] = .double(value) }
    return sent
  }
}
