/// Every field of a configuration and every option, with the policies there are to choose from.
package struct ConfigSchema: Sendable {
  /// What a configuration is for.
  package enum Purpose: Sendable {
    case training
    /// The evaluation of a checkpoint (`--evaluate`).
    case evaluation
  }

  /// With the policies of this release.
  package static let builtIn = ConfigSchema(policies: .builtIn)

  package let policies: PolicyRegistry
  package let purpose: Purpose
  /// Every field there is.
  package let record: RecordType
  /// The fields of our own options.
  let ownRecord: RecordType
  /// Every option, LeRobot's and our own.
  package let table: OptionTable
  /// What files and command lines of newer LeRobots have besides.
  let newer: [NewerField]
  let fields: [Field<TrainPipelineConfig>]

  package init(policies: PolicyRegistry, purpose: Purpose = .training) {
    self.policies = policies
    self.purpose = purpose
    newer = NewerField.all
    let all = TrainPipelineConfig.fields(policies)
    let allRecord = TrainPipelineConfig.recordType(TrainPipelineConfig(), fields: all)
    switch purpose {
    case .training:
      (fields, record, ownRecord) = (all, allRecord, RunOptions.recordType)
      table = OptionTable(record, own: ownRecord, newer: newer)
    case .evaluation:
      fields = all.filter { TrainPipelineConfig.evaluationKeys.contains($0.key) }
      record = TrainPipelineConfig.recordType(TrainPipelineConfig(), fields: fields)
      ownRecord = RunOptions.recordType(
        RunOptions(),
        fields: RunOptions.fields.filter { RunOptions.evaluationKeys.contains($0.key) })
      let training = OptionTable(allRecord, own: RunOptions.recordType)
      table = OptionTable(
        record, own: ownRecord, newer: newer, elsewhere: Set(training.options.map(\.name)))
    }
  }

  /// The schema of another purpose, with the same policies.
  func with(purpose: Purpose) -> ConfigSchema { ConfigSchema(policies: policies, purpose: purpose) }

  /// Whether an option is one of ours.
  func isOwn(_ option: String) -> Bool { table[option]?.isOwn == true }

  /// The configuration that a file's dictionary holds; nil where a field has not its type.
  package func config(canonical json: JSONValue) -> TrainPipelineConfig? {
    TrainPipelineConfig(canonical: json, fields: fields)
  }
}
