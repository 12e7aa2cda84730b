import OrderedCollections

/// The configuration of a training run (LeRobot `configs/train.py`, `TrainPipelineConfig`).
///
/// `fields` explains each property.
package struct TrainPipelineConfig: Sendable, Equatable {
  package var dataset: DatasetConfig
  package var environment: EnvironmentConfig?
  package var policy: PolicyConfig?
  package var outputDirectory: String?
  package var jobName: String?
  package var resume = false
  /// Whether the run is one of `--resume=auto`; files hold it as `resume`.
  package var resumesAutomatically = false
  package var seed: Int? = 1000
  package var workerCount = 4
  package var batchSize = 8
  package var steps = 100_000
  package var evaluationFrequency = 20_000
  package var logFrequency = 200
  package var savesCheckpoints = true
  package var saveFrequency = 20_000
  package var usesPolicyTrainingPreset = true
  package var optimizer: OptimizerConfig?
  package var scheduler: SchedulerConfig?
  package var evaluation = EvaluationConfig()
  package var wandb = WandBConfig()
  /// The checkpoint that is resumed; never an option.
  package var checkpointPath: String?
  package var renameMap: OrderedDictionary<String, String> = [:]

  package init(dataset: DatasetConfig) {
    self.dataset = dataset
  }

  /// The environment, where evaluation in it is asked for.
  package var evaluatedEnvironment: EnvironmentConfig? {
    evaluationFrequency > 0 ? environment : nil
  }
}

extension TrainPipelineConfig: ConfigRecord {
  package init() {
    self.init(dataset: DatasetConfig())
  }

  package static var fields: [Field<Self>] { ConfigSchema.builtIn.fields }

  /// The fields that the evaluation of a checkpoint has (LeRobot `configs/eval.py`,
  /// `EvalPipelineConfig`).
  static let evaluationKeys: Set = [
    "env", "policy", "output_dir", "job_name", "seed", "eval", "rename_map",
  ]

  /// The fields where the policy is one of `policies`.
  static func fields(_ policies: PolicyRegistry) -> [Field<Self>] {
    let dataset = Field<Self>(
      "dataset", \.dataset, "Which dataset, and how it is read."
    ).required
    var environment = Field<Self>(
      "env", \.environment, "Simulation for evaluation; null does not evaluate.")
    // LeRobot must be able to read the file; a checkpoint keeps the others with our own options.
    environment.get = { $0.environment.flatMap { $0.isOwn ? nil : $0.json } ?? .null }
    return [dataset, environment, policyField(policies)] + runFields
  }

  /// Everything, with an environment that LeRobot does not know.
  package var completeJSON: JSONValue {
    var members = json.objectValue ?? [:]
    members["env"] = environment?.json ?? .null
    return .object(members)
  }

  private static func policyField(_ policies: PolicyRegistry) -> Field<Self> {
    var field = Field<Self>(
      "policy", \.policy, "What is trained.", as: .optional(policies.valueType))
    field.set = { config, json in
      config.policy = policies.policy(canonical: json)
      return json.isNull || config.policy != nil
    }
    return field
  }

  private static var resumeField: Field<Self> {
    var field = Field<Self>(
      "resume", \.resume,
      "Goes on from the checkpoint that --config_path names; auto: from the newest of --output_dir, "
        + "where there is one.")
    field.get = { .bool($0.resume || $0.resumesAutomatically) }
    return field
  }

