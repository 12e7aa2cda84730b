import LeRobotCore
import OrderedCollections

/// Looks into the headers of a dataset's videos: whether the files are there, whole and long enough,
/// and what size their pictures have.
struct VideoCheck: Sendable {
  /// What was found.
  struct Result: Sendable {
    /// What no training gets past.
    var errors: [DataError] = []
    /// Cameras whose pictures have another size than declared, with the real one.
    var resized: OrderedDictionary<String, DatasetFeature> = [:]
    var warnings: [String] = []
  }

  /// How many video files of a camera are looked into; the rest is checked when it is first read.
  static let limit = 512

  private let cameras: OrderedDictionary<String, DatasetFeature>
  private let stored: [StoredEpisode]
  private let fps: Double

  /// - Parameter features: the dataset's; their videos are checked.
  init(
    _ features: OrderedDictionary<String, DatasetFeature>, _ stored: [StoredEpisode], fps: Double
  ) {
    cameras = features.filter { $0.value.dtype == "video" }
    self.stored = stored
    self.fps = fps
  }

  func run() -> Result {
    var result = Result()
    for (key, feature) in cameras {
      do throws(DataError) {
        try check(key, feature, &result)
      } catch {
        result.errors.append(error)
      }
    }
    return result
  }

  private func check(
    _ key: String, _ feature: DatasetFeature, _ result: inout Result
  ) throws(DataError) {
    if let count = feature.channelCount, count != 3 {
      result.warnings.append(
        "\(key) is declared to have \(count) channel\(count == 1 ? ", as a depth camera" : "s"); its "
          + "video is decoded to red, green and blue")
    }
    var sizes: OrderedDictionary<Size, String> = [:]
    for (path, episodes) in try files(of: feature.column(named: key)).prefix(Self.limit) {
      guard FileSystem.exists(path) else {
        throw .missingFile(file: path, episode: episodes[0].index)
      }
      let demuxer = try Demuxer(path: path)
      if let count = try demuxer.checkedSampleCount() {
        try checkLength(count, path, episodes, of: feature.column(named: key))
      }
      sizes[Size(height: demuxer.size.height, width: demuxer.size.width)] = path
    }
    try compare(sizes, key, feature, &result)
  }

  private struct Size: Hashable {
    var height: Int
    var width: Int
  }

  /// Each file of a camera with the episodes that it shows, in their order.
  private func files(
    of camera: String
  ) throws(DataError) -> OrderedDictionary<String, [StoredEpisode]> {
    var files: OrderedDictionary<String, [StoredEpisode]> = [:]
    for episode in stored {
      files[try episode.segment(of: camera).file, default: []].append(episode)
    }
    return files
  }

  /// Whether a file of so many pictures lasts until the end of every episode.
  private func checkLength(
    _ count: Int, _ path: String, _ episodes: [StoredEpisode], of camera: String
  ) throws(DataError) {
    for episode in episodes {
      let start = (episode.videos[camera]?.start ?? 0) * fps
      guard start.isFinite, abs(start) < 1e15 else { continue }
      let needed = Int(start.rounded()) + episode.length
      if count < needed {
        throw .tooFewFrames(file: path, episode: episode.index, found: count, expected: needed)
      }
    }
  }

  private func compare(
    _ sizes: OrderedDictionary<Size, String>, _ key: String, _ feature: DatasetFeature,
    _ result: inout Result
  ) throws(DataError) {
    guard let (size, path) = sizes.elements.first else { return }
    if let other = sizes.elements.dropFirst().first {
      throw .wrongImageSize(
        file: other.value, camera: key, found: [other.key.height, other.key.width, 3],
        expected: [size.height, size.width, 3])
    }
    let real = (size.height, size.width)
    guard let (corrected, warning) = feature.corrected(to: real, named: key, seenIn: path) else {
      return
    }
    result.resized[key] = corrected
    result.warnings.append(warning)
  }
}
