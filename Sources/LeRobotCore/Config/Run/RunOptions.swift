/// Options of our own, which LeRobot does not know.
///
/// They are written out in full on the command line and never enter `train_config.json`. Those that
/// a resumed run needs are saved as `training_state/run_options.json`.
package struct RunOptions: ConfigRecord {
  /// What computes: libtorch, or the readable reference.
  package enum Backend: String, ConfigValue, CaseIterable {
    case fast
    case reference
  }

  /// Where decoded frames of cameras are kept.
  package enum FrameCache: String, ConfigValue, CaseIterable {
    case ram
    case disk
    case off
  }

  /// A shell that completes options.
  package enum Shell: String, ConfigValue, CaseIterable {
    case bash
    case zsh
    case fish
  }

  package var program = ProgramOptions()
  package var backend = Backend.fast
  /// File that the run's numbers are written to at full precision.
  package var tracePath: String?
  /// How many checkpoints stay on the disk; nil keeps all.
  package var keptCheckpoints: Int?
  package var selection = SelectionOptions()
  package var dataset = DatasetOptions()
  package var policy = PolicyOptions()
  /// Fields of the policy that LeRobot 0.4.2 does not know, as they are saved.
  package var policyFields: JSONValue?
  /// Sizes of a policy's models in place of those that its variants name: what a file held.
  package var policySizes: JSONValue?
  /// The folder of the tokenizer that is read in place of the policy's.
  package var tokenizerPath: String?
  package var validation = ValidationOptions()
  /// Steps between validations; 0 for none (LeRobot 0.6 has the option).
  package var validationFrequency = 0
  /// Held-out frames whose loss is computed; 0 for all of them (LeRobot 0.6 has the option), nil for
  /// those whose actions are compared.
  package var validationSampleLimit: Int?
  package var weightAverage = WeightAverageConfig()
  package var accelerator = AcceleratorOptions()
  package var evaluation = EvaluationOptions()
  /// Whether a policy's actions are rounded as LeRobot's are.
  package var evaluatesExactly = false
  package var environment = EnvironmentOptions()
  /// Whether every checkpoint is uploaded to the hub (LeRobot 0.6 has the option).
  package var uploadsCheckpoints = false
  /// Seconds by which a video's frame may miss its time (LeRobot 0.4.3 has the option).
  package var toleranceSeconds = 1e-4
  package var wandb = WandBOptions()
  package var tensorBoard = TensorBoardOptions()
  /// Whether `report.html` is written.
  package var writesReport = true

  package init() {}

  package static let fields: [Field<Self>] =
    ProgramOptions.fields.map { $0.lifted(to: \.program) } + [
      Field("backend", \.backend, "What computes: libtorch or the readable reference.").saved,
      Field(
        "trace", \.tracePath, "Writes the run's numbers at full precision.", as: .optional(.path)),
      Field(
        "keep_checkpoints", \.keptCheckpoints,
        "Keeps the newest checkpoints, this many, and removes older ones; null keeps all."
      ).saved,
    ]
    + SelectionOptions.fields.map { $0.lifted(to: \.selection) } + [
      Field("dataset", \.dataset, "How the dataset is read.").saved,
      Field("policy", \.policy, "Which policy is fine-tuned."),
      Field(
        policyFieldsKey, \.policyFields, "Fields of the policy of newer LeRobots.",
        as: .optional(.content)
      ).fileOnly.saved,
      Field(
        policySizesKey, \.policySizes,
        "Widths, depths and heads of the policy's models, for experiments and small robots.",
        as: .optional(.content)
      ).saved,
      Field(
        tokenizerPathKey, \.tokenizerPath,
        "Folder of a tokenizer that is read in place of the one that the policy names.",
        as: .optional(.path)
      ).saved,
      Field("validation", \.validation, "Which frames a policy is validated on.").saved,
      Field(
        validationFrequencyKey, \.validationFrequency,
        "Steps between validations on held-out frames; 0 for none (LeRobot 0.6)."
      ).saved,
      Field(
        validationLimitKey, \.validationSampleLimit,
        "Held-out frames of the loss, shared among the tasks; 0 takes all (LeRobot 0.6), null those of "
          + "validation.action_frames."
      ).saved,
      Field("ema", \.weightAverage, "A moving average of the weights.").saved,
      Field("accelerator", \.accelerator, "How a step's gradients come together.").saved,
      Field("eval", \.evaluation, "How an evaluation is run.").saved,
      Field(
        "exact_evaluation", \.evaluatesExactly,
        "Rounds the policy's actions as LeRobot does, more slowly: for comparing with it."
      ).saved,
      Field("env", \.environment, "How environments of Python are served.").saved,
      Field(
        "save_checkpoint_to_hub", \.uploadsCheckpoints,
        "Uploads every checkpoint to --policy.repo_id beside the training (LeRobot 0.6)."
      ).saved,
      Field(
        "tolerance_s", \.toleranceSeconds,
        "Seconds by which a video's frame may miss its timestamp (LeRobot 0.4.3)."
      ).saved,
      Field("wandb", \.wandb, "How a run is shown by Weights & Biases.").saved,
      Field("tensorboard", \.tensorBoard, "Files for TensorBoard.").saved,
      Field(
        "write_report", \.writesReport,
        "Keeps report.html in the run's folder: curves, evaluations, configuration."
      ).saved,
    ]

  /// Those that the evaluation of a checkpoint has too.
  static let evaluationKeys = Set(
    ["backend", "policy", "eval", "env", "exact_evaluation"] + policyKeys)

  package var problems: [FieldProblem] {
    var problems: [FieldProblem] = []
    if let keptCheckpoints, keptCheckpoints < 1 {
      problems.append(FieldProblem("keep_checkpoints", "give 1 or more, or null to keep all"))
    }
    if program.port != nil {
      problems.append(
        FieldProblem(WatchRequest.portKey, "belongs to --watch=RUN; add it, or leave this out"))
    }
    if !(toleranceSeconds > 0) {
      problems.append(FieldProblem("tolerance_s", "give a number of seconds above 0"))
    }
    return problems + environment.timeoutProblems + selection.problems + validationProblems
      + program.problems
  }

  /// How the dataset is read.
  package struct DatasetOptions: ConfigRecord {
    /// Nil keeps frames in memory where all of them fit easily.
    package var frameCache: FrameCache?
    /// The cameras to use; nil for all of the dataset.
    package var cameraKeys: [String]?
    /// The share of each task's episodes that is held out (LeRobot 0.6 has the option).
    package var evaluationSplit = 0.0
    /// Whether the statistics that scale features are computed from the data.
    package var recomputesStatistics = false

    package init() {}

    package static let fields: [Field<Self>] = [
      Field(
        "frame_cache", \.frameCache,
        "Keeps decoded camera frames; by default in RAM where all fit into a quarter of it."),
      Field(
        "camera_keys", \.cameraKeys,
        "The dataset's cameras to use; the others are not opened. null takes all."),
      Field(
        RunOptions.evaluationSplitKey, \.evaluationSplit,
        "The share of each task's last episodes that is held out to validate on (LeRobot 0.6)."),
      Field(
        "recompute_stats", \.recomputesStatistics,
        "Scales by statistics that are computed from the data, whatever the dataset says of itself."
      ),
    ]

    package var problems: [FieldProblem] {
      0..<1 ~= evaluationSplit
        ? [] : [FieldProblem(RunOptions.evaluationSplitKey, "give a number from 0 to below 1")]
    }
  }
}

