/// Every field of a configuration and every option, with the policies there are to choose from.
package struct ConfigSchema: Sendable {
  /// With the policies of this release.
  package static let builtIn = ConfigSchema(policies: .builtIn)

  package let policies: PolicyRegistry
  /// Every field there is.
  package let record: RecordType
  /// Every option, LeRobot's and our own.
  package let table: OptionTable
  /// What files and command lines of newer LeRobots have besides.
  let newer: [NewerField]
  let fields: [Field<TrainPipelineConfig>]

  package init(policies: PolicyRegistry) {
    self.policies = policies
    newer = NewerField.all
    fields = TrainPipelineConfig.fields(policies)
    record = TrainPipelineConfig.recordType(TrainPipelineConfig(), fields: fields)
    table = OptionTable(record, own: RunOptions.recordType, newer: newer)
  }

  /// Whether an option is one of ours.
  func isOwn(_ option: String) -> Bool { table[option]?.isOwn == true }

  /// The configuration that a file's dictionary holds; nil where a field has not its type.
  package func config(canonical json: JSONValue) -> TrainPipelineConfig? {
    TrainPipelineConfig(canonical: json, fields: fields)
  }
}
