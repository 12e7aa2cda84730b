import LeRobotCore
import OrderedCollections

/// Statistics of actions relative to the state at their chunk's beginning, over all chunks that lie within an
/// episode (LeRobot 0.5.1 `datasets/compute_stats.py`, `compute_relative_action_stats`).
///
/// Where no episode is as long as a chunk, over the parts that are there. More than 50,000 chunks are looked at
/// in parts, which are aggregated as episodes are.
package struct RelativeActionStatistics {
  /// Of all frames, [N, A].
  private let actions: [Float]
  /// A.
  private let width: Int
  /// Of all frames, [N, S].
  private let states: [Float]
  /// S.
  private let stateWidth: Int
  /// T, actions of a chunk.
  private let steps: Int
  /// Frames of each episode, one after another.
  private let lengths: [Int]

  /// Chunks whose statistics LeRobot computes at once.
  private static let chunksAtOnce = 50_000

  package init(
    actions: [Float], width: Int, states: [Float], stateWidth: Int, steps: Int, lengths: [Int]
  ) {
    (self.actions, self.width) = (actions, width)
    (self.states, self.stateWidth) = (states, stateWidth)
    (self.steps, self.lengths) = (steps, lengths)
  }

  /// Of the frames in use of a dataset.
  ///
  /// - Parameter state: the state's name in the dataset.
  /// - Throws: `DataError` where a column cannot be read.
  package init?(_ dataset: LeRobotDataset, steps: Int, state: String) throws(DataError) {
    let columns = dataset.contents.table.columns
    guard let action = columns["action"], let origin = columns[state] else { return nil }
    let ranges = dataset.episodeRanges
    let rows = ranges.flatMap(Array.init)
    self.init(
      actions: try action.gather(rows, leading: [rows.count]).doubles.map { Float($0) },
      width: action.shape.reduce(1, *),
      states: try origin.gather(rows, leading: [rows.count]).doubles.map { Float($0) },
      stateWidth: origin.shape.reduce(1, *), steps: steps, lengths: ranges.map(\.count))
  }

  /// As `EpisodeStatistics` gives them; nil without a frame.
  package func statistics(_ joints: RelativeJoints) -> NamedTensors? {
    let (mask, starts) = (joints.mask(width: width), starts)
    let parts = stride(from: 0, to: starts.count, by: Self.chunksAtOnce).map { place in
      let some = starts[place..<min(place + Self.chunksAtOnce, starts.count)]
      return ["action": EpisodeStatistics.of(relative(some, mask), width: width)]
        as FeatureStatistics
    }
    return (parts.count == 1 ? parts[0] : FeatureStatistics.aggregate(parts))?["action"]
  }

  /// Where chunks begin, with the number of their actions.
  private var starts: [(frame: Int, count: Int)] {
    var (all, first): ([Range<Int>], Int) = ([], 0)
    for length in lengths {
      all.append(first..<first + length)
      first += length
    }
    let whole = all.flatMap { frames in
      frames.dropLast(max(0, steps - 1)).map { (frame: $0, count: steps) }
    }
    if !whole.isEmpty { return whole }
    return all.flatMap { frames in
      frames.map { (frame: $0, count: min(steps, frames.upperBound - $0)) }
    }
  }

  /// Actions less the state at their chunk's beginning, where the mask is 1, [chunks · T, A].
  private func relative(
    _ starts: ArraySlice<(frame: Int, count: Int)>, _ mask: [Double]
  ) -> HostTensor {
    var values: [Float] = []
    values.reserveCapacity(starts.count * steps * width)
    for (frame, count) in starts {
      for step in frame..<frame + count {
        for joint in 0..<width {
          let isMoved = mask[joint] != 0 && joint < stateWidth
          let origin = isMoved ? states[frame * stateWidth + joint] : 0
          values.append(actions[step * width + joint] - origin)
        }
      }
    }
    return HostTensor(values, shape: [values.count / max(1, width), width])
  }
}
