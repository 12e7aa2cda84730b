import CLibraries
import LeRobotCore
import LeRobotEnvs

/// What a run is asked to do, checked as far as that needs no file.
package struct RunRequest: Sendable {
  let config: TrainPipelineConfig
  let policy: PolicyConfig
  let optimizer: OptimizerConfig
  let options: RunOptions
  /// The checkpoint that a resumed run continues, where it is on the hub.
  let remoteCheckpoint: RemoteCheckpoint?
  /// Where the values of both came from.
  let origins: ConfigOrigins
  let optionOrigins: ConfigOrigins
  /// What the configuration's reader found odd.
  let warnings: [ConfigWarning]
  /// The command line, without the program's name.
  let arguments: [String]
  /// The process's variables.
  let environment: [String: String]

  /// Beyond any memory; larger numbers would not fit the counts of a run.
  private static let batchSizeLimit = 1 << 20
  private static let workerLimit = 1 << 12

  /// - Throws: `TrainingError` for a policy that is not trained here, a configuration without an
  ///   optimizer, and numbers that no run can take.
  package init(
    _ loaded: LoadedConfig, arguments: [String], environment: [String: String]
  ) throws(TrainingError) {
    let policy = try loaded.computedPolicy()
    guard let optimizer = loaded.config.optimizer else { throw .noOptimizer }
    try loaded.checkSeed()
    for (option, value, limits) in [
      ("num_workers", loaded.config.workerCount, 0...Self.workerLimit),
      ("batch_size", loaded.config.batchSize, 1...Self.batchSizeLimit),
      ("steps", loaded.config.steps, Int.min...TrainingState.stepLimit - 1),
    ] {
      if value < limits.lowerBound {
        throw .tooSmall(option: option, value: value, least: limits.lowerBound)
      }
      if value > limits.upperBound {
        throw .tooLarge(option: option, value: value, most: limits.upperBound)
      }
    }
    config = loaded.config
    self.policy = policy
    self.optimizer = optimizer
    options = loaded.options
    remoteCheckpoint = loaded.remoteCheckpoint
    (origins, optionOrigins) = (loaded.origins, loaded.optionOrigins)
    warnings = loaded.warnings
    self.arguments = arguments
    self.environment = environment
  }

  /// Finds at once that a library or a Python of the environment is missing, and not when the dataset
  /// is open.
  func probeEnvironment() throws(EnvironmentError) {
    try config.evaluatedEnvironment?.probe(settings: bridgeSettings)
  }

  /// How environments of Python are served in this run.
  func bridgeSettings() throws(EnvironmentError) -> BridgeSettings {
    try BridgeSettings(config, options, environment)
  }
}

extension LoadedConfig {
  /// The policy.
  ///
  /// - Throws: `TrainingError.notTrainable` for one that the chosen backend does not compute.
  func computedPolicy() throws(TrainingError) -> PolicyConfig {
    let known = BackendSetup.trainable(options.backend)
    guard let policy = config.policy, known.contains(policy.type) else {
      throw .notTrainable(policy: config.policy?.type ?? "null", trainable: known)
    }
    return policy
  }

  /// - Throws: `TrainingError.unusableSeed`.
  func checkSeed() throws(TrainingError) {
    if let seed = config.seed, UInt32(exactly: seed) == nil { throw .unusableSeed(seed) }
  }
}

extension BridgeSettings {
  /// How a configuration's environments of Python are served.
  ///
  /// - Parameter environment: the process's variables.
  init(
    _ config: TrainPipelineConfig, _ options: RunOptions, _ environment: [String: String]
  ) throws(EnvironmentError) {
    try self.init(environment, libraries: String(cString: cl_folder()))
    startLimit = options.environment.startTimeout
    answerLimit = options.environment.answerTimeout
    trustsRemoteCode = options.environment.trustsRemoteCode
    seed = config.seed.map(UInt64.init)
    hasProcessPerEnvironment = config.evaluation.usesAsyncEnvironments
  }
}
