/// What of a checkpoint's state cannot be restored, what is dropped, and what happens then.
///
/// Each is a warning: the run continues, but not bitwise identical to one that was never stopped.
package enum ResumeProblem: Error, Equatable {
  /// The file beside LeRobot's own has no such field, or not of such a value.
  case damaged(field: String)
  /// The position in the data was saved by a later release.
  case newerVersion(source: String, found: Int, known: Int)
  /// The position in the data is of another kind of source.
  case otherSource(saved: String, present: String)
  /// The position is of another dataset, or of other episodes: `quantity` says in what they differ.
  case otherData(quantity: String, saved: String, present: String)
  case otherBatchSize(saved: Int, present: Int)
  /// The position is of a run in another number of processes.
  case otherRanks(saved: Int, present: Int)
  /// Image transforms drew from other generators than this run's loader has.
  case otherWorkers(saved: Int, present: Int)
  /// The generators of image transforms were not saved: the run had none, or the file is damaged.
  case noTransformGenerators
  /// The averages of the log interval under way cannot be read.
  case noAverages
  /// The run computes on a GPU whose generator was not saved.
  case noDeviceGenerator
  /// The checkpoint is of a GPU, and the run computes on the CPU.
  case deviceGeneratorUnused
}

extension ResumeProblem {
  /// What is wrong with the state of a GPU's generator: it must be saved where there is one.
  package static func ofDeviceGenerator(isSaved: Bool, isThere: Bool) -> [ResumeProblem] {
    switch (isSaved, isThere) {
    case (false, true): [.noDeviceGenerator]
    case (true, false): [.deviceGeneratorUnused]
    case (true, true), (false, false): []
    }
  }
}

extension ResumeProblem: CustomStringConvertible {
  package var description: String { "\(reason); \(consequence)" }

  private var reason: String {
    switch self {
    case .damaged(let field):
      "\(CheckpointLayout.resumeState) is damaged (\(field))"
    case .newerVersion(let source, let found, let known):
      "the position in the data is of a later release (\(source) \(found), this one reads \(known))"
    case .otherSource(let saved, let present):
      "the position in the data is of a source '\(saved)', this run reads '\(present)'"
    case .otherData(let quantity, let saved, let present):
      "the position is of other data: \(quantity) was \(saved) and is \(present)"
    case .otherBatchSize(let saved, let present):
      "the position is of --batch_size=\(saved), this run has \(present)"
    case .otherRanks(let saved, let present):
      "the position is of a run in \(saved) process(es), this one has \(present)"
    case .otherWorkers(let saved, let present):
      "the generators of image transforms are of --num_workers=\(saved), this run has \(present)"
    case .noTransformGenerators:
      "the checkpoint holds no generators of image transforms"
    case .noAverages:
      "the averages of the log interval under way cannot be read"
    case .noDeviceGenerator:
      "the checkpoint holds no state of a GPU's generator"
    case .deviceGeneratorUnused:
      "the checkpoint's state of a GPU's generator has no use on the CPU"
    }
  }

  private var consequence: String {
    switch self {
    case .damaged, .newerVersion, .otherSource, .otherData, .otherBatchSize, .otherRanks:
      "the position is dropped and a new pass over the data begins"
    case .otherWorkers, .noTransformGenerators:
      "the pass continues, its image transforms draw from newly seeded generators"
    case .noAverages:
      "the next log line averages the steps from here on"
    case .noDeviceGenerator:
      "dropout and noise are drawn from --seed on"
    case .deviceGeneratorUnused:
      "dropout and noise are drawn from the CPU's generator"
    }
  }
}
