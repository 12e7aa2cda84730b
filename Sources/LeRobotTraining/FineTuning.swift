import LeRobotCore
import OrderedCollections

/// The policy that a run fine-tunes, compared with the run's dataset.
struct FineTuning {
  let path: String
  let dataset: String
  let match: FeatureMatch

  /// - Parameters:
  ///   - dataset: its name.
  ///   - features: the dataset's, under its own names.
  /// - Returns: nil for a run that does not begin with `--policy.path`.
  init?(
    _ config: TrainPipelineConfig, policy: PolicyCommon, _ dataset: String,
    _ features: OrderedDictionary<String, PolicyFeature>
  ) {
    guard !config.resume, let path = policy.pretrainedPath else { return nil }
    self.path = path
    self.dataset = dataset
    match = FeatureMatch(
      policy: policy, dataset: features, renameMap: config.renameMap.inProcessor)
  }

  /// The features, a line each.
  var features: String { "Features of \(path) in \(dataset):\n\(match.table)" }

  /// Everything a user may want to know before the training begins.
  func report(_ weights: LoadedWeights) -> String {
    let lines = [
      features, "Statistics: those of \(dataset)", "Weights: \(weights.loaded.count) loaded",
    ]
    return
      (lines + Self.list("Missing, initialised at random", weights.missing)
      + Self.list("Unexpected, not used", weights.unexpected)).joined(separator: "\n")
  }

  private static func list(_ what: String, _ names: [String]) -> [String] {
    names.isEmpty ? [] : ["\(what) (\(names.count)):"] + names.map { "  \($0)" }
  }
}
