import Fast
import Foundation
import LeRobotCore
import LeRobotData

/// The action that a checkpoint selects for one frame of a dataset, in the robot's units: by this
/// program and by LeRobot. What a Diffusion Policy samples, both draw from the same seed.
package enum SelectedAction {
  /// This program's.
  package static func ours(
    with checkpoint: Checkpoint, dataset: String, frame: Int
  ) throws -> [Double] {
    let backend = try FastBackend(device: "cpu")
    let learner = try backend.makeLearner(
      policy: PolicyConfig(of: checkpoint), optimizer: .adamW(AdamOptions(weightDecay: 0)))
    let names = try learner.loadWeights(from: checkpoint.weights())
    guard names.missing.isEmpty, names.unexpected.isEmpty else {
      throw MissingGolden(name: checkpoint.pretrainedModel, key: "\(names)")
    }
    var config = DatasetConfig(repositoryID: "local/dataset")
    config.root = RepositoryFiles.root.appending(path: dataset).path
    let batch = try LeRobotDataset.open(config, environment: [:]).makeReader().batch([frame])
    let processors = try checkpoint.processors(resources: .repository)
    try backend.seed(0)
    return try processors.postprocess(learner.selectAction(processors.preprocess(batch))).doubles
  }

  /// LeRobot's.
  ///
  /// - Parameters:
  ///   - checkpoint: a folder, or the name of a repository of the hub.
  ///   - peer: LeRobot's virtual environment.
  ///   - runner: a program in Python that runs the one which asks LeRobot; none for nil.
  package static func lerobots(
    with checkpoint: String, dataset: String, frame: Int, peer: String, runner: String? = nil,
    environment: [String: String] = ["HF_HUB_OFFLINE": "1"]
  ) throws -> [Double] {
    let run = try CommandRun(
      ["\(peer)/bin/python"] + (runner.map { [$0] } ?? [])
        + ["Scripts/select_action", checkpoint, dataset, "\(frame)"],
      environment: environment)
    let last = run.output.split(separator: "\n").last.map(String.init) ?? ""
    guard let values = try? JSONValue(parsing: last).arrayValue?.compactMap(\.doubleValue) else {
      throw MissingGolden(name: checkpoint, key: run.output)
    }
    return values
  }
}
