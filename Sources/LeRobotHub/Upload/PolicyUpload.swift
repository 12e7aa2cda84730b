import LeRobotCore

/// Uploads policies and checkpoints to a model's repository, which is created where there is none.
package struct PolicyUpload: Sendable {
  private let upload: HubUpload
  package let repository: HubRepository
  private let isPrivate: Bool?

  /// - Parameter isPrivate: of a repository that is created; nil leaves it to its owner's settings.
  package init(
    _ client: HubClient, _ repository: HubRepository, isPrivate: Bool?, _ reports: TransferReports
  ) {
    upload = HubUpload(client.pausing(HubSettings.patientPauses), repository, reports)
    (self.repository, self.isPrivate) = (repository, isPrivate)
  }

  /// Uploads a policy as the repository's own files, in one commit.
  ///
  /// - Parameters:
  ///   - folder: a checkpoint's `pretrained_model`.
  ///   - card: the text of `README.md`; nil takes the folder's.
  /// - Returns: the repository's page.
  package func policy(in folder: String, card: String?) throws(HubError) -> String {
    var files = try HubError.files { () throws(FileError) in try Self.files(in: folder) }
      .filter { $0.path.hasAnySuffix(Self.suffixes) }
    if let card { files.replace(CheckpointLayout.modelCard, by: card) }
    try upload.createRepository(isPrivate: isPrivate)
    _ = try upload.commit(files, message: "Upload policy weights, train config and readme")
    return upload.page
  }

  /// Uploads a whole checkpoint to `checkpoints/STEP`, in a commit that is tagged with the step, as
  /// LeRobot 0.6 does (`common/train_utils.py`, `push_checkpoint_to_hub`). Its configuration and its
  /// schedule have the form of that release, which alone resumes from the hub.
  ///
  /// - Parameter name: the checkpoint's, its step.
  package func checkpoint(in folder: String, named name: String) throws(HubError) {
    let root = "\(CheckpointLayout.checkpoints)/\(name)/"
    var files = try HubError.files { () throws(FileError) in
      try Self.files(in: folder, as: root)
    }
    for (file, renewed) in Self.renewals {
      guard let text = try? TextFile.read("\(folder)/\(file)"), let new = renewed(text) else {
        continue
      }
      files.replace(root + file, by: new)
    }
    try upload.createRepository(isPrivate: isPrivate)
    let commit = try upload.commit(files, message: "checkpoint \(name)")
    try upload.tag(name, at: commit)
  }

  /// Files that LeRobot 0.6 writes otherwise, each with what makes its text from ours.
  private static let renewals: [(file: String, renewed: @Sendable (String) -> String?)] = [
    (
      "\(CheckpointLayout.pretrainedModel)/\(CheckpointLayout.trainConfig)",
      { NewerField.all.renamed($0) }
    ),
    (
      "\(CheckpointLayout.trainingState)/\(CheckpointLayout.scheduleState)",
      { LearningRateSchedule.stateOfNewerTorch($0) }
    ),
  ]

  /// What LeRobot uploads of a policy (`policies/pretrained.py`).
  private static let suffixes = [".safetensors", ".json", ".yaml", ".md"]

  /// The files in a folder and below it; hidden ones are passed over.
  private static func files(
    in folder: String, as prefix: String = ""
  ) throws(FileError) -> [UploadFile] {
    var files: [UploadFile] = []
    for name in try FileSystem.list(folder).sorted() where !name.hasPrefix(".") {
      let path = "\(folder)/\(name)"
      if FileSystem.isDirectory(path) {
        files += try Self.files(in: path, as: "\(prefix)\(name)/")
      } else {
        files.append(try UploadFile(prefix + name, file: path))
      }
    }
    return files
  }
}

extension [UploadFile] {
  /// A text in the place of a file, or beside the others where there is none.
  fileprivate mutating func replace(_ path: String, by text: String) {
    removeAll { $0.path == path }
    append(UploadFile(path, text: text))
  }
}

extension String {
  fileprivate func hasAnySuffix(_ suffixes: [String]) -> Bool {
    suffixes.contains { hasSuffix($0) }
  }
}
