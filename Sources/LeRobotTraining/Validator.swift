import Foundation
import LeRobotCore
import LeRobotData
import OrderedCollections

/// Validates the policy in training on held-out frames and writes the result into the run's folder.
final class Validator {
  private let plan: RunPlan
  private let learner: any Learner
  private let processors: PolicyProcessors
  private let dataset: LeRobotDataset
  private let loader: any BatchLoader
  private let stop: StopRequest
  private let events: RunEvents
  /// Frames whose actions are compared.
  private let actionFrames: [Int]
  /// Frames whose loss is computed; nil for the same ones, in the same pass.
  private let lossFrames: [Int]?
  /// The mean chunk of the training's frames; its length is that of the first plan.
  private var meanChunk: [Double]?

  /// Validations draw from here on, whatever the training's seed: the same numbers each time.
  private static let seed: UInt64 = 20_250
  /// Without gradients so many samples take less memory than a step.
  private static let leastBatch = 32
  private static let trajectoryCount = 3

  /// - Parameter dataset: the held-out frames.
  /// - Throws: `DataError`.
  init(
    _ dataset: LeRobotDataset, _ trainer: Trainer, stop: StopRequest, _ events: RunEvents
  ) throws {
    plan = trainer.plan
    learner = trainer.learner
    processors = trainer.processors
    self.dataset = dataset
    self.stop = stop
    self.events = events
    let options = plan.options
    actionFrames = dataset.spreadFrames(options.validation.frameCount)
    lossFrames = try options.validationSampleLimit.map(dataset.validationFrames)
    loader = try dataset.makeLoader(workerCount: plan.config.workerCount)
  }

  func end() { loader.stop() }

  /// Validates the policy as it is after a step. Its generators and weights stay as they are.
  ///
  /// - Returns: nil when a stop was asked for meanwhile.
  func validate(step: Int) throws -> ValidationSummary? {
    let start = ContinuousClock.now
    defer { events.send(.progress(nil)) }
    let result = try plan.backend.undoingDraws(keepsDraws: false) { try measure() }
    guard let result else { return nil }
    let name = CheckpointLayout.name(step: step, totalSteps: plan.config.steps)
    let summary = ValidationSummary(
      weights: result.weights, average: result.average, hold: result.hold,
      meanChunk: result.meanChunk, heldFeature: dataset.heldFeature, joints: dataset.jointNames,
      episodeCount: dataset.episodeCount, lossFrameCount: (lossFrames ?? actionFrames).count,
      actionFrameCount: actionFrames.count, fps: dataset.fps, trajectories: result.trajectories,
      seconds: (ContinuousClock.now - start).seconds,
      file: plan.output.validationFile(named: name))
    try write(summary)
    return summary
  }

  private func write(_ summary: ValidationSummary) throws(FileError) {
    try FileSystem.createDirectory(plan.output.validations)
    try TextFile.replace(summary.file, by: summary.json.pythonText() + "\n")
  }

  // MARK: - Measuring

  private struct Result {
    var weights: ValidationSummary.Measures
    var average: ValidationSummary.Measures?
    var hold: ActionErrorReport
    var meanChunk: ActionErrorReport
    var trajectories: [ValidationSummary.Trajectory]
  }

  private func measure() throws -> Result? {
    guard let (weights, hold, meanChunk) = try measures() else { return nil }
    var average: ValidationSummary.Measures?
    if plan.weightAverage != nil {
      guard let measured = try learner.withAverage(measures) else { return nil }
      average = measured.policy
    }
    guard let trajectories = try trajectories(stride: weights.actions.stepCount) else { return nil }
    return Result(
      weights: weights, average: average, hold: hold, meanChunk: meanChunk,
      trajectories: trajectories)
  }

  private typealias Measured = (
    policy: ValidationSummary.Measures, hold: ActionErrorReport, meanChunk: ActionErrorReport
  )

  /// The loss, and the errors of planned actions and of the baselines; nil when a stop was asked for.
  private func measures() throws -> Measured? {
    var loss = AverageMeter()
    if let lossFrames {
      let isWhole = try forEachBatch(of: lossFrames, "loss") { batch, _ in
        try addLoss(of: processors.preprocess(batch), to: &loss)
      }
      guard isWhole else { return nil }
    }
    var errors = ComparedErrors(width: dataset.jointNames.count)
    let isWhole = try forEachBatch(of: actionFrames, "actions") { batch, frames in
      let input = try processors.preprocess(batch)
      if lossFrames == nil { try addLoss(of: input, to: &loss) }
      try compare(plannedActions(input), with: batch, of: frames, &errors)
    }
    guard isWhole, let actions = errors.policy.report(), let hold = errors.hold.report(),
      let mean = errors.meanChunk.report()
    else { return nil }
    return (.init(loss: loss.average, actions: actions), hold, mean)
  }

  private func addLoss(of input: Batch, to mean: inout AverageMeter) throws {
    mean.update(try learner.loss(of: input).total, count: input.size)
  }

  /// Compares a batch's plans, and what the baselines would do, with what was recorded.
  private func compare(
    _ plans: [ArraySlice<Double>], with batch: Batch, of frames: [Int],
    _ errors: inout ComparedErrors
  ) throws {
    let width = dataset.jointNames.count
    let recorded = try RecordedActions(batch, offsets: plan.policy.value.actionDeltaIndices)
    let positions = try dataset.heldPositions(at: frames)?.doubles ?? []
    for (sample, frame) in frames.enumerated() {
      let steps = plans[sample].count / width
      let position = positions[sample * width..<(sample + 1) * width]
      errors.add(
        planned: plans[sample], held: (0..<steps).flatMap { _ in position },
        meanChunk: try meanChunk(steps: steps), recorded: recorded.sample(sample),
        episode: dataset.episode(ofFrame: frame))
    }
  }

