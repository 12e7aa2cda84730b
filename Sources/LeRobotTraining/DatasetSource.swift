import LeRobotCore
import LeRobotData
import LeRobotHub

/// Finds a run's dataset on this machine, and downloads from the hub what is missing of it.
struct DatasetSource {
  private let request: RunRequest
  private let hub: Hub
  private let events: RunEvents
  private let location: DatasetLocation

  private var config: DatasetConfig { request.config.dataset }

  init(_ request: RunRequest, _ hub: Hub, _ events: RunEvents) {
    (self.request, self.hub, self.events) = (request, hub, events)
    location = DatasetLocation(request.config.dataset, environment: request.environment)
  }

  /// The dataset with its description read. Its files are downloaded when it is opened.
  func find() throws -> FoundDataset {
    let folder = location.folder
    let options = options(location)
    if DatasetFiles(root: folder).isDescribed {
      if folder != location.ownFolder {
        events.info("Reading the copy of \(config.repositoryID) in \(folder)", about: .dataset)
      }
      noteOtherRevision(folder)
      return try FoundDataset(config, in: folder, options: options)
    }
    if let recordings = try recordings(in: folder, options) { return recordings }
    try download(into: folder)
    return try FoundDataset(config, in: folder, options: options)
  }

  /// The dataset that `--validation.root` names.
  func findValidation() throws -> FoundDataset {
    var dataset = config
    (dataset.root, dataset.episodes) = (request.options.validation.root, nil)
    let other = DatasetLocation(dataset, environment: request.environment)
    return try FoundDataset(dataset, in: other.folder, options: options(other))
  }

  /// Says so where what is here was not downloaded as the revision that is asked for.
  private func noteOtherRevision(_ folder: String) {
    guard let revision = config.revision, folder == location.ownFolder else { return }
    let commit = DownloadFolder(folder).note(of: "meta/info.json")?.commit
    guard commit == nil || revision.isCommit && commit != revision else { return }
    events.warning(
      "--dataset.revision=\(revision) has no effect: the dataset in \(folder) is used as it is; put "
        + "that revision there, or remove the folder to download it")
  }

  /// A folder of raw recordings, which has no description.
  private func recordings(
    in folder: String, _ options: ReadingOptions
  ) throws(DataError) -> FoundDataset? {
    guard FileSystem.isDirectory(folder) else { return nil }
    do throws(DataError) {
      return try FoundDataset(config, in: folder, options: options)
    } catch {
      if case .notADataset = error { return nil }
      throw error
    }
  }

  /// How the run reads a dataset.
  private func options(_ dataset: DatasetLocation) -> ReadingOptions {
    var reading = ReadingOptions()
    reading.tolerance = request.options.toleranceSeconds
    reading.cameraKeys = request.options.dataset.cameraKeys
    reading.recomputesStatistics = request.options.dataset.recomputesStatistics
    reading.names = request.config.renameMap.atSource
    // A dry run leaves nothing behind.
    let isKept = !request.options.program.isDryRun
    reading.tableCache = TableCache(folder: dataset.tableCache, isKept: isKept)
    reading.keptStatistics = KeptStatistics(file: dataset.statisticsFile, isKept: isKept)
    // A copy that others keep is only read.
    let folder = dataset.folder
    if folder == location.ownFolder { reading.fetch = fetch(into: folder) }
    return reading
  }

  // MARK: - The hub

  private func remote(_ folder: String) throws(HubError) -> HubDataset {
    try hub.dataset(
      config.repositoryID, into: folder, revision: config.revision,
      versions: DatasetInfo.Version.names)
  }

  /// Downloads what describes the dataset.
  private func download(into folder: String) throws(DataError) {
    do throws(HubError) {
      try remote(folder).downloadDescription()
    } catch {
      if FileSystem.isDirectory(folder), case .noRepository = error {
        throw .notADataset(path: folder)
      }
      var reason = error.description
      if case .noFile = error { reason += ", so it is no dataset of LeRobot; check the name" }
      if case .noRepository = error,
        let nearest = Suggestion.nearest(to: config.repositoryID, among: location.known)
      {
        reason += "; here is \(nearest)"
      }
      throw .datasetNotFound(path: folder, reason: reason)
    }
  }

  /// What downloads files that are missing. A dataset that the hub does not have is opened as it is.
  private func fetch(into folder: String) -> @Sendable ([String]) throws(DataError) -> Void {
    { [self] (paths) throws(DataError) in
      do throws(HubError) {
        try remote(folder).download(paths: paths)
      } catch {
        switch error {
        case .noRepository, .noFile, .offline, .badName: return
        default: throw .notFetched(file: "\(folder)/\(paths[0])", reason: error.description)
        }
      }
    }
  }
}