extension RunOptions {
  /// How a run is shown by Weights & Biases.
  package struct WandBOptions: ConfigRecord {
    /// Whether the run is tagged with its policy, seed, dataset and environment (LeRobot 0.6 has the
    /// option).
    package var addsTags = true

    package init() {}

    package static let fields: [Field<Self>] = [
      Field(
        "add_tags", \.addsTags,
        "Tags the run with its policy, seed, dataset and environment (LeRobot 0.6).")
    ]
  }

  /// Files for TensorBoard.
  package struct TensorBoardOptions: ConfigRecord {
    package var isEnabled = false

    package init() {}

    package static let fields: [Field<Self>] = [
      Field(
        "enable", \.isEnabled, "Writes event files for TensorBoard into OUTPUT_DIR/tensorboard.")
    ]
  }

  /// When a policy is evaluated beside LeRobot's times, and what is kept of it.
  package struct EvaluationOptions: ConfigRecord {
    /// Whether it is evaluated before the first step, too.
    package var isAtStart = false
    /// The most episodes of a task that get a video; nil for as many as LeRobot films.
    package var videoCount: Int?

    package init() {}

    package static let fields: [Field<Self>] = [
      Field(
        "at_start", \.isAtStart,
        "Evaluates the policy before the first step too; training is the same with and without it."),
      Field(
        "save_videos", \.videoCount,
        "Episodes of each task that are filmed; by default 4 in training, 10 with --evaluate."),
    ]

    package var problems: [FieldProblem] {
      guard let videoCount, videoCount < 0 else { return [] }
      return [FieldProblem("save_videos", "give 0 or more")]
    }
  }

