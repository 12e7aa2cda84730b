/// What can end a training run before its time.
package enum TrainingError: Error, Equatable {
  /// A loss or gradient is NaN or infinite; `tensor` is the first one found.
  case notFinite(tensor: String)
  /// The dataset yields no batch at all.
  case emptyDataset
  /// The output directory holds something that a new run must not touch.
  case outputDirectoryInUse(path: String, reason: String)
  /// A file or folder of the run could not be written.
  case cannotWrite(path: String, reason: String)
}

extension TrainingError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notFinite(let tensor):
      "\(tensor) is not finite; nothing of this step was kept. Lower the learning rate "
        + "(--policy.optimizer_lr) or look for NaN in the dataset, then resume from the last checkpoint"
    case .emptyDataset:
      "the dataset holds no frames to train on; check --dataset.episodes"
    case .outputDirectoryInUse(let path, let reason):
      "\(path): \(reason); choose another --output_dir, or go on with it by --resume=true "
        + "--config_path=\(path)/checkpoints/last/pretrained_model/train_config.json"
    case .cannotWrite(let path, let reason):
      "\(path): \(reason)"
    }
  }
}
