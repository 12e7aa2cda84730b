import Foundation
import LeRobotCore
import LeRobotEnvs
import LeRobotHub

/// Evaluates a checkpoint in simulation, without a dataset and without training: what
/// `--evaluate=CHECKPOINT` does (LeRobot `scripts/lerobot_eval.py`).
///
/// Environments, policy and generators are made in LeRobot's order, on which the random numbers
/// depend.
package struct EvaluationRun {
  private let config: TrainPipelineConfig
  private let policy: PolicyConfig
  private let environment: EnvironmentConfig
  private let options: RunOptions
  private let variables: [String: String]
  private let events: RunEvents
  private let stop: StopRequest
  private let abort: TrainingRun.Abort
  /// As many videos as `lerobot-eval` makes.
  private static let videoCount = 10

  /// - Parameters:
  ///   - variables: the process's.
  ///   - events: are told what happens.
  ///   - stop: ends the evaluation when it asks for it.
  ///   - abort: ends the process with a message when an operation cannot be ended.
  /// - Throws: `TrainingError` for a policy that is not computed here, or a seed no generator takes.
  package init(
    _ loaded: LoadedConfig, environment variables: [String: String], events: RunEvents,
    stop: StopRequest, abort: @escaping TrainingRun.Abort
  ) throws(TrainingError) {
    (config, policy) = (loaded.config, try loaded.computedPolicy())
    try loaded.checkSeed()
    guard let environment = loaded.config.environment else {
      preconditionFailure("EvaluationRun: the configuration of an evaluation names no environment")
    }
    (self.environment, options, self.variables) = (environment, loaded.options, variables)
    (self.events, self.stop, self.abort) = (events, stop, abort)
  }

  /// Evaluates.
  ///
  /// - Returns: nil when a stop was asked for before any episode was finished; nothing is written then.
  package func run() throws -> EvaluationTable? {
    do { return try evaluated() } catch let error as EnvironmentError {
      throw EvaluationFailure(cause: error)
    }
  }

  private func evaluated() throws -> EvaluationTable? {
    let suite = try EvaluationSuite(environment, config, for: policy) {
      () throws(EnvironmentError) in try BridgeSettings(config, options, variables)
    }
    let hub = Hub(variables, .to(events))
    let checkpoint = try Checkpoint.open(
      hub.policyFolder(
        policy.common.pretrainedPath ?? "", revision: options.policy.pretrainedRevision))
    let evaluated = try policy(of: checkpoint, hub)
    let output = EvaluationDirectory(path: config.outputDirectory ?? ".")
    events.info("Evaluating \(checkpoint.pretrainedModel) in \(environment.type)")
    let plan = EvaluationPlan(
      config, filming: options.evaluation.videoCount ?? Self.videoCount, into: output.videos)
    let report = try suite.evaluate(
      evaluated, plan: plan, into: output.resultFile, stop: stop, keepsFinished: true, events)
    for problem in report?.tasks.flatMap(\.problems) ?? [] { events.warning(problem) }
    return report.map {
      EvaluationTable(
        $0, file: output.resultFile, episodeCount: plan.episodeCount * suite.tasks.count)
    }
  }

  /// The checkpoint's policy between its processors.
  private func policy(of checkpoint: Checkpoint, _ hub: Hub) throws -> LearnerInSimulation {
    let setup = try BackendSetup(
      options, device: policy.common.device, environment: variables, hub, events,
      abort: abort)
    if let seed = config.seed { try setup.backend.seed(UInt64(seed)) }
    var policy = policy
    policy.common.device = setup.deviceName
    let resources = ResourceStore(hub, variables, options)
    try policy.value.readParts(resources)
    let learner = try setup.backend.makeLearner(
      policy: policy, optimizer: policy.value.optimizerPreset, usesPreset: true, loading: [])
    let weights = try learner.loadWeights(of: policy.value, from: checkpoint)
    // LeRobot lets the policy act with what it drew at random in the place of a missing tensor.
    if let name = weights.missing.first {
      throw WeightError.missing(name, source: checkpoint.pretrainedModel)
    }
    if !weights.unexpected.isEmpty { events.warning("Unexpected key(s): \(weights.unexpected)") }
    if let warning = learner.warnings.acting { events.warning(warning) }
    var processors = try checkpoint.processors(
      of: policy, resources: resources, warning: events)
    let names = config.renameMap.inProcessor
    processors.override(evaluating: policy, renameMap: names.isEmpty ? nil : names)
    return LearnerInSimulation(learner, of: policy.value, processors: processors)
  }
}

/// What an environment reports where nothing is trained.
private struct EvaluationFailure: Error, CustomStringConvertible {
  let cause: EnvironmentError

  var description: String { cause.text(trains: false) }
}
