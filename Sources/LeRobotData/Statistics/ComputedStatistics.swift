import Foundation
import LeRobotCore
import OrderedCollections
import Synchronization

/// Statistics of some features over a dataset's frames: of each episode, then of all together
/// (LeRobot `datasets/v30/augment_dataset_quantile_stats.py`, `compute_quantile_stats_for_dataset`).
///
/// Those of cameras are of sampled pictures, as when LeRobot records a dataset; its script looks at all.
struct ComputedStatistics: Sendable {
  /// In float64, under the names of `contents`.
  let values: FeatureStatistics
  /// Episodes that hold a value which is not finite. LeRobot's script fails at them; here they are left
  /// out, for a run may do without these episodes.
  let leftOut: [Int]

  /// - Parameters:
  ///   - keys: cameras, and vectors of the table.
  ///   - contents: the episodes that are looked at.
  /// - Throws: `DataError` where a frame cannot be read.
  init(of keys: [String], in contents: LeRobotDataset.Contents) throws(DataError) {
    let results = Mutex<[Int: Result<FeatureStatistics?, DataError>]>([:])
    DispatchQueue.concurrentPerform(iterations: contents.episodes.count) { number in
      let result = Result { () throws(DataError) in
        try Self.ofEpisode(contents.episodes[number], keys, contents)
      }
      results.withLock { $0[number] = result }
    }
    var (whole, leftOut): ([FeatureStatistics], [Int]) = ([], [])
    for (number, result) in results.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
      if let statistics = try result.get() {
        whole.append(statistics)
      } else {
        leftOut.append(contents.episodes[number].index)
      }
    }
    values = (FeatureStatistics.aggregate(whole) ?? [:]).inDouble
    self.leftOut = leftOut
  }

  /// - Returns: nil where a value is not finite.
  private static func ofEpisode(
    _ episode: Episode, _ keys: [String], _ contents: LeRobotDataset.Contents
  ) throws(DataError) -> FeatureStatistics? {
    var statistics: FeatureStatistics = [:]
    for key in keys {
      if let camera = contents.cameras[key] {
        statistics[key] = try ofPictures(camera, episode)
      } else if let column = contents.table.columns[key], column.width > 0 {
        let values = try column.gather(Array(episode.rows), leading: [episode.rows.count])
        guard values.values(of: Float.self)?.allSatisfy(\.isFinite) ?? true else { return nil }
        statistics[key] = EpisodeStatistics.of(values, width: column.width)
      }
    }
    return statistics
  }

  private static func ofPictures(
    _ camera: any CameraSource, _ episode: Episode
  ) throws(DataError) -> NamedTensors {
    let reader = camera.makeReader()
    var statistics = PictureStatistics()
    var bytes = [UInt8](repeating: 0, count: 3 * camera.size.height * camera.size.width)
    for frame in PictureStatistics.sampledFrames(of: episode.rows.count) {
      do throws(DataError) {
        try reader.read(episode.rows.lowerBound + frame, into: &bytes)
      } catch {
        throw .atFrame(episode: episode.index, frame: frame, error)
      }
      statistics.add(planes: bytes, height: camera.size.height, width: camera.size.width)
    }
    return statistics.statistics
  }
}
