import LeRobotCore
import LeRobotData
import OrderedCollections

/// The frames that a policy is validated on, and the episodes that are left for its training.
struct HeldOut {
  /// The dataset that training reads.
  let training: FoundDataset
  /// The dataset that is validated on.
  let validation: FoundDataset
  /// A line for the log.
  let notice: String

  /// - Returns: nil where nothing is held out.
  /// - Throws: `DataError`, or `TrainingError.nothingLeftToTrain` and `unknownValidationEpisode`.
  init?(_ found: FoundDataset, _ options: RunOptions, other: () throws -> FoundDataset) throws {
    guard options.holdsFramesOut else { return nil }
    if let root = options.validation.root {
      (training, validation) = (found, try other())
      notice = "Validating on the dataset in \(root)"
      return
    }
    let episodes = try found.episodeTasks()
    let heldOut: Set<Int>
    if let chosen = options.validation.episodes {
      heldOut = Set(chosen)
      let known = Set(episodes.map(\.episode))
      if let unknown = chosen.first(where: { !known.contains($0) }) {
        throw TrainingError.unknownValidationEpisode(unknown)
      }
    } else {
      heldOut = Self.lastOfEachTask(episodes, share: options.dataset.evaluationSplit)
    }
    let left = episodes.map(\.episode).filter { !heldOut.contains($0) }
    guard !left.isEmpty else { throw TrainingError.nothingLeftToTrain(episodes: episodes.count) }
    training = found.selecting(left)
    validation = found.selecting(episodes.map(\.episode).filter(heldOut.contains))
    let taskCount = Set(episodes.map(\.task)).count
    notice =
      "Train/eval split: \(left.count) train, \(heldOut.count) eval (\(taskCount) tasks); the "
      + "statistics are those of the episodes in training"
  }

  /// The last ⌈n · share⌉ of each task's n episodes (LeRobot 0.6 `datasets/factory.py`,
  /// `make_train_eval_datasets`).
  private static func lastOfEachTask(
    _ episodes: [(episode: Int, task: Int)], share: Double
  ) -> Set<Int> {
    let byTask = Dictionary(grouping: episodes, by: \.task)
    return Set(
      byTask.values.flatMap { episodes in
        episodes.suffix(Int((Double(episodes.count) * share).rounded(.up))).map(\.episode)
      })
  }
}

extension HeldOut {
  /// Checks that another dataset shows what the policy looks at, in the shapes of the training's.
  ///
  /// - Throws: `TrainingError.unlikeValidation`.
  static func check(
    _ validation: OrderedDictionary<String, PolicyFeature>,
    against training: OrderedDictionary<String, PolicyFeature>, _ use: FeatureUse, root: String
  ) throws(TrainingError) {
    for key in use.read {
      guard let expected = training[key]?.shape else { continue }
      let found = validation[key]?.shape
      guard found == expected else {
        throw .unlikeValidation(root: root, feature: key, expected: expected, found: found)
      }
    }
  }
}
