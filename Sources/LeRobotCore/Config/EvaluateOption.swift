/// `--evaluate=CHECKPOINT`: evaluates a checkpoint instead of training.
enum EvaluateOption {
  static let key = "evaluate"
  static let name = "--\(key)"

  /// Whether a command line asks for it.
  static func stands(in arguments: [String]) -> Bool {
    arguments.contains { $0 == name || $0.hasPrefix("\(name)=") }
  }

  /// The checkpoint that is named, and the other arguments. Of several the last one counts.
  ///
  /// - Throws: `ConfigError` where none is named, or `--policy.path` names one too.
  static func split(
    _ arguments: [String]
  ) throws(ConfigError) -> (checkpoint: String, others: [String]) {
    let words = OptionWords(name, in: arguments)
    guard let checkpoint = words.values.last, !checkpoint.isEmpty else {
      throw ConfigError([
        .missingOption(
          option: name,
          message: "needs a checkpoint: RUN, RUN/checkpoints/last, or OWNER/NAME of the hub")
      ])
    }
    if let path = words.others.first(where: { $0.hasPrefix("--policy.path=") }) {
      throw ConfigError([
        .conflictingOptions(
          "\(name)=\(checkpoint)", path, remedy: "leave one of them out: both name the policy")
      ])
    }
    return (checkpoint, words.others)
  }
}
