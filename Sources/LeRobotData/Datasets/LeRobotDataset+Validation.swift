import LeRobotCore
import OrderedCollections

/// What a validation needs of a dataset beside its samples.
extension LeRobotDataset {
  /// Frames whose loss is computed: all, or of each task the first ones.
  ///
  /// LeRobot 0.6 `scripts/lerobot_train.py`, `make_dataloaders`: a frame's own task counts.
  /// - Parameter limit: shared evenly among the tasks, at least one each; 0 for none.
  package func validationFrames(limit: Int) throws(DataError) -> [Int] {
    guard limit > 0 else { return Array(0..<frameCount) }
    let all = Array(0..<frameCount)
    let tasks = try contents.table.columns["task_index"]?.gather(all, leading: [frameCount])
    let numbers = tasks?.values(of: Int64.self) ?? [Int64](repeating: 0, count: frameCount)
    let share = max(1, limit / max(1, Set(numbers).count))
    var taken: [Int64: [Int]] = [:]
    for (frame, task) in numbers.enumerated() where taken[task, default: []].count < share {
      taken[task, default: []].append(frame)
    }
    return taken.sorted { $0.key < $1.key }.flatMap(\.value)
  }

  /// Frames spread evenly over all episodes, of each episode one at least.
  ///
  /// - Parameter count: how many, if there are as many; nil for all.
  package func spreadFrames(_ count: Int?) -> [Int] {
    guard let count, count < frameCount else { return Array(0..<frameCount) }
    var frames = Set((0..<count).map { (2 * $0 + 1) * frameCount / (2 * count) })
    let seen = Set(frames.map { contents.episodes.position(ofRow: $0) })
    for (position, range) in episodeRanges.enumerated() where !seen.contains(position) {
      frames.insert(range.lowerBound + range.count / 2)
    }
    return frames.sorted()
  }

  /// The number of a frame's episode.
  package func episode(ofFrame frame: Int) -> Int {
    contents.episodes[contents.episodes.position(ofRow: frame)].index
  }

  /// The names of the action's numbers, `action 0` where the dataset does not tell.
  package var jointNames: [String] {
    let count = features["action"]?.shape.reduce(1, *) ?? 0
    if let names = features["action"]?.names, names.count == count { return names }
    return (0..<count).map { "action \($0)" }
  }

  /// What stands for staying where one is: the state, where the dataset says that it has the same
  /// numbers as the action, else the action before.
  package var heldFeature: String {
    let (state, action) = (features["observation.state"], features["action"])
    let isAlike = state?.shape == action?.shape && state?.names == action?.names
    return isAlike ? "observation.state" : "action"
  }

  /// What is held at some frames, [B, A]: of the action the one before, at an episode's beginning its
  /// own.
  package func heldPositions(at frames: [Int]) throws(DataError) -> HostTensor? {
    let feature = heldFeature
    var rows = frames
    if feature == "action" {
      rows = frames.map { frame in
        let first = contents.episodes[contents.episodes.position(ofRow: frame)].rows.lowerBound
        return max(frame - 1, first)
      }
    }
    return try contents.table.columns[feature]?.gather(rows, leading: [rows.count])
  }

  /// The actions of some frames, [N, A].
  package func actions(at frames: some Sequence<Int>) throws(DataError) -> HostTensor? {
    let frames = Array(frames)
    return try contents.table.columns["action"]?.gather(frames, leading: [frames.count])
  }

  /// The mean over all frames of the actions that follow them, [T, A].
  ///
  /// [VAL-mean]  μₖ = Σₜ aₜ₊ₖ / Nₖ over the frames t whose episode lasts k frames more; where none does,
  /// the last mean.
  /// - Parameter steps: T.
  package func meanActionChunk(steps: Int) throws(DataError) -> [Double] {
    guard let column = contents.table.columns["action"] else { return [] }
    let width = column.shape.reduce(1, *)
    var sums = [Double](repeating: 0, count: steps * width)
    var counts = [Int](repeating: 0, count: steps)
    for range in episodeRanges {
      let values = try column.gather(Array(range), leading: [range.count]).doubles
      var rest = (0..<width).map { joint in
        stride(from: joint, to: values.count, by: width).reduce(0) { $0 + values[$1] }
      }
      for step in 0..<min(steps, range.count) {
        counts[step] += range.count - step
        for joint in 0..<width {
          sums[step * width + joint] += rest[joint]
          rest[joint] -= values[step * width + joint]
        }
      }
    }
    for step in 0..<steps {
      for joint in 0..<width {
        let place = step * width + joint
        sums[place] = counts[step] > 0 ? sums[place] / Double(counts[step]) : sums[place - width]
      }
    }
    return sums
  }
}

extension LeRobotDataset.Contents {
  /// The same with statistics of the episodes in use alone. Those of cameras stay the dataset's.
  ///
  /// Only numbers that the dataset has statistics of are looked at, as the converter to v3.0 does it:
  /// episode by episode, then all together.
  package func withOwnStatistics() throws(DataError) -> LeRobotDataset.Contents {
    var result = self
    for (key, stored) in statistics where !stored.isEmpty {
      guard let column = table.columns[key], column.type == .float32, features[key] != nil else {
        continue
      }
      let parts = try episodes.map { episode throws(DataError) -> FeatureStatistics in
        let rows = try column.gather(Array(episode.rows), leading: [episode.rows.count])
        let values = rows.values(of: Float.self) ?? []
        return [key: EpisodeStatistics.ofNumbers(values, width: max(1, column.shape.reduce(1, *)))]
      }
      guard let whole = FeatureStatistics.aggregate(parts)?[key] else { continue }
      result.statistics[key] = OrderedDictionary(
        uniqueKeysWithValues: stored.map { name, old in
          (name, whole[name].map { $0.count == old.count ? $0.reshaped(to: old.shape) : $0 } ?? old)
        })
    }
    return result
  }
}
