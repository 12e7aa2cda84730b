import OrderedCollections

/// Reading of a checkpoint's `training_state`.
extension Checkpoint {
  /// Whether training can be resumed from here.
  package var hasTrainingState: Bool {
    FileSystem.isDirectory(trainingState) || FileSystem.exists(legacyTrainingState)
  }

  /// The training state in the older layout: a file beside `pretrained_model`.
  private var legacyTrainingState: String { "\(path)/\(CheckpointLayout.legacyTrainingState)" }

  /// Reads all that resuming needs.
  package func readTrainingState() throws(CheckpointError) -> TrainingState {
    if !FileSystem.isDirectory(trainingState), FileSystem.exists(legacyTrainingState) {
      let frozen = try weightFiles().names.count { NormalizationBuffers.contain($0) }
      return try LegacyTrainingState(legacyTrainingState).read(frozenCount: frozen)
    }
    guard hasTrainingState else {
      throw .notFound(path: path, reason: "has no \(CheckpointLayout.trainingState) to resume")
    }
    let randomFile = "\(trainingState)/\(CheckpointLayout.randomState)"
    return TrainingState(
      step: try readStep(), optimizers: try readOptimizers(),
      schedule: try readSchedule(),
      random: try RandomStates(tensors: Self.tensors(randomFile), file: randomFile),
      resume: try readResumeState())
  }

  private func readStep() throws(CheckpointError) -> Int {
    let file = "\(trainingState)/\(CheckpointLayout.trainingStep)"
    guard let step = try Self.json(file)["step"]?.intValue,
      (0..<TrainingState.stepLimit).contains(step)
    else {
      throw .invalidField(file: file, field: "step", reason: "expected a number of steps")
    }
    return step
  }

  private func readSchedule() throws(CheckpointError) -> JSONValue? {
    let file = "\(trainingState)/\(CheckpointLayout.scheduleState)"
    guard FileSystem.exists(file) else { return Optional.none }
    return try Self.json(file)
  }

  /// One optimizer, or one in each folder.
  private func readOptimizers() throws(CheckpointError) -> OrderedDictionary<String, SavedOptimizer>
  {
    let groups = "\(trainingState)/\(CheckpointLayout.parameterGroups)"
    if FileSystem.exists(groups) {
      return ["": try SavedOptimizer(folder: trainingState)]
    }
    var optimizers: OrderedDictionary<String, SavedOptimizer> = [:]
    for name in (try? FileSystem.list(trainingState)) ?? [] {
      let folder = "\(trainingState)/\(name)"
      if FileSystem.exists("\(folder)/\(CheckpointLayout.parameterGroups)") {
        optimizers[name] = try SavedOptimizer(folder: folder)
      }
    }
    // Without its averages an optimizer would start from scratch in the middle of a run.
    guard !optimizers.isEmpty else { throw .missing(file: groups) }
    return optimizers
  }

  private func readResumeState() throws(CheckpointError) -> ResumeState? {
    let path = "\(trainingState)/\(CheckpointLayout.resumeState)"
    guard FileSystem.exists(path) else { return nil }
    let file = try Self.open(tensors: path)
    let values = try Self.parse(file.metadata?["values"] ?? "null", file: path)
    return ResumeState(values: values, tensors: try Self.tensors(path))
  }
}

extension SavedOptimizer {
  /// Reads an optimizer's two files.
  fileprivate init(folder: String) throws(CheckpointError) {
    let stateFile = "\(folder)/\(CheckpointLayout.optimizerState)"
    var slots: [Int: NamedTensors] = [:]
    for (name, tensor) in try Checkpoint.tensors(stateFile) {
      let parts = name.split(separator: "/", maxSplits: 2)
      guard parts.count == 3, parts[0] == "state", let index = Int(parts[1]) else {
        throw .invalidField(file: stateFile, field: name, reason: "expected state/index/name")
      }
      slots[index, default: [:]][String(parts[2])] = tensor
    }
    let groupsFile = "\(folder)/\(CheckpointLayout.parameterGroups)"
    var groups: [[Int]] = []
    var options: [OrderedDictionary<String, JSONValue>] = []
    for (index, entry) in (try Checkpoint.json(groupsFile).arrayValue ?? []).enumerated() {
      guard var group = entry.objectValue,
        let parameters = group.removeValue(forKey: "params")?.arrayValue
      else {
        throw .invalidField(file: groupsFile, field: "[\(index)].params", reason: "expected a list")
      }
      groups.append(parameters.compactMap(\.intValue))
      options.append(group)
    }
    self.init(state: OptimizerState(slots: slots, groups: groups), options: options)
  }
}
