/// Finds the files that `--config_path` and `--policy.path` name: a file, a directory, or a hub
/// repository in the local cache.
struct ConfigSource {
  let machine: ConfigMachine

  static let trainConfig = "train_config.json"
  static let policyConfig = "config.json"

  /// The train_config.json that `--config_path=path` means: the file itself, or the one in a
  /// checkpoint's `pretrained_model`, in a checkpoint, or in the last checkpoint of a run.
  func trainConfigFile(_ path: String) throws(ConfigIssue) -> String {
    let places =
      ["", "/pretrained_model"]
      + ["/checkpoints", ""].flatMap { folder in
        // A run killed between its first checkpoint and the link to it has only the one.
        (["last"] + newest(in: path.pythonPath + folder)).map { "\(folder)/\($0)/pretrained_model" }
      }
    switch machine.files.kind(of: path) {
    case .file: return path
    case .directory:
      let trimmed = path.pythonPath
      let candidates = places.map { "\(trimmed)\($0)/\(Self.trainConfig)" }
      if let file = candidates.first(where: isFile) { return file }
      throw .fileNotFound(
        path: "\(trimmed)/\(Self.trainConfig)",
        expected: "give a train_config.json or a directory that holds one")
    case nil:
      return try cached(path, Self.trainConfig, option: "--config_path")
    }
  }

  /// The name of the checkpoint of the highest step in a folder, if there is one.
  private func newest(in folder: String) -> [String] {
    let names = machine.files.entries(of: folder)
      .compactMap { name in CheckpointLayout.step(name: name).map { (step: $0, name: name) } }
    return names.max { $0.step < $1.step }.map { [$0.name] } ?? []
  }

  /// The config.json of the policy that `--policy.path=path` names.
  func policyConfigFile(_ path: String) throws(ConfigIssue) -> String {
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
      return try cached(path, Self.policyConfig, option: "--policy.path")
    }
  }

  private func isFile(_ path: String) -> Bool {
    machine.files.kind(of: path) == .file
  }

  /// The file of a hub repository that is in the local cache.
  private func cached(
    _ repository: String, _ name: String, option: String
  ) throws(ConfigIssue) -> String {
    guard HubCache.isRepository(repository) else {
      throw .fileNotFound(path: repository, expected: "check \(option)")
    }
    let cache = HubCache(variables: machine.variables, files: machine.files)
    if let file = cache.file(name, of: repository) { return file }
    throw .fileNotFound(
      path: repository,
      expected: "neither a path nor in the local hub cache (\(cache.folder)), and downloading is "
        + "not built yet; download it with `hf download \(repository)`")
  }
}
