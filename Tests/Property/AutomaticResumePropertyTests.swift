import LeRobotCore
import Support
import Testing

/// `--resume=auto`: which checkpoint the same command line continues, in every spelling.
struct AutomaticResumePropertyTests {
  private static let run = "/out/checkpoints"

  /// A run's configuration whose job says where it was read.
  private static func config(_ name: String) -> String {
    #"{"dataset": {"repo_id": "a/b"}, "output_dir": "/out", "job_name": "\#(name)", "policy": {"type": "act", "push_to_hub": false, "device": "cpu"}}"#
  }

  private static func load(
    _ options: [String], checkpoints: [String], damaged: Set<String> = []
  ) throws -> LoadedConfig {
    var files = ["/recipe.json": config("recipe")]
    for name in checkpoints {
      files["\(run)/\(name)/pretrained_model/train_config.json"] = config(name)
    }
    var machine = ConfigMachine.forTests(files: files)
    machine.isWholeCheckpoint = { path in !damaged.contains { path.hasSuffix("/\($0)") } }
    return try ConfigLoader.load(arguments: options, machine: machine)
  }

  private static let resumes = [["--resume=auto"], ["--resume", "auto"]]
  private static let configs = [["--config_path=/recipe.json"], ["--config_path", "/recipe.json"]]

  @Test(arguments: resumes, configs)
  func theSameLineBeginsAndThenContinues(resume: [String], config: [String]) throws {
    let begun = try Self.load(config + resume, checkpoints: [])
    #expect(begun.config.jobName == "recipe" && !begun.config.resume)
    for line in [config + resume, resume + config] {
      let continued = try Self.load(line, checkpoints: ["000002", "000010"])
      #expect(continued.config.jobName == "000010" && continued.config.resume)
      #expect(continued.warnings.isEmpty)
    }
  }

  @Test func aDamagedCheckpointIsPassedOver() throws {
    let line = ["--output_dir=/out", "--resume=auto"]
    let names = ["000002", "000010"]
    let loaded = try Self.load(line, checkpoints: names, damaged: ["000010"])
    #expect(loaded.config.jobName == "000002")
    #expect(loaded.warnings.contains { "\($0)".contains("000010") })
  }

  /// As with every option, the last word counts: a run that exists is no new one.
  @Test(arguments: resumes)
  func theLastWordCounts(resume: [String]) throws {
    let config = ["--config_path=/recipe.json"]
    let error = #expect(throws: ConfigError.self) {
      try Self.load(config + resume + ["--resume=false"], checkpoints: ["000002"])
    }
    #expect(error.map { "\($0)".contains("the directory exists") } == true)
    let loaded = try Self.load(config + ["--resume=false"] + resume, checkpoints: ["000002"])
    #expect(loaded.config.jobName == "000002" && loaded.config.resume)
  }
}
