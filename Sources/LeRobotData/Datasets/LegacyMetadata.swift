import LeRobotCore
import OrderedCollections

// v2.0 and v2.1: JSON lines, and a file for each episode.
extension DatasetMetadata {
  static func legacyEpisodes(
    _ files: DatasetFiles, _ info: DatasetInfo, _ videoKeys: [String]
  ) throws(DataError) -> [StoredEpisode] {
    var episodes: [StoredEpisode] = []
    for line in try MetadataFile(path: files.legacyEpisodes).lines() {
      let index = try line.integer("episode_index")
      let numbers = ["episode_index": index, "episode_chunk": index / max(info.chunkSize, 1)]
      let length = try line.integer("length")
      guard Episode.lengths.contains(length) else {
        throw .malformed(file: line.file, reason: "episode \(index) has \(length) frames")
      }
      episodes.append(
        StoredEpisode(
          index: index, length: length,
          dataFile: files.path(info.dataPath, numbers: numbers), firstRow: 0,
          videos: videoKeys.reduce(into: [:]) { videos, key in
            videos[key] = info.videoPath.map { template in
              VideoSegment(
                file: files.path(template, numbers: numbers, texts: ["video_key": key]), start: 0)
            }
          }, table: files.legacyEpisodes))
    }
    guard Episode.isWithinReach(episodes.map(\.length)) else {
      throw .malformed(file: files.legacyEpisodes, reason: Episode.beyondReach)
    }
    return episodes.sorted { $0.index < $1.index }
  }
}
