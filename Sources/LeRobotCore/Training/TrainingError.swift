/// What can end a training run before its time.
package enum TrainingError: Error, Equatable {
  /// A loss or gradient is NaN or infinite; `tensor` is the first one found.
  case notFinite(tensor: String)
  /// The dataset yields no batch at all.
  case emptyDataset
  /// All of so many episodes are held out.
  case nothingLeftToTrain(episodes: Int)
  /// No such episode is in use.
  case unknownValidationEpisode(Int)
  /// The dataset to validate on shows something else; `found` is nil where it lacks the feature.
  case unlikeValidation(root: String, feature: String, expected: [Int], found: [Int]?)
  /// The policy leaves out that many frames at the end of each episode, and none has more.
  case tooShortEpisodes(dropped: Int)
  /// The policy learns from rewards, and the dataset has none.
  case noReward(policy: String)
  /// NumPy's generator takes no such seed.
  case unusableSeed(Int)
  /// A number that LeRobot's parser takes and its loader refuses.
  case tooSmall(option: String, value: Int, least: Int)
  /// A number beyond what any run takes.
  case tooLarge(option: String, value: Int, most: Int)
  /// There is a configuration of this policy, but nothing here that trains it.
  case notTrainable(policy: String, trainable: [String])
  /// A dry run that this machine has no room for; the text says how much and what would fit.
  case tooLittleMemory(String)
  /// A policy that cannot tell what it takes before it is built.
  case noMemoryForecast(policy: String)
  /// A resumed configuration without an optimizer.
  case noOptimizer
  /// The output directory holds something that a new run must not touch.
  case outputDirectoryInUse(path: String, reason: String)
  /// Another run is writing to the output directory.
  case outputDirectoryBusy(path: String)
  /// A file or folder of the run could not be written.
  case cannotWrite(path: String, reason: String)
  case file(FileError)
}

extension TrainingError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notFinite(let tensor):
      "\(tensor) is not finite; nothing of this step was kept. Lower the learning rate "
        + "(--policy.optimizer_lr) or look for NaN in the dataset, then resume from the last checkpoint"
    case .emptyDataset:
      "the dataset holds no frames to train on; check --dataset.episodes"
    case .nothingLeftToTrain(let episodes):
      "all \(episodes) episodes are held out, none is left to train on; lower --dataset.eval_split or "
        + "shorten --validation.episodes"
    case .unknownValidationEpisode(let episode):
      "--validation.episodes: episode \(episode) is not among those in use; give numbers of the "
        + "dataset, and of --dataset.episodes where it is set"
    case .unlikeValidation(let root, let feature, let expected, let found):
      "--validation.root=\(root): \(feature) has "
        + (found.map { "the shape \($0), in the dataset to train on \(expected)" }
          ?? "no data there")
        + "; give a dataset of the same robot"
    case .tooShortEpisodes(let dropped):
      "no episode has more than the \(dropped) frames that the policy leaves out at its end; lower "
        + "--policy.drop_n_last_frames"
    case .noReward(let policy):
      "--policy.type=\(policy) learns from next.reward, one number a frame, which the dataset does not "
        + "have; add it, or train another policy"
    case .tooSmall(let option, let value, let least):
      "--\(option)=\(value): too small; give \(least) or more"
    case .tooLarge(let option, let value, let most):
      "--\(option)=\(value): too large; give \(most) or less"
    case .unusableSeed(let seed):
      "--seed=\(seed) is not in 0…4294967295, which is what NumPy takes; choose another or null"
    case .notTrainable(let policy, let trainable):
      "--policy.type=\(policy): this release does not train it; train "
        + "\(Self.alternatives(trainable)), or use LeRobot itself"
    case .tooLittleMemory(let text): text
    case .noMemoryForecast(let policy):
      "--memory: \(policy) is measured and not forecast; leave it out, and the dry run measures here"
    case .noOptimizer:
      "optimizer: the configuration names none; give --use_policy_training_preset=false with "
        + "--optimizer.type and --scheduler.type"
    case .outputDirectoryInUse(let path, let reason):
      "\(path): \(reason); choose another --output_dir, or go on with it by --resume=true "
        + "--config_path=\(path)"
    case .outputDirectoryBusy(let path):
      "\(path): another run is writing there; wait for its end or choose another --output_dir"
    case .file(let error): error.description
    case .cannotWrite(let path, let reason):
      "\(path): cannot be written (\(reason)); check its folder, the permissions and the free space"
    }
  }

  /// `act, diffusion or vqbet`.
  private static func alternatives(_ names: [String]) -> String {
    guard names.count > 1, let last = names.last else { return names.first ?? "nothing" }
    return names.dropLast().joined(separator: ", ") + " or " + last
  }
}
