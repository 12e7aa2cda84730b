import LeRobotCore
import LeRobotData
import LeRobotHub

/// One training, from a request to its last checkpoint. The parts are made in LeRobot's order, on
/// which the random numbers depend.
///
/// To follow a run, read this file, then `RunRequest`, `RunInputs`, `BackendSetup`, `RunPlan`,
/// `Trainer`, and the loop in LeRobotCore.
package struct TrainingRun {
  /// What a run gives.
  package enum Output: Sendable {
    /// A dry run's text.
    case described(String)
    case trained(RunReport)
  }

  /// Ends the process: writes the message, and runs nothing that other threads still use.
  package typealias Abort = @Sendable (_ message: String) -> Never

  private let request: RunRequest
  private let events: RunEvents
  private let stop: StopRequest
  private let rescue = RunRescue()
  private let abort: Abort
  private let world: any World

  /// - Parameters:
  ///   - events: are told what happens; the run adds its own observers.
  ///   - stop: asks the run to end after the present step.
  ///   - abort: ends the process with a message when a step cannot be ended.
  ///   - world: the ranks that train together; only the main one observes and writes.
  package init(
    _ request: RunRequest, events: RunEvents, stop: StopRequest, abort: @escaping Abort,
    world: any World = SoloWorld()
  ) {
    self.request = request
    self.events = events
    self.stop = stop
    self.abort = abort
    self.world = world
  }

  /// Trains.
  package func run() throws -> Output {
    // What observers write is there when this returns.
    defer { events.drain(within: .seconds(10)) }
    let trainer: Trainer
    let claim: FolderClaim?
    switch try prepare() {
    case .forecast(let text): return .described(text)
    case .trainer(let prepared, let claimed): (trainer, claim) = (prepared, claimed)
    }
    defer { withExtendedLifetime(claim) {} }
    let limit = request.options.selection.timeLimit.flatMap(TimeSpan.init).map {
      TimeLimit($0, stop, events)
    }
    defer { withExtendedLifetime(limit) {} }
    let plan = trainer.plan
    let frames = try plan.keepingDecoded(plan.frames, events)
    let loader = try frames.makeLoader(
      workerCount: plan.config.workerCount, transforms: plan.transforms)
    defer { loader.stop() }
    if plan.isDryRun { return .described(try DryRun(trainer, loader).report()) }
    let report = try train(trainer, loader)
    frames.logKeptFrames(events)
    return .trained(report)
  }

  /// What is there before the first step.
  private enum Prepared {
    /// The claim to the output directory is kept as long as the run.
    case trainer(Trainer, FolderClaim?)
    /// All that a dry run for another machine tells.
    case forecast(String)
  }

  /// Makes all parts. What can fail without libtorch fails before it is loaded, and before anything
  /// is written.
  private func prepare() throws -> Prepared {
    try request.probeEnvironment()
    for warning in request.warnings { events.warning(warning.description) }
    events.send(.configured(request.config))
    let wandb = world.isMain ? WandBLogging(request, events) : nil
    events.send(.preparing(.logger(isSynced: wandb != nil)))
    let hub = Hub(request.environment, .to(events))
    let uploads = try world.isMain ? RunUploads(request, hub, events) : nil
    try fetchCheckpoint(hub)
    let inputs = try RunInputs(request, hub, events)
    if let text = try forecastMemory(inputs.policy) { return .forecast(text) }
    let setup = try BackendSetup(
      request.options, device: request.policy.common.device,
      environment: request.environment, hub, events
    ) { [rescue, abort] cause in
      abort(rescue.message(for: cause))
    }
    let plan = RunPlan(request, inputs, setup, uploads, wandb, world: world)
    let claim = plan.isDryRun ? nil : try plan.claimOutput(events)
    if let seed = plan.config.seed { try plan.backend.seed(UInt64(seed)) }
    let trainer = try Trainer(plan, resuming: inputs.state, events)
    events.send(.prepared(plan.summary(trainer.learner)))
    return .trainer(trainer, claim)
  }

  /// Tells what the run will take of memory, where its policy knows.
  ///
  /// - Returns: the whole answer to a dry run for a machine that is named.
  /// - Throws: `TrainingError` for a dry run that this machine has no room for.
  private func forecastMemory(_ policy: PolicyConfig) throws(TrainingError) -> String? {
    let program = request.options.program
    guard let report = MemoryReport(policy, request) else {
      if program.memory != nil { throw .noMemoryForecast(policy: policy.type) }
      return nil
    }
    if program.memory != nil {
      return [report.text, report.warning, "Nothing was built."].compactMap(\.self)
        .joined(separator: "\n")
    }
    if program.isDryRun { events.info(report.text, about: .policy) }
    guard let warning = report.warning else { return nil }
    if program.isDryRun { throw .tooLittleMemory(warning) }
    events.warning(warning)
    return nil
  }

  /// Downloads the checkpoint that the run continues, where it is on the hub.
  private func fetchCheckpoint(_ hub: Hub) throws {
    guard world.isMain, let checkpoint = request.remoteCheckpoint,
      let directory = request.config.outputDirectory
    else { return }
    events.info(
      "Resuming from \(checkpoint.folder) of \(checkpoint.repository), in \(directory)")
    try hub.download(checkpoint, into: directory)
  }

  /// Trains until the last step or a stop.
  private func train(_ trainer: Trainer, _ loader: any BatchLoader) throws -> RunReport {
    let plan = trainer.plan
    if world.isMain {
      try trainer.cleanUp()
      if let warning = trainer.diskForecast.warning(plan.output.path) { events.warning(warning) }
    }
    rescue.keep(trainer.saver, origin: trainer.lastSaved)
    events.add(rescue)
    if let uploads = plan.uploads { events.add(uploads) }
    let evaluator = plan.suite.map { Evaluator($0, trainer, stop: stop, events) }
    let validator = try plan.heldOut.map {
      try Validator(
        plan.keepingDecoded($0, called: "Held-out frames", events), trainer, stop: stop, events)
    }
    defer { validator?.end() }
    let metrics = world.isMain ? try plan.addObservers(to: events, trainer) : nil
    var loop = try trainer.loop(
      loader, evaluate: evaluator?.evaluate, validate: validator?.validate, stop: stop,
      recorded: { _ = metrics?.drain(within: .seconds(10)) })
    events.send(.began(step: trainer.step))
    do {
      let outcome = try loop.run()
      events.send(.ended(RunEnding(outcome)))
      let missing = upload(trainer, outcome)
      return RunReport(
        outcome, failedEvaluations: loop.state.failedEvaluations, checkpoint: trainer.lastSaved,
        evaluation: evaluator?.latest, before: evaluator?.first, plan.config,
        best: loop.state.selection.flatMap { NextSteps.best($0, in: plan) }, notUploaded: missing,
        wandb: plan.wandb?.finish(events))
    } catch {
      events.send(.ended(.failed(step: loop.state.currentStep)))
      _ = plan.wandb?.finish(events)
      // A checkpoint may belong to an earlier step than the one that failed.
      throw TrainingFailure(
        step: (error as? CheckpointError)?.step ?? loop.state.currentStep, cause: "\(error)",
        lastCheckpoint: trainer.lastSaved)
    }
  }

  /// Uploads what the run is to upload.
  ///
  /// - Returns: what could not be uploaded and the command that does it later; nil in the usual case.
  private func upload(_ trainer: Trainer, _ outcome: TrainingOutcome) -> NotUploaded? {
    guard let uploads = trainer.plan.uploads else { return nil }
    let plan = trainer.plan
    let repository = plan.policy.common.repositoryID ?? ""
    var folder = trainer.lastSaved.map { "\($0)/\(CheckpointLayout.pretrainedModel)" }
    var temporary: String?
    if !plan.config.savesCheckpoints, plan.policy.common.pushesToHub {
      let path = "\(plan.output.path)/\(CheckpointLayout.pretrainedModel)"
      do {
        try trainer.writePolicy(to: path, step: plan.config.steps)
      } catch {
        return NotUploaded(failures: ["\(error)"], checkpoint: path, repository: repository)
      }
      (folder, temporary) = (path, path)
    }
    var card = plan.modelCard(step: plan.config.steps)
    card.repository = repository
    var missing = NotUploaded(failures: [], checkpoint: folder ?? "", repository: repository)
    missing.failures = uploads.finish(
      policy: outcome == .finished ? folder : nil, card: card.text, later: missing.command)
    guard missing.failures.isEmpty, !uploads.isOffline else { return missing }
    if let temporary { try? FileSystem.remove(temporary) }
    return nil
  }
}

extension TransferReports {
  /// Tells a run's observers.
  static func to(_ events: RunEvents) -> TransferReports {
    TransferReports(
      progress: { events.send(.transferring($0)) }, notice: { events.info($0) })
  }
}
