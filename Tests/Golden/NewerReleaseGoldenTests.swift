import Foundation
import LeRobotCore
import Support
import Testing

/// Files and options of LeRobot 0.6.1 (`Fixtures/generate/newer_checkpoints.py`).
@Suite struct NewerReleaseGoldenTests {
  private static let base = ConfigErrorGoldenTests.base

  private static func entries() throws -> [JSONValue] {
    let file = RepositoryFiles.fixtures.appending(path: "config/newer.jsonl")
    return try RepositoryFiles.lines(file).map { try JSONValue(parsing: $0) }
  }

  private static func load(
    _ arguments: [String], _ files: [String: String] = [:]
  ) throws -> LoadedConfig {
    try ConfigLoader.load(arguments: arguments, machine: .forTests(files: files))
  }

  // MARK: - Files

  @Test func aRunsFileIsTakenWithOneNote() throws {
    let entries = try Self.entries()
    #expect(entries.map { $0["policy"]?.stringValue } == ["act", "diffusion"])
    for entry in entries {
      let text = try #require(entry["train_config"]).pythonText()
      let loaded = try Self.load(["--config_path=/c.json", "--output_dir=/x"], ["/c.json": text])
      #expect(
        loaded.config.evaluationFrequency == entry["train_config"]?["env_eval_freq"]?.intValue)
      let notes = loaded.warnings.map(\.description)
      #expect(notes.count == 1, "\(notes)")
      #expect(notes.first?.hasPrefix("c.json: a newer LeRobot wrote it; ") == true, "\(notes)")
      for name in ["prefetch_factor", "cudnn_deterministic", "policy.use_peft", "job.target"] {
        #expect(Self.newerFields(loaded).contains(name), "\(name)")
      }
      // What 0.4.2 knows is as the file says.
      for (key, value) in loaded.config.policy?.json.objectValue ?? [:]
      where key != "replace_final_stride_with_dilation" {  // false reads as 0, there too
        #expect(value == entry["train_config"]?["policy"]?[key], "\(key)")
      }
    }
  }

  @Test func aPolicysFileIsTakenWithOneNote() throws {
    for entry in try Self.entries() {
      let text = try #require(entry["config"]).pythonText()
      let loaded = try Self.load(
        ["--dataset.repo_id=a/b", "--policy.path=/p"], ["/p/config.json": text])
      #expect(loaded.warnings.count == 1, "\(loaded.warnings)")
      #expect(Self.newerFields(loaded).contains("use_peft"))
      #expect(loaded.config.policy?.type == entry["policy"]?.stringValue)
    }
  }

  /// Uploaded checkpoints are for LeRobot 0.6, whose torch asks for each of its keys.
  @Test func aScheduleIsGivenTheKeysOfANewerTorch() throws {
    let state = { (folder: String) throws -> String in
      let path = "policies/diffusion/\(folder)/training_state/scheduler_state.json"
      return try String(contentsOf: RepositoryFiles.fixtures.appending(path: path), encoding: .utf8)
    }
    let renewed = try #require(
      LearningRateSchedule.stateOfNewerTorch(try state("checkpoint_adam")))
    let (ours, theirs) = (
      try JSONValue(parsing: renewed), try JSONValue(parsing: try state("checkpoint_0_6_1"))
    )
    #expect(ours.objectValue?.keys == theirs.objectValue?.keys)
    #expect(ours["_is_initial"] == theirs["_is_initial"])
    #expect(LearningRateSchedule.stateOfNewerTorch("{}") == nil)
  }

  private static func newerFields(_ loaded: LoadedConfig) -> [String] {
    loaded.warnings.flatMap { warning in
      if case .newerFields(_, let names) = warning { names } else { [] as [String] }
    }
  }

  @Test func anotherPolicyThanTheFilesIsOneLine() throws {
    let text = try #require(Self.entries().first?["train_config"]).pythonText()
    let error = ConfigErrorGoldenTests.error(
      ["--config_path=/c.json", "--policy.type=diffusion", "--output_dir=/x"],
      files: ["/c.json": text])
    let message = error?.description ?? ""
    #expect(message.hasPrefix("--policy.type=diffusion: c.json describes another policy (act), "))
    #expect(!message.contains("\n") && !message.contains("use_peft"), "\(message)")
  }

  /// What would train otherwise there than here stops the run.
  @Test(arguments: [
    ("peft", #"{"r": 8}"#, "fine-tuning by adapters"), ("use_rabc", "true", "weighting of samples"),
    ("sample_weighting", #"{"type": "rabc"}"#, "weighting of samples"),
    ("reward_model", "{}", "reward model"),
    ("job", #"{"target": "a10g"}"#, "another machine"),
  ])
  func aFileThatAsksForWhatIsNotDoneIsRefused(key: String, value: String, what: String) {
    let file = #"""
      {"dataset": {"repo_id": "a/b"}, "policy": {"type": "act", "push_to_hub": false},
      "\#(key)": \#(value)}
      """#
    let error = ConfigErrorGoldenTests.error(["--config_path=/c.json"], files: ["/c.json": file])
    let message = error?.description ?? ""
    #expect(message.hasPrefix("c.json:2:") && message.contains(": \(key)"), "\(message)")
    #expect(message.contains(what) && message.contains("is not done here"), "\(message)")
    #expect(!message.contains("\n") && error?.exitStatus == 1)
  }

  // MARK: - Options

  @Test(arguments: [["--env_eval_freq=7"], ["--env_eval_freq", "7"]])
  func aNewNameOfAnOptionSetsTheOldOne(option: [String]) throws {
    let loaded = try Self.load(Self.base + ["--env.type=pusht"] + option)
    #expect(loaded.config.evaluationFrequency == 7)
    #expect(
      loaded.warnings.map(\.description)
        == ["--env_eval_freq is newer LeRobot's name of --eval_freq, which is set"])
  }

  @Test(arguments: [
    "--prefetch_factor=2", "--persistent_workers=false", "--cudnn_deterministic=true",
    "--dataset.return_uint8=true", "--policy.use_peft=false",
    "--peft=null", "--job.target=local",
    "--dataloader_multiprocessing_context=fork",
  ])
  func anOptionThatChangesNothingHereIsTakenWithANote(option: String) throws {
    for file in [false, true] {
      let saved = try Self.load(Self.base).config.json.pythonText()
      let loaded = try Self.load(
        file ? ["--config_path=/c.json", "--output_dir=/x", option] : Self.base + [option],
        ["/c.json": saved])
      let warnings = loaded.warnings.map(\.description)
      #expect(
        warnings.count == 1 && warnings[0].hasPrefix("\(option) has no effect: "), "\(warnings)")
    }
  }

  @Test func optionsBesideAPathAreTakenToo() throws {
    let files = ["/p/config.json": #"{"type": "act", "push_to_hub": false, "device": "cpu"}"#]
    let loaded = try Self.load(
      ["--dataset.repo_id=a/b", "--policy.path=/p", "--policy.use_peft=false"], files)
    #expect(
      loaded.warnings.map(\.description)
        == ["--policy.use_peft=false has no effect: it asks for what is done anyway; leave it out"])
  }

  @Test(arguments: [
    "--peft.r=8", "--peft.method_type=LORA", "--policy.use_peft=true",
    "--sample_weighting.type=rabc", "--job.target=a10g",
  ])
  func anOptionThatAsksForWhatIsNotDoneIsRefused(option: String) {
    let error = ConfigErrorGoldenTests.error(Self.base + [option])
    let message = error?.description ?? ""
    #expect(message.hasPrefix("\(option): ") && message.contains("is not done here"), "\(message)")
    #expect(error?.exitStatus == 1 && !message.contains("\n"))
  }

  @Test func newerOptionsTakeNoPartInAbbreviations() throws {
    #expect(try Self.load(Self.base + ["--job=x"]).config.jobName == "x")
    #expect(try Self.load(Self.base + ["--save_c=false"]).config.savesCheckpoints == false)
    for option in ["--prefetch=2", "--env_eval_f=2", "--cudnn=true"] {
      #expect(ConfigErrorGoldenTests.error(Self.base + [option])?.exitStatus == 2, "\(option)")
    }
  }

  /// LeRobot 0.4.2 refuses a file with a field that it does not know.
  @Test func nothingThatIsWrittenNamesANewerField() throws {
    for entry in try Self.entries() {
      let text = try #require(entry["train_config"]).pythonText()
      let config = try Self.load(["--config_path=/c.json", "--output_dir=/x"], ["/c.json": text])
        .config
      for field in NewerField.all {
        var value: JSONValue? = config.json
        for key in field.path.keys { value = value?[key] }
        #expect(value == nil, "\(field.path)")
      }
    }
  }
}
