/// One episode of a dataset: its number, and its frames among those loaded.
package struct Episode: Sendable, Equatable {
  /// The number the dataset gives it; with `--dataset.episodes` not its place in the list.
  package var index: Int
  /// Its frames, counted over the episodes that were selected.
  package var rows: Range<Int>

  /// How many frames an episode, and all of a dataset, may have. More than were ever recorded is
  /// damage, and sums of such numbers would overflow.
  static let lengths = 1...1 << 31

  /// What is wrong where `isWithinReach` is false.
  static let beyondReach = "the episodes have more than 2³¹ frames"

  /// Whether all episodes of a dataset together have no more frames than that.
  static func isWithinReach(_ lengths: some Sequence<Int>) -> Bool {
    var total = 0
    for length in lengths {
      total += min(max(length, 0), Self.lengths.upperBound)
      if total > Self.lengths.upperBound { return false }
    }
    return true
  }

  package init(index: Int, rows: Range<Int>) {
    self.index = index
    self.rows = rows
  }
}

/// Where an episode lies on disk.
struct StoredEpisode: Sendable, Equatable {
  var index: Int
  var length: Int
  var dataFile: String
  /// The episode's first row in its file.
  var firstRow: Int
  /// By camera; a camera that the episode was not recorded with has none.
  var videos: [String: VideoSegment]
  /// The file of `meta/` that says all this, for messages.
  var table: String
}

/// The part of a video file that shows one episode.
struct VideoSegment: Sendable, Equatable {
  var file: String
  /// Seconds at which the episode's time 0 lies.
  var start: Double
}

extension StoredEpisode {
  /// The episode's part of a camera's videos (Q-DATA-17).
  ///
  /// - Parameter camera: its name in the dataset's files.
  /// - Throws: `DataError.missingVideo`.
  func segment(of camera: String) throws(DataError) -> VideoSegment {
    guard let segment = videos[camera] else {
      throw .missingVideo(file: table, episode: index, camera: camera)
    }
    return segment
  }
}

extension [StoredEpisode] {
  /// The episodes that `--dataset.episodes` names, in the dataset's order, each once.
  ///
  /// LeRobot keeps the dataset's order too; see `Quirks.md`, Q-DATA-1, for what it gets wrong
  /// where the list is not a prefix.
  /// - Throws: `DataError.missingEpisode` or `noEpisodes`.
  func selected(_ indices: [Int]?, root: String) throws(DataError) -> [StoredEpisode] {
    guard let indices else {
      if isEmpty { throw .noEpisodes(path: root) }
      return self
    }
    let known = Set(map(\.index))
    if let missing = indices.first(where: { !known.contains($0) }) {
      throw .missingEpisode(episode: missing, count: count)
    }
    let wanted = Set(indices)
    let result = filter { wanted.contains($0.index) }
    if result.isEmpty { throw .noEpisodes(path: root) }
    return result
  }

  /// Numbers the episodes' frames one after the other.
  var numbered: [Episode] {
    var next = 0
    return map { stored in
      defer { next += stored.length }
      return Episode(index: stored.index, rows: next..<next + stored.length)
    }
  }
}
