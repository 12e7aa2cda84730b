import Foundation
import LeRobotCore
import OrderedCollections

/// What `meta/info.json` says of a dataset (LeRobot `datasets/utils.py`, `load_info`).
package struct DatasetInfo: Sendable, Equatable {
  /// Layouts of datasets on disk.
  package enum Version: String, Sendable, CaseIterable {
    case v20 = "v2.0"
    case v21 = "v2.1"
    case v30 = "v3.0"

    /// The newest first.
    package static let names = allCases.reversed().map(\.rawValue)

    /// With or without the v; of v3 any minor version, as LeRobot takes it.
    init?(named name: String) {
      let name = name.hasPrefix("v") ? name : "v" + name
      self.init(rawValue: name.hasPrefix("v3.") ? "v3.0" : name)
    }
  }

  package var version: Version
  /// Frames a second.
  package var fps: Double
  /// How many episodes there should be; nil where it does not say.
  package var episodeCount: Int?
  /// v2.x: episodes in each chunk folder.
  package var chunkSize: Int
  package var dataPath: PathTemplate
  /// There where a feature is a video.
  package var videoPath: PathTemplate?
  package var features: OrderedDictionary<String, DatasetFeature>

  /// - Throws: `DataError.missingFile`, `malformed`, `unknownVersion` or `otherLayout`.
  package init(_ files: DatasetFiles) throws(DataError) {
    let json = try MetadataFile(path: files.info)
    let object = try json.object()
    let name = try object.string("codebase_version")
    guard let version = Version(named: name) else {
      throw .unknownVersion(file: files.info, version: name)
    }
    self.version = version
    if let other = files.layout(otherThan: version) {
      throw .otherLayout(file: files.info, version: name, found: other)
    }
    episodeCount = object["total_episodes"]?.integerValue
    fps = try object.number("fps")
    chunkSize = object["chunks_size"]?.integerValue ?? 1000
    let numbers =
      version == .v30 ? ["chunk_index", "file_index"] : ["episode_chunk", "episode_index"]
    dataPath = try Self.dataPath(object, version, numbers)
    features = [:]
    for (key, value) in try object.object("features").members {
      guard !key.contains("\0") else {
        throw .malformed(file: files.info, reason: "the name of a feature holds a NUL character")
      }
      features[key] = try DatasetFeature(value, in: files.info, at: key)
    }
    guard fps > 0, fps.isFinite else {
      throw .malformed(file: files.info, reason: "fps is \(fps), which is no rate")
    }
    guard let video = videoKeys.first else { return }
    guard object["video_path"]?.stringValue != nil else {
      throw .malformed(file: files.info, reason: "there is no video_path, but \(video) is a video")
    }
    videoPath = try Self.template("video_path", in: object, numbers: numbers, texts: ["video_key"])
  }

  /// LeRobot ignores the template of v3.0 when it reads, and so does not notice a wrong one; rows are
  /// then looked for in all data files.
  private static func dataPath(
    _ object: MetadataObject, _ version: Version, _ numbers: [String]
  ) throws(DataError) -> PathTemplate {
    do throws(DataError) {
      return try template("data_path", in: object, numbers: numbers, texts: [])
    } catch {
      let usual = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
      guard version == .v30, let template = try? PathTemplate(usual, numbers: numbers) else {
        throw error
      }
      return template
    }
  }

  private static func template(
    _ key: String, in object: MetadataObject, numbers: [String], texts: [String]
  ) throws(DataError) -> PathTemplate {
    let text = try object.string(key)
    do {
      return try PathTemplate(text, numbers: numbers, texts: texts)
    } catch {
      throw .malformed(file: object.file, reason: "\(key) \(error)")
    }
  }
}

extension DatasetInfo {
  package var cameraKeys: [String] { features.cameraKeys }
  package var videoKeys: [String] { features.filter { $0.value.dtype == "video" }.map(\.key) }
}
