import LeRobotCore
import OrderedCollections

/// Opens a folder of raw ALOHA recordings, `episode_*.hdf5`, as the dataset LeRobot's converter
/// would make of it.
///
/// Qpos becomes `observation.state`, qvel `observation.velocity`, effort `observation.effort`,
/// images/X `observation.images.X`. What LeRobot adds when it writes a dataset is added here.
struct RecordingFormat: Sendable {
  private let files: DatasetFiles
  private let folder: RecordingFolder

  /// Nil where the folder holds no recording.
  ///
  /// - Throws: `DataError.notReadable` where the folder cannot be listed, `recording` where files are
  ///   damaged or do not go together.
  init?(_ files: DatasetFiles) throws(DataError) {
    self.files = files
    let paths = try files.recordings()
    if paths.isEmpty { return nil }
    do {
      folder = try RecordingFolder(paths: paths, optionsFile: files.recordingOptions)
    } catch {
      throw .recording(error)
    }
  }

  var features: OrderedDictionary<String, DatasetFeature> { folder.features }

  /// - Parameters:
  ///   - features: what is opened, under the names of this run.
  ///   - episodes: which to use, by their place in the folder; all where nil.
  /// - Throws: `DataError.recording` where files are damaged.
  func open(
    _ features: OrderedDictionary<String, DatasetFeature>, episodes indices: [Int]?
  ) throws(DataError) -> LeRobotDataset.Contents {
    let stored = try folder.recordings.map { recording in
      StoredEpisode(
        index: recording.index, length: recording.length, dataFile: recording.path, firstRow: 0,
        videos: [:], table: recording.path)
    }.selected(indices, root: files.root)
    let selected = stored.map { folder.recordings[$0.index] }
    do {
      let statistics = try RecordingStatistics(folder: folder, file: files.recordingStatistics)
      let table = try folder.table(selected)
      return contents(features, stored.numbered, selected, table, statistics)
    } catch {
      throw .recording(error)
    }
  }

  private func contents(
    _ features: OrderedDictionary<String, DatasetFeature>, _ episodes: [Episode],
    _ selected: [Recording], _ table: FrameTable, _ statistics: RecordingStatistics
  ) -> LeRobotDataset.Contents {
    var cameras: OrderedDictionary<String, any CameraSource> = [:]
    var columns = FrameTable()
    var names: OrderedDictionary<String, String> = [:]
    for (key, feature) in features {
      let column = feature.column(named: key)
      names[column] = key
      columns.columns[key] = table.columns[column]
      guard let size = folder.pictureSizes[column] else { continue }
      cameras[key] = RecordingCamera(
        key: column, size: size, episodes: episodes, recordings: selected, files: folder.files)
    }
    var contents = LeRobotDataset.Contents(
      features: features, fps: folder.options.fps, episodes: episodes, table: columns,
      cameras: cameras, tasks: [0: folder.options.task],
      statistics: statistics.values.renamed(names))
    contents.warnings = statistics.warnings
    return contents
  }
}