  /// Which policy is fine-tuned.
  package struct PolicyOptions: ConfigRecord {
    static let revisionOption = "policy.pretrained_revision"

    /// A branch, a tag or a commit of the repository that `--policy.path` names (LeRobot 0.6 has the
    /// option).
    package var pretrainedRevision: String?

    package init() {}

    package static let fields: [Field<Self>] = [
      Field(
        "pretrained_revision", \.pretrainedRevision,
        "The branch, tag or commit of the repository that --policy.path names (LeRobot 0.6).")
    ]
  }
}

/// What the program is asked to do.
package struct ProgramOptions: ConfigRecord {
  /// How a configuration is printed.
  package enum ConfigFormat: String, ConfigValue, CaseIterable {
    /// Not at all.
    case off
    /// With the origin of each value.
    case text
    /// As train_config.json would hold it.
    case json
  }

  package var configFormat = ConfigFormat.off
  package var isDryRun = false
  /// The memory of the machine that a dry run plans for.
  package var memory: String?
  package var showsVersion = false
  package var shell: RunOptions.Shell?
  /// The checkpoint to upload instead of training.
  package var uploadedCheckpoint: String?
  /// The folder of the run to show instead of training.
  package var watchedRun: String?
  /// Where a run that is watched is shown in browsers.
  package var port: Int?
  /// The folder of the run whose report is written instead of training.
  package var reportedRun: String?
  /// The checkpoint that is evaluated instead of training.
  package var evaluatedCheckpoint: String?

  package init() {}

  package static let fields: [Field<Self>] = [
    Field(
      "print_config", \.configFormat,
      "Prints the configuration and where each value came from; json prints the file."
    ).standingAlone(as: "text"),
    Field(
      "dry_run", \.isDryRun,
      "Does everything up to one training step, reports, and writes nothing but what it downloads."
    ).standingAlone(as: "true"),
    Field(
      "memory", \.memory,
      "The memory to plan for in a dry run, as 80GB; by default what this machine has free."),
    Field("version", \.showsVersion, "Prints the version and the libraries that were found.")
      .standingAlone(as: "true"),
    Field("completion", \.shell, "Prints the completion script of a shell."),
    Field(
      "upload", \.uploadedCheckpoint,
      "Uploads a checkpoint to --policy.repo_id instead of training.", as: .optional(.path)),
    Field(
      EvaluateOption.key, \.evaluatedCheckpoint,
      "Evaluates a checkpoint in its environment, or in that of --env.type, instead of training.",
      as: .optional(.path)),
    Field(
      "watch", \.watchedRun,
      "Shows a run, or several, while they train or after; give their output_dirs.",
      as: .optional(.path)),
    Field(
      WatchRequest.portKey, \.port,
      "With --watch: shows the runs in a browser, at http://127.0.0.1:PORT/; 0 picks a free port."),
    Field(
      "report", \.reportedRun,
      "Makes report.html, TensorBoard's files and the W&B file of runs that are over.",
      as: .optional(.path)),
  ]

  package var problems: [FieldProblem] {
    guard let memory else { return [] }
    if ByteCount(memory) == nil { return [FieldProblem("memory", "give a size, as 80GB")] }
    return isDryRun ? [] : [FieldProblem("memory", "it plans a dry run; add --dry_run")]
  }
}

extension RunOptions {
  /// The options that a resumed run takes over from its checkpoint, as the file holds them.
  package var saved: JSONValue {
    let names = Set(Self.fields.filter(\.isSaved).map(\.key))
    return .object((json.objectValue ?? [:]).filter { names.contains($0.key) })
  }
}