  private func meanChunk(steps: Int) throws -> [Double] {
    if let meanChunk { return meanChunk }
    let chunk = try plan.frames.meanActionChunk(steps: steps)
    meanChunk = chunk
    return chunk
  }

  /// The planned chunks in the dataset's units, a row of T·A numbers for each sample.
  ///
  /// - Parameter input: after the preprocessor.
  private func plannedActions(_ input: Batch) throws -> [ArraySlice<Double>] {
    let chunk = try processors.postprocess(chunk: learner.predictActionChunk(input), for: input)
    let (count, size) = (chunk.shape[0], chunk.shape[1] * chunk.shape[2])
    let actions = chunk.doubles
    return (0..<count).map { actions[$0 * size..<($0 + 1) * size] }
  }

  /// Some whole episodes, planned chunk after chunk; nil when a stop was asked for.
  private func trajectories(stride: Int) throws -> [ValidationSummary.Trajectory]? {
    let episodes = dataset.contents.episodes
    let count = min(Self.trajectoryCount, episodes.count)
    let width = dataset.jointNames.count
    var result: [ValidationSummary.Trajectory] = []
    for place in 0..<count {
      let episode = episodes[count == 1 ? 0 : place * (episodes.count - 1) / (count - 1)]
      let recorded = try dataset.actions(at: episode.rows)?.doubles ?? []
      var planned: [[Double]] = []
      let starts = Array(Swift.stride(from: 0, to: episode.rows.count, by: stride))
      let isWhole = try forEachBatch(of: starts.map { episode.rows.lowerBound + $0 }, "plots") {
        batch, _ in
        let chunks = try plannedActions(processors.preprocess(batch))
        for chunk in chunks { planned += chunk.rows(of: width) }
      }
      guard isWhole else { return nil }
      result.append(
        ValidationSummary.Trajectory(
          episode: episode.index, recorded: recorded[...].rows(of: width),
          planned: Array(planned.prefix(episode.rows.count)), stride: stride))
    }
    return result
  }

  /// Calls `body` with the samples of some frames, in order, and with their frames. Each batch draws from
  /// a seed of its own.
  ///
  /// - Returns: false when a stop was asked for.
  private func forEachBatch(
    of frames: [Int], _ work: String, _ body: (Batch, [Int]) throws -> Void
  ) throws -> Bool {
    let size = max(plan.config.batchSize, Self.leastBatch)
    let epoch = EpochPlan(order: frames.map(UInt32.init), batchSize: size, baseSeed: 0)
    try loader.begin(epoch)
    // What is still being loaded after a stop is dropped.
    defer { try? loader.begin(.empty) }
    let generator = EngineGenerator(plan.backend)
    for number in 0..<epoch.batchCount {
      if stop.signal != nil { return false }
      guard let batch = try loader.next(generator) else { break }
      try plan.backend.seed(Self.seed + UInt64(number))
      try body(batch, epoch.batch(number))
      events.send(
        .progress("Validating: \(work), \(number + 1) of \(epoch.batchCount) batches"))
    }
    return true
  }
}

/// The errors of a policy's plans and of the two baselines.
private struct ComparedErrors {
  private(set) var policy: ActionErrors
  private(set) var hold: ActionErrors
  private(set) var meanChunk: ActionErrors

  init(width: Int) {
    policy = ActionErrors(width: width)
    (hold, meanChunk) = (policy, policy)
  }

  /// Adds what each would do from a frame on, T·A numbers.
  mutating func add(
    planned: ArraySlice<Double>, held: [Double], meanChunk: [Double],
    recorded: RecordedActions.Sample, episode: Int
  ) {
    let (actions, isPadding) = recorded
    policy.add(planned, recorded: actions, isPadding: isPadding, episode: episode)
    hold.add(held[...], recorded: actions, isPadding: isPadding, episode: episode)
    self.meanChunk.add(meanChunk[...], recorded: actions, isPadding: isPadding, episode: episode)
  }
}

/// The recorded actions of a batch, from each sample's present frame on.
private struct RecordedActions {
  typealias Sample = (actions: ArraySlice<Double>, isPadding: ArraySlice<Bool>)

  private let actions: [Double]
  private let isPadding: [Bool]
  /// Steps of a sample in all, and the place of the present one among them.
  private let steps: Int
  private let first: Int
  private let width: Int

  /// - Parameter offsets: frames around the present one that a sample holds; nil for it alone.
  init(_ batch: Batch, offsets: [Int]?) throws {
    guard let tensor = batch["action"] else { throw TrainingError.emptyDataset }
    actions = tensor.doubles
    steps = offsets?.count ?? 1
    first = offsets?.firstIndex(of: 0) ?? 0
    width = tensor.count / max(1, batch.size * steps)
    isPadding =
      batch["action_is_pad"]?.values(of: Bool.self)
      ?? [Bool](repeating: false, count: batch.size * steps)
  }

  func sample(_ index: Int) -> Sample {
    let (from, to) = (index * steps + first, (index + 1) * steps)
    return (actions[from * width..<to * width], isPadding[from..<to])
  }
}

extension ArraySlice<Double> {
  /// The numbers in rows.
  fileprivate func rows(of width: Int) -> [[Double]] {
    stride(from: startIndex, to: endIndex, by: Swift.max(1, width)).map {
      Array(self[$0..<Swift.min($0 + width, endIndex)])
    }
  }
}
