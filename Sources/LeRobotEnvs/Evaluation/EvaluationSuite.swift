import LeRobotCore
import OrderedCollections

/// The environments of a configuration, each task with as many instances as run side by side.
///
/// LeRobot `envs/factory.py`, `make_env`: an environment with one task is a group of its own.
package struct EvaluationSuite {
  package let tasks: [EvaluationTask]

  /// - Parameters:
  ///   - count: instances side by side (`eval.batch_size`).
  ///   - make: makes one instance.
  /// - Throws: what `makeEnvironment` throws, so that a missing library is found before training.
  package init(
    _ config: EnvironmentConfig, count: Int,
    make: (EnvironmentConfig) throws(EnvironmentError) -> any Environment = makeEnvironment
  ) throws(EnvironmentError) {
    guard count > 0 else { throw .notPositive(option: "--eval.batch_size", value: count) }
    let length = config.fields["episode_length"]?.intValue ?? 0
    let environments = try VectorEnvironment(count: count, episodeLength: length) {
      () throws(EnvironmentError) in try make(config)
    }
    guard length > 0 else { throw .notPositive(option: "--env.episode_length", value: length) }
    tasks = [EvaluationTask(group: config.type, id: 0, environments: environments)]
  }

  /// Evaluates all tasks, one after the other.
  ///
  /// - Returns: nil where `shouldContinue` returned false.
  package func evaluate(
    _ policy: any EvaluatedPolicy, plan: EvaluationPlan, openVideo: @escaping VideoOpener,
    shouldContinue: (EvaluationProgress) -> Bool
  ) throws -> EvaluationReport? {
    let clock = ContinuousClock()
    let start = clock.now
    var evaluations: [TaskEvaluation] = []
    for task in tasks {
      let evaluation = try task.evaluate(
        policy, plan: plan, openVideo: openVideo, shouldContinue: shouldContinue)
      guard let evaluation else { return nil }
      evaluations.append(evaluation)
    }
    return EvaluationReport(tasks: evaluations, seconds: (clock.now - start).seconds)
  }
}

extension EnvironmentConfig {
  /// Checks that a policy can act here: that an environment of this configuration shows what the
  /// policy looks at, in its shapes, and takes as many numbers as the policy gives.
  ///
  /// LeRobot finds out in the first evaluation.
  ///
  /// - Parameter renameMap: the policy's names of what a dataset, or an environment, calls otherwise.
  package func check(
    inputs: OrderedDictionary<String, PolicyFeature>,
    outputs: OrderedDictionary<String, PolicyFeature>,
    renameMap: OrderedDictionary<String, String>,
    make: (EnvironmentConfig) throws(EnvironmentError) -> any Environment = makeEnvironment
  ) throws(EnvironmentError) {
    let environment = try make(self)
    let shown = Batch([try environment.reset(seed: 0)]).values
    let shapes = OrderedDictionary(
      shown.map { (renameMap[$0.key] ?? $0.key, Array($0.value.shape.dropFirst())) },
      uniquingKeysWith: { $1 })
    for (name, feature) in inputs where feature.isLookedAt(as: name) {
      guard let shape = shapes[name] else {
        throw .unsuitable(
          problem: "the policy looks at \(name), but --env.type=\(type) shows "
            + shapes.keys.joined(separator: " "))
      }
      guard shape == feature.shape else {
        throw .unsuitable(
          problem:
            "\(name): the policy looks at \(feature.shape), --env.type=\(type) shows \(shape)")
      }
    }
    guard let width = outputs["action"]?.shape.first, width != environment.actionWidth else {
      return
    }
    throw .unsuitable(
      problem: "the policy's action has \(width) numbers, --env.type=\(type) takes "
        + "\(environment.actionWidth)")
  }
}

extension PolicyFeature {
  /// Policies pass over states of other names.
  fileprivate func isLookedAt(as name: String) -> Bool {
    type == .visual || name == EnvironmentObservation.stateFeature
      || name == EnvironmentObservation.environmentStateFeature
  }
}
