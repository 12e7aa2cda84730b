import Foundation
import LeRobotCore
import Support
import Testing

/// Whole runs of SmolVLA beside a tiny vision-language model whose weights are loaded.
@Suite(.serialized) struct SmolVLARunPropertyTests {
  private static let model = "Fixtures/models/smolvlm_bfloat16"
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func train(_ name: String, _ arguments: [String]) throws {
    let run = try TrainingProgram.run(self.arguments(name, arguments))
    try #require(run.status == 0, "\(run.output)")
  }

  private func arguments(_ name: String, _ arguments: [String]) -> [String] {
    [
      "--policy.type=smolvla", "--policy.vlm_model_name=\(Self.model)",
      "--policy.load_vlm_weights=true", "--policy.num_vlm_layers=3",
      "--policy.resize_imgs_with_padding=[32,32]", "--policy.chunk_size=4",
      "--policy.n_action_steps=4", "--dataset.repo_id=local/pusht_demo",
      "--dataset.root=Fixtures/datasets/pusht_demo", "--dataset.episodes=[0]",
      "--policy.push_to_hub=false", "--policy.device=cpu", "--batch_size=4", "--num_workers=0",
      "--output_dir=\(folder.file(name))",
    ] + arguments
  }

  private func weights(_ name: String, step: Int) throws -> NamedTensors {
    try Checkpoint.open(folder.file("\(name)/checkpoints/00000\(step)")).weights()
  }

  @Test func frozenWeightsAreWrittenAsTheyWereLoadedAndOthersInTheirTypes() throws {
    try train("run", ["--steps=1", "--save_freq=1"])
    let saved = try weights("run", step: 1)
    let loaded = try SafetensorsFile(
      path: RepositoryFiles.root.appending(path: "\(Self.model)/model.safetensors").path
    ).tensors()
    let prefix = "model.vlm_with_expert.vlm."
    for (name, tensor) in saved {
      if name.hasPrefix(prefix) {
        #expect(tensor == loaded[String(name.dropFirst(prefix.count))], "\(name)")
      } else {
        let isCrossing =
          name.contains("layers.1.self_attn.k_proj") || name.contains("layers.1.self_attn.v_proj")
        let isExperts = name.hasPrefix("model.vlm_with_expert.lm_expert.") && !isCrossing
        #expect(tensor.scalarType == (isExperts ? .bfloat16 : .float32), "\(name)")
      }
    }
    #expect(!saved.keys.contains { $0.contains("text_model.layers.3.") })
  }

  @Test(arguments: [true, false])
  func aResumedRunEqualsOneThatWasNotInterrupted(trainsExpertOnly: Bool) throws {
    let shared = ["--policy.train_expert_only=\(trainsExpertOnly)", "--save_freq=2", "--steps=4"]
    try train("whole", shared)
    try train("halves", shared)
    for lost in ["000004", "last"] {
      try FileManager.default.removeItem(atPath: folder.file("halves/checkpoints/\(lost)"))
    }
    let checkpoint = folder.file("halves/checkpoints/000002/pretrained_model/train_config.json")
    let run = try TrainingProgram.run(["--resume=true", "--config_path=\(checkpoint)"])
    try #require(run.status == 0, "\(run.output)")
    for file in [
      "pretrained_model/model.safetensors", "training_state/optimizer_state.safetensors",
    ] {
      let (a, b) = try (
        TextFile.bytes(folder.file("whole/checkpoints/000004/\(file)")),
        TextFile.bytes(folder.file("halves/checkpoints/000004/\(file)"))
      )
      #expect(a == b, "\(file)")
    }
  }

  @Test func aCheckpointIsTrainedFurtherOnAnotherEpisode() throws {
    try train("first", ["--steps=1", "--save_freq=1"])
    let run = try TrainingProgram.run([
      "--policy.path=\(folder.file("first/checkpoints/000001/pretrained_model"))",
      "--dataset.repo_id=local/pusht_demo", "--dataset.root=Fixtures/datasets/pusht_demo",
      "--dataset.episodes=[1]", "--policy.push_to_hub=false", "--batch_size=2", "--steps=1",
      "--num_workers=0", "--output_dir=\(folder.file("second"))",
    ])
    try #require(run.status == 0, "\(run.output)")
    let (before, after) = try (weights("first", step: 1), weights("second", step: 1))
    #expect(Array(before.keys) == Array(after.keys))
    #expect(before["model.state_proj.weight"] != after["model.state_proj.weight"])
    let frozen = "model.vlm_with_expert.vlm.lm_head.weight"
    #expect(before[frozen] == after[frozen] && before[frozen] != nil)
  }

  /// The processors' files keep the model's name; a resumed run has the option.
  @Test func aTokenizerFromAnotherFolderIsEnoughWhereTheModelLacksOne() throws {
    let model = folder.file("model")
    try FileManager.default.createDirectory(atPath: model, withIntermediateDirectories: true)
    for name in ["config.json", "model.safetensors"] {
      try FileManager.default.copyItem(
        atPath: RepositoryFiles.root.appending(path: "\(Self.model)/\(name)").path,
        toPath: "\(model)/\(name)")
    }
    let other = "--policy.vlm_model_name=\(model)"
    let without = try TrainingProgram.run(arguments("without", [other, "--steps=1"]))
    #expect(without.status == 1 && without.output.contains("tokenizer"), "\(without.output)")
    let shared = ["--steps=2", "--save_freq=1"]
    try train("whole", shared)
    try train("other", shared + [other, "--tokenizer_path=\(Self.model)"])
    let processors = try TextFile.read(
      folder.file("other/checkpoints/000001/pretrained_model/policy_preprocessor.json"))
    #expect(processors.contains("\"tokenizer_name\": \"\(model)\""), "\(processors)")
    for lost in ["000002", "last"] {
      try FileManager.default.removeItem(atPath: folder.file("other/checkpoints/\(lost)"))
    }
    let run = try TrainingProgram.run([
      "--resume=true", "--config_path=\(folder.file("other/checkpoints/000001"))",
    ])
    try #require(run.status == 0, "\(run.output)")
    #expect(try weights("other", step: 2) == weights("whole", step: 2))
  }

  @Test func aModelThatIsNotThereIsALine() throws {
    let run = try TrainingProgram.run([
      "--policy.type=smolvla", "--policy.vlm_model_name=no/such-model",
      "--dataset.repo_id=local/pusht_demo", "--dataset.root=Fixtures/datasets/pusht_demo",
      "--policy.push_to_hub=false", "--output_dir=\(folder.file("run"))",
    ])
    #expect(run.status == 1)
    let last = run.output.split(separator: "\n").last ?? ""
    #expect(last.hasPrefix("lerobot-train: error: ") && last.contains("no/such-model"), "\(last)")
  }
}
