import OrderedCollections

/// Writing of a checkpoint's `training_state`.
extension TrainingState {
  /// More steps than any run takes; a number beyond them is damage.
  package static let stepLimit = 1 << 40

  /// Writes all files into a folder that exists.
  func write(to folder: String) throws(FileError) {
    let step: JSONValue = ["step": .int(step)]
    try TextFile.write(
      step.pythonText(indent: 4), to: "\(folder)/\(CheckpointLayout.trainingStep)")
    try SafetensorsWriter.write(random.tensors, to: "\(folder)/\(CheckpointLayout.randomState)")
    for (name, optimizer) in optimizers {
      let place = name.isEmpty ? folder : "\(folder)/\(name)"
      try FileSystem.createDirectory(place)
      try optimizer.write(to: place)
      try FileSystem.syncDirectory(place)
    }
    if let schedule {
      try TextFile.write(
        schedule.pythonText(indent: 4), to: "\(folder)/\(CheckpointLayout.scheduleState)")
    }
    if let options {
      try TextFile.write(
        options.pythonText(indent: 4), to: "\(folder)/\(CheckpointLayout.runOptions)")
    }
    if let resume {
      try SafetensorsWriter.write(
        resume.tensors, to: "\(folder)/\(CheckpointLayout.resumeState)",
        metadata: ["values": resume.values.pythonText()])
    }
  }
}

extension SavedOptimizer {
  fileprivate func write(to folder: String) throws(FileError) {
    var tensors: NamedTensors = [:]
    for (index, slots) in state.slots {
      for (name, tensor) in slots { tensors["state/\(index)/\(name)"] = tensor }
    }
    try SafetensorsWriter.write(tensors, to: "\(folder)/\(CheckpointLayout.optimizerState)")
    let groups = zip(options, state.groups).map { options, parameters -> JSONValue in
      var group = options
      group["params"] = .array(parameters.map { .int($0) })
      return .object(group)
    }
    try TextFile.write(
      JSONValue.array(groups).pythonText(indent: 4),
      to: "\(folder)/\(CheckpointLayout.parameterGroups)")
  }
}
