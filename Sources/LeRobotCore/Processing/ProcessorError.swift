/// Why data cannot be normalised, or saved processors cannot be used.
package enum ProcessorError: Error, Equatable {
  case missingStatistic(feature: String, mode: NormalizationMode, statistic: String)
  case statisticShape(feature: String, statistic: String, shape: [Int], tensor: [Int])
  case unknownStep(file: String, name: String)
  /// A file that a step needs besides its configuration.
  case missingResource(file: String, repository: String, reason: String)
  /// A tokenizer that cannot be read or used, with its own words.
  case text(String)
  /// Samples without a task for the step that needs one.
  case noTask(step: String)
  /// New processors of this policy cannot be made yet.
  case notBuilt(policy: String)
  /// A field of a processor file is missing or of the wrong kind.
  case invalidField(file: String, field: String, reason: String)
  case notJSON(file: String, reason: String)
  case file(FileError)
  case state(SafetensorsError)
}

extension ProcessorError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .missingStatistic(let feature, let mode, let statistic):
      "\(feature): normalisation \(mode.rawValue) needs the statistic \(statistic), which the "
        + "dataset's stats.json lacks; choose another normalization_mapping or compute it"
    case .statisticShape(let feature, let statistic, let shape, let tensor):
      "\(feature): statistic \(statistic) \(shape) does not fit values \(tensor); "
        + "check the dataset's stats.json or the --rename_map"
    case .unknownStep(let file, let name):
      "\(file): unknown processor step \(name); this program cannot run that policy yet"
    case .missingResource(let file, let repository, let reason):
      "\(file) of \(repository): \(reason)"
    case .text(let reason): reason
    case .noTask(let step):
      "\(step): the samples have no task; write the instruction into the dataset's tasks, or name an "
        + "environment that gives one"
    case .notBuilt(let policy):
      "the processors of \(policy) are not built yet; take those of a checkpoint by --policy.path"
    case .invalidField(let file, let field, let reason):
      "\(file): \(field): \(reason); save the processors again"
    case .notJSON(let file, let reason):
      "\(file): \(reason); the file is damaged, copy it again"
    case .file(let error): error.description
    case .state(let error): error.description
    }
  }
}
