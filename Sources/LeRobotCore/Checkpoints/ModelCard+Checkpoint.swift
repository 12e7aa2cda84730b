extension ModelCard {
  /// The card of a checkpoint, by what its files say; nil where they are not enough.
  ///
  /// - Throws: `CheckpointError` where there is no configuration of a policy.
  package init?(of checkpoint: Checkpoint) throws(CheckpointError) {
    let policy = try Checkpoint.parse(
      checkpoint.policyConfig(), file: CheckpointLayout.policyConfig)
    guard let type = policy["type"]?.stringValue else { return nil }
    let run = (try? checkpoint.trainConfig()).flatMap { try? JSONValue(parsing: $0) }
    guard let dataset = run?["dataset"]?["repo_id"]?.stringValue else { return nil }
    let file = "\(checkpoint.trainingState)/\(CheckpointLayout.trainingStep)"
    let state = (try? TextFile.read(file)).flatMap { try? JSONValue(parsing: $0) }
    self.init(policyType: type, dataset: dataset, step: state?["step"]?.intValue)
    if let license = policy["license"]?.stringValue { self.license = license }
    tags = policy["tags"]?.arrayValue?.compactMap(\.stringValue) ?? []
  }
}
