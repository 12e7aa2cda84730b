import LeRobotCore
import OrderedCollections

/// The tasks of a configuration's environment, each with as many instances as run side by side.
///
/// LeRobot `envs/factory.py`, `make_env`: an environment with one task is a group of its own, others
/// have groups (suites) of tasks. A task's instances are made when its turn comes and ended after it:
/// LIBERO's suites have more of them than fit into memory at once.
package struct EvaluationSuite {
  package let tasks: [EvaluationTask]
  /// Tasks that are evaluated at once (`env.max_parallel_tasks`).
  package let parallelTaskCount: Int
  /// The policy that acts; nil leaves it unchecked.
  package var policy: PolicyInterface?
  private let type: String

  /// An environment with one task, built here.
  ///
  /// - Parameters:
  ///   - count: instances side by side (`eval.batch_size`).
  ///   - make: makes one instance.
  package init(
    _ config: EnvironmentConfig, count: Int,
    make: @escaping (EnvironmentConfig) throws(EnvironmentError) -> any Environment =
      makeEnvironment
  ) throws(EnvironmentError) {
    guard count > 0 else { throw .notPositive(option: "--eval.batch_size", value: count) }
    let length = config.fields["episode_length"]?.intValue ?? 0
    guard length > 0 else { throw .notPositive(option: "--env.episode_length", value: length) }
    let task = EvaluationTask(group: config.type, id: 0, count: count) {
      count throws(EnvironmentError) in
      try VectorEnvironment(count: count, episodeLength: length) {
        () throws(EnvironmentError) in try make(config)
      }
    }
    self.init(tasks: [task], config: config)
  }

  /// Any environment: those of Python are served, with one task or several.
  ///
  /// - Parameter settings: how they are served; asked for only where they are.
  /// - Throws: for environments of Python, what keeps them from being listed.
  package init(
    _ config: EnvironmentConfig, count: Int,
    settings: () throws(EnvironmentError) -> BridgeSettings
  ) throws(EnvironmentError) {
    guard config.isServed else {
      self = try Self(config, count: count)
      return
    }
    guard count > 0 else { throw .notPositive(option: "--eval.batch_size", value: count) }
    let source = try BridgedSource(config, try settings())
    let tasks = try source.tasks(count: count).map { task in
      EvaluationTask(group: task.group, id: task.id, count: count) {
        some throws(EnvironmentError) in
        try source.environments(of: task, count: some, of: count)
      }
    }
    self.init(tasks: tasks, config: config)
  }

  private init(tasks: [EvaluationTask], config: EnvironmentConfig) {
    self.tasks = tasks
    parallelTaskCount = max(1, config.fields["max_parallel_tasks"]?.intValue ?? 1)
    type = config.type
  }

  /// Evaluates all tasks, one after the other or several at once.
  ///
  /// - Parameters:
  ///   - keepsFinished: whether episodes that are finished count where the others are not.
  ///   - shouldContinue: called before every step; false ends the evaluation.
  /// - Returns: nil where `shouldContinue` returned false and nothing is kept.
  package func evaluate(
    _ policy: any EvaluatedPolicy, plan: EvaluationPlan, openVideo: @escaping VideoOpener,
    keepsFinished: Bool = false, shouldContinue: (EvaluationProgress) -> Bool
  ) throws -> EvaluationReport? {
    let clock = ContinuousClock()
    let start = clock.now
    var report = EvaluationReport(tasks: [], seconds: 0)
    for first in stride(from: 0, to: tasks.count, by: parallelTaskCount) {
      let some = Array(tasks[first..<min(first + parallelTaskCount, tasks.count)])
      let (evaluations, isWhole) = try some.evaluate(
        policy, plan: plan, openVideo: openVideo, admit: admit
      ) { progress in
        var progress = progress
        progress.tasks = (first, tasks.count)
        return shouldContinue(progress)
      }
      report.tasks += isWhole ? evaluations : evaluations.filter { !$0.episodes.isEmpty }
      report.isWhole = isWhole
      guard isWhole else { break }
    }
    guard report.isWhole || keepsFinished && !report.tasks.isEmpty else { return nil }
    report.seconds = (clock.now - start).seconds
    return report
  }
}

// MARK: - Whether a policy can act here

extension EvaluationSuite {
  /// Checks that the first task's environment can be made and that the policy can act in it.
  ///
  /// LeRobot finds out in the first evaluation.
  package func check() throws(EnvironmentError) {
    guard let environment = try tasks.first?.make(1) else { return }
    try admit([environment], Batch(try environment.reset(seeds: [0])))
  }

  /// Checks that the policy can act in environments of some tasks, by their first observations.
  private func admit(
    _ environments: [VectorEnvironment], _ shown: Batch
  ) throws(EnvironmentError) {
    for environment in environments {
      try policy?.check(shown, actionWidth: environment.actionWidth, type: type)
    }
  }
}

extension EnvironmentConfig {
  /// Finds at once what no environment of this type can do without: its library, or a Python.
  package func probe(
    settings: () throws(EnvironmentError) -> BridgeSettings
  ) throws(EnvironmentError) {
    if isServed {
      _ = try BridgedSource(self, try settings())
    } else {
      _ = try makeEnvironment(self)
    }
  }
}
