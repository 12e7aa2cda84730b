import OrderedCollections

/// What a run knows of its dataset, apart from the batches themselves.
package struct DatasetSummary: Sendable, Equatable {
  /// One episode in use.
  package struct Episode: Sendable, Equatable {
    /// The number the dataset gives it.
    package var number: Int
    /// Its frames, counted over the episodes in use.
    package var frames: Range<Int>

    package init(number: Int, frames: Range<Int>) {
      self.number = number
      self.frames = frames
    }
  }

  /// The dataset's name, `--dataset.repo_id`.
  package var name: String
  /// Frames a second.
  package var fps: Double
  /// What a policy can use of it.
  package var features: OrderedDictionary<String, PolicyFeature>
  /// Of the whole dataset, whichever episodes are in use.
  package var statistics: FeatureStatistics
  /// The episodes in use, in the dataset's order.
  package var episodes: [Episode]

  package init(
    name: String, fps: Double, features: OrderedDictionary<String, PolicyFeature>,
    statistics: FeatureStatistics, episodes: [Episode]
  ) {
    self.name = name
    self.fps = fps
    self.features = features
    self.statistics = statistics
    self.episodes = episodes
  }

  /// Frames in use.
  package var frameCount: Int { episodes.last?.frames.upperBound ?? 0 }
  /// Episodes in use.
  package var episodeCount: Int { episodes.count }
  /// The frames of each episode in use.
  package var episodeRanges: [Range<Int>] { episodes.map(\.frames) }

  /// A short text that tells apart datasets, or choices of episodes, with as many frames: the 64-bit
  /// FNV-1a hash of each episode's number and length.
  package var episodeChecksum: String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for value in episodes.flatMap({ [$0.number, $0.frames.count] }) {
      for shift in stride(from: 0, to: 64, by: 8) {
        hash ^= UInt64(truncatingIfNeeded: value >> shift) & 0xff
        hash &*= 0x100_0000_01b3
      }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
