extension RunOptions {
  /// How environments of Python are served (Documentation/Environments.md).
  package struct EnvironmentOptions: ConfigRecord {
    static let ownKey = "own"
    package static let startTimeoutKey = "start_timeout_s"
    package static let answerTimeoutKey = "answer_timeout_s"

    /// Whether code of a repository on the hub may run.
    package var trustsRemoteCode = false
    /// Seconds until a server must have made its environments.
    package var startTimeout = 600.0
    /// Seconds until an environment must have answered.
    package var answerTimeout = 300.0
    /// An environment that LeRobot's train_config.json cannot hold, for the run that resumes.
    package var own: EnvironmentConfig?

    package init() {}

    package static let fields: [Field<Self>] = [
      Field(
        "trust_remote_code", \.trustsRemoteCode,
        "Runs the code of the repository that --env.type=USER/NAME names."),
      Field(
        startTimeoutKey, \.startTimeout,
        "Seconds in which environments of Python's must be made."),
      Field(
        answerTimeoutKey, \.answerTimeout,
        "Seconds in which an environment of Python's must answer."),
      Field(
        ownKey, \.own, "An environment that LeRobot does not know.",
        as: .optional(.choice(EnvironmentConfig.ownChoiceType))
      ).fileOnly,
    ]

    /// What is wrong with the limits.
    var timeoutProblems: [FieldProblem] {
      [(Self.startTimeoutKey, startTimeout), (Self.answerTimeoutKey, answerTimeout)]
        .filter { !($0.1 > 0 && $0.1 <= 1e6) }
        .map { FieldProblem("env.\($0.0)", "give a number of seconds above 0") }
    }
  }
}