  private static let runFields: [Field<Self>] = [
    Field(
      "output_dir", \.outputDirectory,
      "Folder of the run; by default outputs/train/DATE/TIME_JOB, with --evaluate outputs/eval/….",
      as: .optional(.path)),
    Field("job_name", \.jobName, "Name of the run; by default the environment's and policy's."),
    resumeField,
    Field("seed", \.seed, "Seed of everything random; null takes a new one."),
    Field("num_workers", \.workerCount, "Threads that load data; 0 loads in the training thread."),
    Field("batch_size", \.batchSize, "Samples per step."),
    Field("steps", \.steps, "Training steps."),
    Field("eval_freq", \.evaluationFrequency, "Steps between evaluations; 0 or less never."),
    Field("log_freq", \.logFrequency, "Steps between log lines; 0 or less never."),
    Field("save_checkpoint", \.savesCheckpoints, "Writes checkpoints."),
    Field("save_freq", \.saveFrequency, "Steps between checkpoints; the last step always has one."),
    Field(
      "use_policy_training_preset", \.usesPolicyTrainingPreset,
      "Takes optimizer and scheduler from the policy instead of --optimizer and --scheduler."),
    Field("optimizer", \.optimizer, "Optimizer; needs --use_policy_training_preset=false."),
    Field("scheduler", \.scheduler, "Schedule; needs --use_policy_training_preset=false."),
    Field("eval", \.evaluation, "How evaluation is run."),
    Field("wandb", \.wandb, "Weights & Biases."),
    Field(
      "checkpoint_path", \.checkpointPath, "The checkpoint that is resumed.",
      as: .optional(.path)
    ).fileOnly,
    Field("rename_map", \.renameMap, #"New names of dataset features: {"old": "new"}."#),
  ]
}

/// Which dataset, which part of it, and how it is read (LeRobot `configs/default.py`).
package struct DatasetConfig: ConfigRecord {
  package var repositoryID: String
  package var root: String?
  package var episodes: [Int]?
  package var imageTransforms = ImageTransformsConfig()
  package var revision: String?
  package var usesImageNetStatistics = true
  package var videoBackend = "torchcodec"
  package var streaming = false

  package init() {
    self.init(repositoryID: "")
  }

  package init(repositoryID: String) {
    self.repositoryID = repositoryID
  }

  package static let fields: [Field<Self>] = [
    Field("repo_id", \.repositoryID, "Name of the dataset, as on the hub.").required,
    Field(
      "root", \.root,
      "The dataset's own folder; by default REPO_ID under $HF_LEROBOT_HOME."),
    Field("episodes", \.episodes, "Episodes to train on; null takes all."),
    Field("image_transforms", \.imageTransforms, "Random changes of camera images."),
    Field("revision", \.revision, "Branch, tag or commit on the hub."),
    Field(
      "use_imagenet_stats", \.usesImageNetStatistics,
      "Normalises cameras with ImageNet's mean and standard deviation."),
    Field("video_backend", \.videoBackend, "Whose pixels video has: torchcodec or pyav."),
    Field("streaming", \.streaming, "Reads the dataset from the hub while training."),
  ]
}

/// How evaluation in simulation is run (LeRobot `configs/default.py`, `EvalConfig`).
package struct EvaluationConfig: ConfigRecord {
  package var episodeCount = 50
  package var batchSize = 50
  package var usesAsyncEnvironments = false

  package init() {}

  package static let fields: [Field<Self>] = [
    Field("n_episodes", \.episodeCount, "Episodes per evaluation."),
    Field("batch_size", \.batchSize, "Environments that run side by side."),
    Field(
      "use_async_envs", \.usesAsyncEnvironments,
      "A process for each environment of Python's; those built in have a thread each anyway."),
  ]

  package var problems: [FieldProblem] {
    batchSize <= episodeCount
      ? []
      : [
        FieldProblem(
          "batch_size",
          "\(batchSize) is more than eval.n_episodes (\(episodeCount)); lower it or raise "
            + "eval.n_episodes")
      ]
  }
}

/// Weights & Biases options (LeRobot `configs/default.py`, `WandBConfig`).
package struct WandBConfig: ConfigRecord {
  package var enable = false
  package var disablesArtifact = false
  package var project = "lerobot"
  package var entity: String?
  package var notes: String?
  package var runID: String?
  package var mode: String?

  package init() {}

  package static let fields: [Field<Self>] = [
    Field("enable", \.enable, "Logs to Weights & Biases."),
    Field("disable_artifact", \.disablesArtifact, "Does not upload checkpoints."),
    Field("project", \.project, "Project."),
    Field("entity", \.entity, "User or team."),
    Field("notes", \.notes, "Notes on the run."),
    Field("run_id", \.runID, "Run to go on with."),
    Field("mode", \.mode, "online, offline or disabled."),
  ]
}
