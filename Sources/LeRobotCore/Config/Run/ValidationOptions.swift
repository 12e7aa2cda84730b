extension RunOptions {
  /// Which frames a policy is validated on, beside `--dataset.eval_split`.
  package struct ValidationOptions: ConfigRecord {
    private static let episodesKey = "episodes"
    private static let rootKey = "root"
    private static let frameCountKey = "action_frames"

    /// Episodes of the dataset that are held out.
    package var episodes: [Int]?
    /// The folder of another dataset.
    package var root: String?
    /// Frames from which actions are sampled; nil takes all.
    package var frameCount: Int? = 200

    package init() {}

    package static let fields: [Field<Self>] = [
      Field(
        episodesKey, \.episodes,
        "Holds these episodes out of the training and validates on them."),
      Field(
        rootKey, \.root, "Validates on another dataset, which lies in this folder.",
        as: .optional(.path)),
      Field(
        frameCountKey, \.frameCount,
        "Held-out frames whose actions are compared, spread evenly; null takes all."),
    ]

    package var problems: [FieldProblem] {
      var problems: [FieldProblem] = []
      if let frameCount, frameCount < 1 {
        problems.append(FieldProblem(Self.frameCountKey, "give 1 or more, or null for all"))
      }
      if let episodes, episodes.isEmpty || Set(episodes).count < episodes.count {
        problems.append(FieldProblem(Self.episodesKey, "give episodes, each once"))
      }
      return problems
    }
  }

  /// How the gradients of a step come together, under the names of LeRobot's main branch of August
  /// 2026 (`configs/accelerator.py`).
  package struct AcceleratorOptions: ConfigRecord {
    package var accumulation = AccumulationOptions()

    package init() {}

    package static let fields: [Field<Self>] = [
      Field(
        "gradient_accumulation", \.accumulation, "Gradients of several batches in one step.")
    ]
  }

  /// Gradients of several batches in one step.
  package struct AccumulationOptions: ConfigRecord {
    /// Batches of one optimizer step.
    package var batchCount = 1
    private static let limit = 1 << 16

    package init() {}

    package static let fields: [Field<Self>] = [
      Field(
        "steps", \.batchCount,
        "Batches whose gradients make one optimizer step, as one batch that many times as large.")
    ]

    package var problems: [FieldProblem] {
      1...Self.limit ~= batchCount
        ? [] : [FieldProblem("steps", "give a number from 1 to \(Self.limit)")]
    }
  }
}

extension RunOptions {
  static let evaluationSplitKey = "eval_split"
  static let validationFrequencyKey = "eval_steps"
  static let validationLimitKey = "max_eval_samples"

  /// Whether frames are held out, or come from another dataset, to validate on.
  package var holdsFramesOut: Bool {
    dataset.evaluationSplit > 0 || validation.episodes != nil || validation.root != nil
  }

  /// Whether the policy is validated.
  package var validates: Bool { holdsFramesOut && validationFrequency > 0 }

  /// What checkpoints are compared by: the metric that was chosen; else a validation's action error; the
  /// success in simulation where that is needed. Nil where they are not compared.
  package var selectionMetric: SelectionMetric? {
    if let metric = selection.metric { return metric }
    if validates { return .actionError }
    return selection.isAskedFor ? .success : nil
  }

  /// What does not fit together of a validation's options.
  var validationProblems: [FieldProblem] {
    var problems: [FieldProblem] = []
    let sources = [
      ("dataset.eval_split", dataset.evaluationSplit > 0),
      ("validation.episodes", validation.episodes != nil),
      ("validation.root", validation.root != nil),
    ].filter(\.1).map(\.0)
    if sources.count > 1 {
      problems.append(
        FieldProblem(sources[1], "--\(sources[0]) says what to validate on too; leave one out"))
    }
    if validationFrequency < 0 {
      problems.append(FieldProblem(Self.validationFrequencyKey, "give 0 or more"))
    }
    if validationFrequency > 0, sources.isEmpty {
      problems.append(
        FieldProblem(
          Self.validationFrequencyKey,
          "there is nothing to validate on; add --dataset.eval_split=0.1, --validation.episodes or "
            + "--validation.root"))
    }
    if validationFrequency == 0, let source = sources.first, source != "dataset.eval_split" {
      problems.append(
        FieldProblem(source, "say after how many steps to validate: --eval_steps=1000, say"))
    }
    if let validationSampleLimit, validationSampleLimit < 0 {
      problems.append(FieldProblem(Self.validationLimitKey, "give 0 or more"))
    }
    return problems
  }
}
