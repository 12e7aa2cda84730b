import Foundation
import LeRobotCore
import Support
import Testing

/// Checkpoints in the layout of LeRobot until 2025.
struct LegacyCheckpointGoldenTests {
  private static let folder = RepositoryFiles.fixtures.appending(path: "policies/act").path

  private func checkpoint(_ name: String) throws -> Checkpoint {
    try Checkpoint.open("\(Self.folder)/\(name)")
  }

  @Test(arguments: ["adamw", "sgd"])
  func theStateInOneFileIsTheOneInMany(optimizer: String) throws {
    let old = try checkpoint("legacy_\(optimizer)")
    #expect(old.hasTrainingState)
    let state = try old.readTrainingState()
    let expected = try checkpoint("checkpoint_\(optimizer)").readTrainingState()
    #expect(state.step == expected.step)
    #expect(state.random == expected.random)
    #expect(state.resume == nil)
    let (saved, now) = try (
      #require(state.optimizers[""]), #require(expected.optimizers[""])
    )
    #expect(saved.state == now.state)
    // torch 2.7 has an option more than the releases of then.
    #expect(
      saved.options.map { Set($0.keys) }
        == now.options.map { Set($0.keys).subtracting(["decoupled_weight_decay"]) })
    for (a, b) in zip(saved.options, now.options) {
      for (name, value) in a { #expect(value == b[name], "\(name)") }
    }
    for name in ["base_lrs", "last_epoch", "_step_count", "_last_lr"] {
      #expect(state.schedule?[name] == expected.schedule?[name], "\(name)")
    }
  }

  @Test func statisticsAmongTheWeightsAreThoseOfLeRobotsMigration() throws {
    let expected = try SafetensorsFile(path: Self.folder + "/legacy_statistics.safetensors")
      .tensors()
    let old = try checkpoint("legacy_adamw")
    let policy = try #require(
      PolicyConfig(canonical: JSONValue(parsing: old.policyConfig())))
    #expect(old.isBeforeProcessors)
    let processors = try old.processors(of: policy)
    let steps = processors.preprocessor.steps + processors.postprocessor.steps
    let normalizers = steps.compactMap { ($0 as? any ScalingStep)?.normalizer }
    #expect(normalizers.count == 2)
    for normalizer in normalizers {
      // LeRobot's migration takes every underscore for a dot (Q-RUN-8).
      let names = normalizer.statistics.flattened.map {
        ($0.key.replacing("environment_state", with: "environment.state"), $0.value)
      }
      let found = NamedTensors(uniqueKeysWithValues: names)
      #expect(Set(found.keys) == Set(expected.keys))
      for (name, tensor) in expected { #expect(found[name] == tensor, "\(name)") }
    }
    let now = try checkpoint("checkpoint_adamw").processors()
    #expect(processors.preprocessor.steps.count == now.preprocessor.steps.count)
    #expect(processors.postprocessor.steps.count == now.postprocessor.steps.count)
  }

  @Test func weightsAreLeftAsLeRobotsMigrationLeavesThem() throws {
    let expected = try SafetensorsFile(path: Self.folder + "/legacy_weights.safetensors").tensors()
    let weights = try checkpoint("legacy_adamw").weights()
    #expect(Set(weights.keys) == Set(expected.keys))
    for (name, tensor) in expected { #expect(weights[name] == tensor, "\(name)") }
    #expect(try weights == checkpoint("checkpoint_adamw").weights())
  }

  @Test func aDamagedStateIsNamedInALine() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.copyItem(
      atPath: Self.folder + "/legacy_adamw", toPath: folder.file("old"))
    let path = folder.file("old/training_state.pth")
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.copyItem(
      atPath: RepositoryFiles.fixtures.appending(path: "checkpoints/torch/nested.pth").path,
      toPath: path)
    #expect(
      throws: CheckpointError.invalidField(
        file: path, field: "step", reason: "expected a number of steps")
    ) { try Checkpoint.open(folder.file("old")).readTrainingState() }
    try TextFile.write("no pickle", to: path)
    #expect(throws: CheckpointError.torch(.unknownFormat(file: path))) {
      try Checkpoint.open(folder.file("old")).readTrainingState()
    }
  }
}
