import LeRobotCore
import OrderedCollections

/// Opens a folder of raw ALOHA recordings, `episode_*.hdf5`, as the dataset LeRobot's converter
/// would make of it.
///
/// Qpos becomes `observation.state`, qvel `observation.velocity`, effort `observation.effort`,
/// images/X `observation.images.X`. What LeRobot adds when it writes a dataset is added here.
struct RecordingFormat {
  private let files: DatasetFiles
  private let paths: [String]

  /// Nil where the folder holds no recording.
  ///
  /// - Throws: `DataError.notReadable` where the folder cannot be listed.
  init?(_ files: DatasetFiles) throws(DataError) {
    self.files = files
    paths = try files.recordings()
    if paths.isEmpty { return nil }
  }

  /// - Parameter episodes: which to use, by their place in the folder; all where nil.
  /// - Throws: `DataError.recording` where files are damaged or do not go together.
  func open(episodes indices: [Int]?) throws(DataError) -> LeRobotDataset.Contents {
    let folder: RecordingFolder
    do {
      folder = try RecordingFolder(paths: paths, optionsFile: files.recordingOptions)
    } catch {
      throw .recording(error)
    }
    let stored = try folder.recordings.map { recording in
      StoredEpisode(
        index: recording.index, length: recording.length, dataFile: recording.path, firstRow: 0,
        videos: [:], table: recording.path)
    }.selected(indices, root: files.root)
    let selected = stored.map { folder.recordings[$0.index] }
    do {
      let statistics = try RecordingStatistics(folder: folder, file: files.recordingStatistics)
      let table = try folder.table(selected)
      return contents(folder, stored.numbered, selected, table, statistics)
    } catch {
      throw .recording(error)
    }
  }

  private func contents(
    _ folder: RecordingFolder, _ episodes: [Episode], _ selected: [Recording],
    _ table: FrameTable, _ statistics: RecordingStatistics
  ) -> LeRobotDataset.Contents {
    var cameras: OrderedDictionary<String, any CameraSource> = [:]
    for (key, size) in folder.pictureSizes {
      cameras[key] = RecordingCamera(
        key: key, size: size, episodes: episodes, recordings: selected, files: folder.files)
    }
    var contents = LeRobotDataset.Contents(
      features: folder.features, fps: folder.options.fps, episodes: episodes, table: table,
      cameras: cameras, tasks: [0: folder.options.task], taskFile: files.recordingOptions,
      statistics: statistics.values)
    contents.warnings = statistics.warnings
    return contents
  }
}
