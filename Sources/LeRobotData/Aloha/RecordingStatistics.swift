import Foundation
import LeRobotCore
import OrderedCollections
import Synchronization

/// Statistics of a folder of recordings, as LeRobot would have computed them while it wrote the
/// same episodes; computed once and kept in a file beside them.
struct RecordingStatistics: Sendable {
  let values: FeatureStatistics
  let warnings: [String]

  /// Reads the file; computes the statistics where it is missing or belongs to other recordings.
  init(folder: RecordingFolder, file: String) throws(RecordingError) {
    let identity = Self.identity(folder)
    if let stored = Self.read(file, identity) {
      (values, warnings) = (stored, [])
      return
    }
    values = try Self.compute(folder)
    warnings = Self.write(values, identity, to: file).map { [$0] } ?? []
  }

  // MARK: - Computing

  /// Episode by episode, each added to those before (LeRobot `lerobot_dataset.py`,
  /// `save_episode`).
  private static func compute(_ folder: RecordingFolder) throws(RecordingError) -> FeatureStatistics
  {
    let results = Mutex<[Int: Result<FeatureStatistics, RecordingError>]>([:])
    DispatchQueue.concurrentPerform(iterations: folder.recordings.count) { episode in
      let recording = folder.recordings[episode]
      let result = Result { () throws(RecordingError) in try compute(recording, in: folder) }
      results.withLock { $0[episode] = result }
    }
    let episodes = results.withLock { $0 }.sorted { $0.key < $1.key }
    var whole: FeatureStatistics?
    for episode in episodes {
      let next = try episode.value.get()
      whole = whole.map { FeatureStatistics.aggregate([$0, next]) ?? $0 } ?? next
    }
    return (whole ?? [:]).inDouble
  }

  private static func compute(
    _ recording: Recording, in folder: RecordingFolder
  ) throws(RecordingError) -> FeatureStatistics {
    var statistics: FeatureStatistics = [:]
    for (key, width) in recording.widths {
      statistics[key] = EpisodeStatistics.ofNumbers(
        try folder.vector(key, of: recording), width: width)
    }
    for (key, size) in folder.pictureSizes {
      var pictures = PictureStatistics()
      for frame in PictureStatistics.sampledFrames(of: recording.length) {
        let image = try recording.picture(key, frame, folder.files)
        try recording.check(image, key, frame, size)
        pictures.add(image)
      }
      statistics[key] = pictures.statistics
    }
    statistics["timestamp"] = EpisodeStatistics.ofNumbers(folder.timestamps(of: recording))
    for (key, values) in folder.counters(of: recording) {
      statistics[key] = EpisodeStatistics.ofIntegers(values)
    }
    return statistics
  }

  // MARK: - Keeping

  /// What the statistics depend on: the rate, and the files by name, size and time of change.
  private static func identity(_ folder: RecordingFolder) -> JSONValue {
    let files = folder.recordings.map { recording -> JSONValue in
      let attributes = try? FileManager.default.attributesOfItem(atPath: recording.path)
      let changed = attributes?[.modificationDate] as? Date
      return [
        "name": .string(String(recording.path.split(separator: "/").last ?? "")),
        "bytes": .int(attributes?[.size] as? Int ?? 0),
        "changed": .int(
          Int(exactly: ((changed?.timeIntervalSince1970 ?? 0) * 1e6).rounded(.towardZero)) ?? 0),
      ]
    }
    return ["fps": .double(folder.options.fps), "files": .array(files)]
  }

  private static func read(_ file: String, _ identity: JSONValue) -> FeatureStatistics? {
    guard let json = try? MetadataFile(path: file).object(), json["recordings"] == identity else {
      return nil
    }
    return try? FeatureStatistics(json.object("statistics"))
  }

  /// - Returns: a warning where it cannot be written.
  private static func write(
    _ statistics: FeatureStatistics, _ identity: JSONValue, to file: String
  ) -> String? {
    do {
      try KeptStatistics.write(["recordings": identity, "statistics": statistics.nested], to: file)
      return nil
    } catch {
      return "\(error); \(KeptStatistics.remark)"
    }
  }
}
