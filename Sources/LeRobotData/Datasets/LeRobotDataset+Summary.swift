import LeRobotCore

extension LeRobotDataset {
  /// What a run needs to know of the dataset.
  ///
  /// - Parameter name: `--dataset.repo_id`.
  package func summary(name: String) -> DatasetSummary {
    DatasetSummary(
      name: name, fps: fps, features: policyFeatures, statistics: statistics,
      episodes: contents.episodes.map {
        DatasetSummary.Episode(number: $0.index, frames: $0.rows)
      })
  }
}
