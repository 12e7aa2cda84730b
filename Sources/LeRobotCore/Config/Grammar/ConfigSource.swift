/// Finds the files that `--config_path` and `--policy.path` name: a file, a directory, or a hub
/// repository in the local cache.
struct ConfigSource {
  let machine: ConfigMachine

  static let trainConfig = "train_config.json"
  static let policyConfig = "config.json"

  /// The train_config.json that `--config_path=path` means: the file itself, or the one in a
  /// checkpoint's `pretrained_model`, in a checkpoint, in the last checkpoint of a run, or in a
  /// repository.
  ///
  /// - Parameter resumes: whether the last checkpoint of a repository is resumed.
  func trainConfigFile(_ path: String, resumes: Bool = false) throws(ConfigIssue) -> String {
    switch machine.files.kind(of: path) {
    case .file: return path
    case .directory:
      if let file = file(Self.trainConfig, in: path) { return file }
      throw .fileNotFound(
        path: "\(path.pythonPath)/\(Self.trainConfig)",
        expected: "give a train_config.json or a directory that holds one")
    case nil:
      return try resumes
        ? latestConfig(path) : fetched(path, Self.trainConfig, option: "--config_path")
    }
  }

  /// A file of the policy that a directory means: its own, that of the checkpoint it is, or that of the
  /// run's last checkpoint; nil where there is none.
  private func file(_ name: String, in directory: String) -> String? {
    let folder = directory.pythonPath
    let places =
      ["", "/pretrained_model"]
      + ["/checkpoints", ""].flatMap { inside in
        // A run killed between its first checkpoint and the link to it has only the one.
        (["last"] + newest(in: folder + inside)).map { "\(inside)/\($0)/pretrained_model" }
      }
    return places.map { "\(folder)\($0)/\(name)" }.first(where: isFile)
  }

  /// The folder of the policy that `--evaluate=path` names, or the name of its repository.
  func evaluatedPolicy(_ path: String) throws(ConfigIssue) -> String {
    switch machine.files.kind(of: path) {
    case .directory:
      if let file = file(Self.policyConfig, in: path) { return file.pythonParent }
      throw .fileNotFound(
        path: "\(path.pythonPath)/\(Self.policyConfig)",
        expected: "give a run, a checkpoint, or a folder with config.json and model.safetensors")
    case .file: return path.pythonParent
    case nil: return path
    }
  }

  /// The train_config.json beside a policy that `--evaluate=path` names; nil where there is none.
  func trainConfigFile(ofPolicy path: String, revision: String?) throws(ConfigIssue) -> String? {
    if machine.files.kind(of: path) != nil {
      let file = "\(try evaluatedPolicy(path))/\(Self.trainConfig)"
      return isFile(file) ? file : nil
    }
    guard let repository = RepositoryName(path, revision: revision) else { return nil }
    // A hub that does not answer is reported with the policy's own file.
    return try? machine.remote.file(Self.trainConfig, of: repository)
  }

  /// The train_config.json of a repository's last checkpoint.
  private func latestConfig(_ path: String) throws(ConfigIssue) -> String {
    let folder = try latestCheckpoint(path).folder
    let name = "\(folder)/\(CheckpointLayout.pretrainedModel)/\(Self.trainConfig)"
    return try fetched(path, name, option: "--config_path")
  }

  /// The last checkpoint of a repository that `--config_path=path` names.
  private func latestCheckpoint(_ path: String) throws(ConfigIssue) -> RemoteCheckpoint {
    guard let repository = RepositoryName(path) else {
      throw .fileNotFound(path: path, expected: "check --config_path")
    }
    let argument = "--config_path=\(path)"
    do throws(RemoteFileError) {
      if let folder = try machine.remote.latestCheckpoint(of: repository) {
        return RemoteCheckpoint(repository, folder: folder)
      }
    } catch {
      throw .notFetched(argument: argument, message: error.description)
    }
    throw .notFetched(
      argument: argument,
      message: "the repository has no checkpoint to resume; a run uploads them by "
        + "--save_checkpoint_to_hub=true")
  }

