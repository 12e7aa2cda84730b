import Foundation
import LeRobotCore

/// A folder in which the runs of `Fixtures/generate/act_checkpoints.py` find their relative places:
/// the dataset under `Fixtures`, and the output under `outputs/act`.
package struct TinyRun {
  private let folder: TemporaryFolder

  package init() throws {
    folder = try TemporaryFolder()
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("Fixtures"), withDestinationPath: RepositoryFiles.fixtures.path)
  }

  /// The output directory of every run here, as the arguments name it.
  package static let output = "outputs/act"

  /// Where the checkpoint of a step lies.
  package func checkpoint(_ step: Int) -> String {
    folder.file("\(Self.output)/checkpoints/\(CheckpointLayout.name(step: step, totalSteps: 1))")
  }

  /// Takes a stored checkpoint over, as if it had been written here.
  package func take(_ checkpoint: String, step: Int) throws {
    try FileManager.default.createDirectory(
      atPath: folder.file("\(Self.output)/checkpoints"), withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: checkpoint, toPath: self.checkpoint(step))
  }

  /// Trains from the start with the built program and waits for its end.
  package func train(_ arguments: [String]) throws -> CommandRun {
    try TrainingProgram.run(
      TrainingProgram.tiny + ["--output_dir=\(Self.output)"] + arguments, in: folder.path)
  }

  /// What goes on from the checkpoint of a step.
  package func resuming(_ step: Int, to steps: Int) -> [String] {
    let folder = "\(Self.output)/checkpoints/\(CheckpointLayout.name(step: step, totalSteps: 1))"
    let config = "\(folder)/pretrained_model/train_config.json"
    return ["--config_path=\(config)", "--resume=true", "--steps=\(steps)"]
  }

  /// Goes on with the built program and waits for its end.
  package func resume(_ step: Int, to steps: Int, _ arguments: [String]) throws -> CommandRun {
    try TrainingProgram.run(resuming(step, to: steps) + arguments, in: folder.path)
  }

  /// Runs another program here.
  package func run(_ command: [String]) throws -> CommandRun {
    try CommandRun(command, in: folder.path)
  }

  /// Where a file of this name lies.
  package func file(_ name: String) -> String { folder.file(name) }
}

/// The steps of a trace, of this program or of `Scripts/trace_lerobot`.
package struct TrainingTrace: Equatable {
  package var losses: [Double] = []
  package var gradientNorms: [Double] = []
  /// Dataset indices of every batch.
  package var indices: [[Int]] = []

  package init(_ path: String) throws {
    for line in try RepositoryFiles.lines(URL(filePath: path)).dropFirst() {
      let step = try JSONValue(parsing: line)
      losses.append(step["loss"]?.doubleValue ?? .nan)
      gradientNorms.append(step["grad_norm"]?.doubleValue ?? .nan)
      indices.append(step["indices"]?.arrayValue?.compactMap(\.intValue) ?? [])
    }
  }
}
