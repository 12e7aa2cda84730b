import LeRobotCore
import Support
import Testing

/// An environment that LeRobot does not know is saved with options of our own. It comes back from there
/// as LeRobot's own come back from train_config.json, and options change it.
struct SavedEnvironmentPropertyTests {
  private static let weights = "/run/checkpoints/000002/pretrained_model"
  private static let policy =
    #"{"type": "act", "push_to_hub": false, "chunk_size": 8, "n_action_steps": 8}"#
  private static let training = #"""
    {"dataset": {"repo_id": "a/b"}, "policy": {"type": "act", "push_to_hub": false}, "env": null,
     "optimizer": {"type": "adamw"}}
    """#
  private static let options = #"""
    {"backend": "reference",
     "env": {"trust_remote_code": true,
             "own": {"type": "gymnasium", "task": "a/B-v0", "kwargs": {"width": 7, "height": 5}}}}
    """#
  private static let files = [
    "\(weights)/config.json": policy, "\(weights)/train_config.json": training,
    "/run/checkpoints/000002/training_state/run_options.json": options,
  ]

  private func load(
    _ arguments: [String], files: [String: String] = files
  ) throws(ConfigError) -> LoadedConfig? {
    let invocation = try Invocation(arguments: arguments, machine: .forTests(files: files))
    switch invocation {
    case .run(let loaded), .evaluate(let loaded): return loaded
    default: return nil
    }
  }

  /// A new run, one that is resumed, and an evaluation.
  static let uses = [
    ["--config_path=/run"], ["--config_path", "\(weights)/train_config.json"],
    ["--config_path=/run", "--resume=true"], ["--evaluate=/run"],
  ]

  @Test(arguments: uses)
  func itComesBack(use: [String]) throws {
    let loaded = try #require(try load(use))
    let environment = try #require(loaded.config.environment)
    #expect(environment.type == "gymnasium")
    #expect(environment.task == "a/B-v0")
    #expect(environment.fields["kwargs"] == ["width": 7, "height": 5])
    #expect(loaded.options.environment.own == environment, "it is saved again")
    // Of a new run the other options of our own are its own: code is trusted once.
    #expect(loaded.options.environment.trustsRemoteCode == use.contains("--resume=true"))
  }

  @Test(arguments: uses)
  func optionsChangeIt(use: [String]) throws {
    let loaded = try #require(
      try load(use + [#"--env.kwargs={"height": 9}"#, "--env.episode_length=4"]))
    let environment = try #require(loaded.config.environment)
    #expect(environment.task == "a/B-v0")
    #expect(environment.fields["kwargs"] == ["width": 7, "height": 9])
    #expect(environment.fields["episode_length"] == 4)
    #expect(loaded.options.environment.own == environment)
  }

  @Test(arguments: uses)
  func anotherTypeReplacesIt(use: [String]) throws {
    let loaded = try #require(try load(use + ["--env.type=pusht"]))
    #expect(loaded.config.environment?.type == "pusht")
    #expect(loaded.options.environment.own == nil)
    let repository = try #require(try load(use + ["--env.type=user/name"]))
    #expect(repository.config.environment?.type == EnvironmentConfig.hubType)
    #expect(repository.config.environment?.task == "user/name")
  }

  @Test func itIsNamedWithItsFile() throws {
    let loaded = try #require(try load(["--config_path=/run"]))
    let lines = ConfigReport.text(loaded).split(separator: "\n")
    let task = lines.first { $0.hasPrefix("env.task = ") }
    #expect(task?.contains("# run_options.json, line 3, column ") == true, "\(task ?? "none")")
  }

  @Test func anEnvironmentOfTrainConfigComesFirst() throws {
    var files = Self.files
    files["\(Self.weights)/train_config.json"] = Self.training.replacing(
      #""env": null"#, with: #""env": {"type": "pusht"}"#)
    for use in Self.uses {
      #expect(try load(use, files: files)?.config.environment?.type == "pusht", "\(use)")
    }
  }

  @Test func aDamagedOneIsAnErrorInALine() {
    var files = Self.files
    files["/run/checkpoints/000002/training_state/run_options.json"] = #"{"env": {"own": 3}}"#
    for use in Self.uses {
      let error = #expect(throws: ConfigError.self) { try load(use, files: files) }
      let text = error?.description ?? ""
      #expect(text.hasPrefix("run_options.json:1:17: env") && !text.contains("\n"), "\(text)")
    }
  }
}