  /// The checkpoint whose train_config.json was read, so that a newer one that comes meanwhile does not
  /// mix with it; the last one where the repository's own was.
  func checkpoint(of path: String, readAs file: String?) throws(ConfigIssue) -> RemoteCheckpoint {
    let parts = (file ?? "").split(separator: "/").suffix(4).map(String.init)
    guard let repository = RepositoryName(path), parts.count == 4,
      parts[0] == CheckpointLayout.checkpoints, CheckpointLayout.step(name: parts[1]) != nil
    else { return try latestCheckpoint(path) }
    return RemoteCheckpoint(repository, folder: "\(parts[0])/\(parts[1])")
  }

  /// What the JSON file that an option of ours names holds.
  ///
  /// - Throws: `ConfigIssue` where there is no such file, or one that holds no dictionary.
  func content(of option: GivenOption, named name: String) throws(ConfigIssue) -> JSONValue {
    guard isFile(option.value) else {
      throw .fileNotFound(path: option.value, expected: "give --\(name) a JSON file")
    }
    do throws(ConfigIssue) {
      return try ConfigFile(path: option.value, dialect: .json, files: machine.files).raw().value
    } catch .malformedFile(let path, let message) {
      throw .malformedFile(
        path: path, message: "\(message); --\(name) takes a file with a dictionary in JSON")
    } catch {
      throw error
    }
  }

  private static let runOptions = "\(CheckpointLayout.trainingState)/\(CheckpointLayout.runOptions)"

  /// The options of our own that a training saved; nil where it has none.
  ///
  /// - Parameter weights: the folder of the checkpoint's policy.
  func runOptionsFile(besideWeights weights: String) -> String? {
    let file = "\(weights.pythonParent)/\(Self.runOptions)"
    return isFile(file) ? file : nil
  }

  /// The options of our own of a checkpoint on the hub; nil where it has none.
  func runOptionsFile(of checkpoint: RemoteCheckpoint) -> String? {
    try? machine.remote.file("\(checkpoint.folder)/\(Self.runOptions)", of: checkpoint.repository)
  }

  /// The options of our own beside the train_config.json that `--config_path=path` means.
  ///
  /// - Parameter resumes: whether the last checkpoint of a repository is resumed.
  func runOptionsFile(
    besideConfig file: String, of path: String, resumes: Bool
  ) throws(ConfigIssue) -> String? {
    guard resumes, machine.files.kind(of: path) == nil else {
      return runOptionsFile(besideWeights: file.pythonParent)
    }
    return runOptionsFile(of: try checkpoint(of: path, readAs: file))
  }

  /// The name of the checkpoint of the highest step in a folder, if there is one.
  private func newest(in folder: String) -> [String] {
    CheckpointLayout.newest(of: machine.files.entries(of: folder)).map { [$0] } ?? []
  }

  /// The config.json of the policy that `--policy.path=path` names.
  ///
  /// - Parameters:
  ///   - option: what named it.
  ///   - revision: the one that is wanted of a repository.
  func policyConfigFile(
    _ path: String, option: String = "--policy.path", revision: String? = nil
  ) throws(ConfigIssue) -> String {
    switch machine.files.kind(of: path) {
    case .directory:
      let file = "\(path.pythonPath)/\(Self.policyConfig)"
      if isFile(file) { return file }
      let inside = "\(path.pythonPath)/pretrained_model"
      throw .fileNotFound(
        path: file,
        expected: isFile("\(inside)/\(Self.policyConfig)")
          ? "give --policy.path=\(inside)"
          : "give a directory with config.json and model.safetensors")
    case .file:
      throw .fileNotFound(
        path: "\(path)/\(Self.policyConfig)",
        expected: "--policy.path names a directory with config.json and model.safetensors")
    case nil:
      return try fetched(path, Self.policyConfig, option: option, revision: revision)
    }
  }

  private func isFile(_ path: String) -> Bool {
    machine.files.kind(of: path) == .file
  }

  /// The file of a repository, from the hub if it is not on this machine.
  private func fetched(
    _ path: String, _ name: String, option: String, revision: String? = nil
  ) throws(ConfigIssue) -> String {
    guard let repository = RepositoryName(path, revision: revision) else {
      throw .fileNotFound(path: path, expected: "check \(option)")
    }
    do throws(RemoteFileError) {
      if let file = try machine.remote.file(name, of: repository) { return file }
    } catch {
      throw .notFetched(argument: "\(option)=\(path)", message: error.description)
    }
    throw .notFetched(
      argument: "\(option)=\(path)",
      message: "the repository has no \(name), so it is no policy of LeRobot; check the name")
  }
}
