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
  }

  package var version: Version
  /// Frames a second.
  package var fps: Double
  package var episodeCount: Int
  package var frameCount: Int
  /// v2.x: episodes in each chunk folder.
  package var chunkSize: Int
  package var dataPath: PathTemplate
  /// There where a feature is a video.
  package var videoPath: PathTemplate?
  package var features: OrderedDictionary<String, DatasetFeature>

  /// - Throws: `DataError.missingFile`, `malformed` or `unknownVersion`.
  package init(_ files: DatasetFiles) throws(DataError) {
    let json = try MetadataFile(path: files.info)
    let object = try json.object()
    let name = try object.string("codebase_version")
    guard let version = Version(rawValue: name) else {
      throw .unknownVersion(file: files.info, version: name)
    }
    self.version = version
    fps = try object.number("fps")
    episodeCount = try object.integer("total_episodes")
    frameCount = try object.integer("total_frames")
    chunkSize = object["chunks_size"]?.integerValue ?? 1000
    let numbers =
      version == .v30 ? ["chunk_index", "file_index"] : ["episode_chunk", "episode_index"]
    dataPath = try Self.template("data_path", in: object, numbers: numbers, texts: [])
    features = [:]
    for (key, value) in try object.object("features").members {
      guard !key.contains("\0") else {
        throw .malformed(file: files.info, reason: "the name of a feature holds a NUL character")
      }
      features[key] = try DatasetFeature(MetadataObject(value, in: files.info, at: key))
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

/// One feature as `info.json` declares it.
package struct DatasetFeature: Sendable, Equatable {
  /// LeRobot's name: `float32`, `int64`, `bool`, `string`, `image`, `video`, …
  package var dtype: String
  /// The shape of one value; [1] for a scalar, [H, W, C] for a camera.
  package var shape: [Int]
  /// Names of the axes or components, where they are a plain list.
  package var names: [String]?

  package init(dtype: String, shape: [Int], names: [String]? = nil) {
    self.dtype = dtype
    self.shape = shape
    self.names = names
  }

  init(_ object: MetadataObject) throws(DataError) {
    dtype = try object.string("dtype")
    shape = try object.integers("shape")
    names = object["names"]?.stringsValue
    let learned = ["action", "observation.state", "observation.environment_state"]
    if dtype == "string", learned.contains(object.place) {
      throw .malformed(file: object.file, reason: "\(object.place) is text, not numbers")
    }
    guard shape.allSatisfy({ $0 >= 0 }), Self.isWithinReach(shape) else {
      throw .malformed(file: object.file, reason: "\(object.place) has the shape \(shape)")
    }
  }

  /// Whether a value has at most 2³¹ elements, so that a size computed from it is a number.
  private static func isWithinReach(_ shape: [Int]) -> Bool {
    shape.reduce(1) { count, extent in
      let (product, isTooLarge) = count.multipliedReportingOverflow(by: extent)
      return isTooLarge ? .max : product
    } <= 1 << 31
  }

  package var isCamera: Bool { dtype == "image" || dtype == "video" }

  /// Whether values are numbers (or booleans), which become tensors; text does not.
  package var isNumeric: Bool { !isCamera && dtype != "string" }

  /// Whether a camera's shape is [H, W, C]: its third axis is called `channel` or `channels`.
  /// Without names, a last axis of 3 decides.
  var hasChannelsLast: Bool {
    guard let names else { return shape.last == 3 }
    return names.count == 3 && ["channel", "channels"].contains(names[2])
  }

  /// A camera's [C, H, W].
  package var channelsFirstShape: [Int] {
    hasChannelsLast && shape.count == 3 ? [shape[2], shape[0], shape[1]] : shape
  }
}

extension DatasetInfo {
  package var cameraKeys: [String] { features.filter { $0.value.isCamera }.map(\.key) }
  package var videoKeys: [String] { features.filter { $0.value.dtype == "video" }.map(\.key) }
}

extension OrderedDictionary<String, DatasetFeature> {
  /// The features a policy may use.
  ///
  /// LeRobot `datasets/utils.py`, `dataset_to_policy_features`: cameras are VISUAL,
  /// `observation.environment_state` is ENV, other `observation*` STATE, `action*` ACTION.
  package var policyFeatures: OrderedDictionary<String, PolicyFeature> {
    var result: OrderedDictionary<String, PolicyFeature> = [:]
    for (key, feature) in self {
      if feature.isCamera {
        result[key] = PolicyFeature(type: .visual, shape: feature.channelsFirstShape)
      } else if key == "observation.environment_state" {
        result[key] = PolicyFeature(type: .environment, shape: feature.shape)
      } else if key.hasPrefix("observation") {
        result[key] = PolicyFeature(type: .state, shape: feature.shape)
      } else if key.hasPrefix("action") {
        result[key] = PolicyFeature(type: .action, shape: feature.shape)
      }
    }
    return result
  }
}
