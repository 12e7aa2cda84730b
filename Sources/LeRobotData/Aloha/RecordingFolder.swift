import LeRobotCore
import OrderedCollections

/// Recordings that go together, and the features they have in common.
struct RecordingFolder: Sendable {
  let options: RecordingOptions
  let recordings: [Recording]
  let files = RecordingFiles()
  /// Height and width of each camera's pictures.
  let pictureSizes: OrderedDictionary<String, (height: Int, width: Int)>

  /// Looks into every file.
  init(paths: [String], optionsFile: String) throws(RecordingError) {
    options = try RecordingOptions(file: optionsFile)
    var recordings: [Recording] = []
    for (index, path) in paths.enumerated() {
      let recording = try Recording(path: path, index: index)
      try recording.check(against: recordings.first ?? recording)
      recordings.append(recording)
    }
    self.recordings = recordings
    var sizes: OrderedDictionary<String, (height: Int, width: Int)> = [:]
    for (key, form) in recordings[0].cameras {
      switch form {
      case .pixels(let height, let width): sizes[key] = (height, width)
      case .files:
        let first = try recordings[0].picture(key, 0, files)
        sizes[key] = (first.height, first.width)
      }
    }
    pictureSizes = sizes
  }

  /// As LeRobot's `info.json` would declare them: what was recorded, then what LeRobot adds
  /// (LeRobot `datasets/utils.py`, `DEFAULT_FEATURES`).
  var features: OrderedDictionary<String, DatasetFeature> {
    var features: OrderedDictionary<String, DatasetFeature> = [:]
    for (key, width) in recordings[0].widths {
      features[key] = DatasetFeature(dtype: "float32", shape: [width])
    }
    for (key, size) in pictureSizes {
      features[key] = DatasetFeature(
        dtype: "image", shape: [size.height, size.width, 3],
        names: ["height", "width", "channels"])
    }
    features["timestamp"] = DatasetFeature(dtype: "float32", shape: [1])
    for key in ["frame_index", "episode_index", "index", "task_index"] {
      features[key] = DatasetFeature(dtype: "int64", shape: [1])
    }
    return features
  }

  /// The number of frames before a recording in the folder.
  func firstIndex(of recording: Recording) -> Int {
    recordings[..<recording.index].reduce(0) { $0 + $1.length }
  }

  /// A vector of all frames of a recording, [T, width].
  func vector(_ key: String, of recording: Recording) throws(RecordingError) -> [Float] {
    do {
      return try files.file(recording.path).floats(Recording.vectors[key] ?? key)
    } catch {
      throw .unreadable(episode: recording.index, error)
    }
  }

  /// Seconds since the episode began, in the precision LeRobot computes them.
  func timestamps(of recording: Recording) -> [Double] {
    (0..<recording.length).map { Double($0) / options.fps }
  }

  /// The whole numbers LeRobot gives each frame.
  func counters(of recording: Recording) -> OrderedDictionary<String, [Int64]> {
    let frames = 0..<Int64(recording.length)
    let first = Int64(firstIndex(of: recording))
    return [
      "frame_index": Array(frames), "episode_index": frames.map { _ in Int64(recording.index) },
      "index": frames.map { first + $0 }, "task_index": frames.map { _ in 0 },
    ]
  }

  /// The numbers of some recordings.
  func table(_ selected: [Recording]) throws(RecordingError) -> FrameTable {
    var reals: [String: [Float]] = [:]
    var integers: [String: [Int64]] = [:]
    for recording in selected {
      for key in recording.widths.keys {
        reals[key, default: []] += try vector(key, of: recording)
      }
      reals["timestamp", default: []] += timestamps(of: recording).map { Float($0) }
      for (key, values) in counters(of: recording) { integers[key, default: []] += values }
    }
    var table = FrameTable()
    for (key, feature) in features where feature.isNumeric {
      let storage = integers[key].map { ColumnMemory($0) } ?? ColumnMemory(reals[key] ?? [])
      table.columns[key] = FrameColumn(feature, key, storage: storage)
    }
    return table
  }
}
