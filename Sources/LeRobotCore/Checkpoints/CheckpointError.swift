/// Why a checkpoint cannot be written or read.
package enum CheckpointError: Error, Equatable {
  /// Nothing of the checkpoint was kept; what was there before still is.
  case notWritten(checkpoint: String, reason: WeightError)
  /// An older checkpoint that `--keep_checkpoints` lets go could not be removed.
  case notRemoved(reason: FileError)
  /// No checkpoint lies at a path; `reason` says what was looked for.
  case notFound(path: String, reason: String)
  /// A file that a checkpoint has is not there.
  case missing(file: String)
  case file(FileError)
  case tensors(SafetensorsError)
  /// The weights, or the files that hold them.
  case weights(WeightError)
  /// Of the older layout.
  case torch(TorchFileError)
  case processors(ProcessorError)
  case notJSON(file: String, reason: String)
  /// A field of a file is missing or of the wrong kind.
  case invalidField(file: String, field: String, reason: String)
}

extension CheckpointError {
  init(_ error: WeightError) {
    switch error {
    case .file(let error): self = .file(error)
    case .safetensors(let error): self = .tensors(error)
    case .torchFile(let error): self = .torch(error)
    case .badIndex, .missing, .changedDuringSave, .failedCopy, .releasedTensor:
      self = .weights(error)
    }
  }

  /// The step whose checkpoint was not written; nil for other errors.
  package var step: Int? {
    guard case .notWritten(let checkpoint, _) = self else { return nil }
    return CheckpointLayout.step(name: FileSystem.name(of: checkpoint))
  }
}

extension CheckpointError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notWritten(let checkpoint, let reason):
      "checkpoint \(checkpoint) was not written, earlier ones are as they were: \(reason)"
    case .notRemoved(let reason):
      "an old checkpoint is still there: \(reason); remove it by hand"
    case .notFound(let path, let reason):
      "\(path): \(reason); give a checkpoint folder, its pretrained_model, its train_config.json "
        + "or the output directory of a run"
    case .missing(let file):
      "\(file): missing; copy the checkpoint again, or use an earlier one"
    case .file(let error): error.description
    case .tensors(let error): error.description
    case .weights(let error): error.description
    case .torch(let error): error.description
    case .processors(let error): error.description
    case .notJSON(let file, let reason):
      "\(file): \(reason); the file is damaged, use an earlier checkpoint"
    case .invalidField(let file, let field, let reason):
      "\(file): \(field): \(reason); the file is damaged, use an earlier checkpoint"
    }
  }
}
