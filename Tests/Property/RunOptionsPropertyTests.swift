import LeRobotCore
import Support
import Testing

/// Options of our own.
struct RunOptionsPropertyTests {
  private static let base = [
    "--dataset.repo_id=a/b", "--policy.type=act", "--policy.push_to_hub=false",
  ]

  @Test(arguments: [["--keep_checkpoints=3"], ["--keep_checkpoints", "3"]])
  func theNumberOfCheckpointsIsTaken(option: [String]) throws {
    let loaded = try ConfigLoader.load(arguments: Self.base + option, machine: .forTests())
    #expect(loaded.options.keptCheckpoints == 3)
    // LeRobot would refuse a train_config.json with a field that it does not know.
    #expect(!loaded.config.json.pythonText().contains("keep"))
  }

  @Test(arguments: [
    ("0", "give 1 or more, or null to keep all"), ("-1", "give 1 or more, or null to keep all"),
    ("x", #"expected an integer, found "x""#),
    ("1.5", #"expected an integer, found "1.5""#),
    ("3x", #"expected an integer, found "3x""#),
  ])
  func anythingButAPositiveNumberIsRefused(value: String, reason: String) {
    let option = "--keep_checkpoints=\(value)"
    #expect(Self.error([option]) == "\(option): \(reason)")
  }

  /// The message of what is wrong with a line; nil where nothing is.
  private static func error(
    _ arguments: [String], files: [String: String] = [:], base: [String] = base
  ) -> String? {
    do throws(ConfigError) {
      _ = try ConfigLoader.load(arguments: base + arguments, machine: .forTests(files: files))
      return nil
    } catch {
      return error.description
    }
  }

  // MARK: - Abbreviation

  /// Ours that begin as LeRobot's `save_checkpoint` and `eval_freq` do.
  private struct Lookalikes: ConfigRecord {
    var saveCodec = ""
    var evaluationFolder: String?
    init() {}
    static let fields: [Field<Self>] = [
      Field("save_codec", \.saveCodec, "A codec."),
      Field("eval_folder", \.evaluationFolder, "A folder."),
    ]
  }

  @Test func oursMakeNoAbbreviationOfLeRobotsAmbiguous() {
    let table = OptionTable(ConfigSchema.builtIn.record, own: Lookalikes.recordType)
    let parser = ArgumentParser(
      table, ["--save_c=false", "--eval_f=7", "--save_codec=x", "--eval_folder", "y"])
    #expect(parser.issues.isEmpty)
    #expect(parser.given["save_checkpoint"]?.value == "false")
    #expect(parser.given["eval_freq"]?.value == "7")
    #expect(parser.given["save_codec"]?.value == "x")
    #expect(parser.given["eval_folder"]?.value == "y")
    #expect(ArgumentParser(table, ["--eval_fo=y"]).issues.count == 1)
  }

  @Test func abbreviationsMeanWhatTheyMeanToLeRobot() throws {
    let loaded = try ConfigLoader.load(
      arguments: Self.base + ["--save_c=false", "--eval_f=7"], machine: .forTests())
    #expect(!loaded.config.savesCheckpoints)
    #expect(loaded.config.evaluationFrequency == 7)
  }

  @Test func oursAreNeverAbbreviated() {
    for option in ConfigSchema.builtIn.table.own {
      let short = String(option.name.dropLast())
      // An abbreviation of an option of LeRobot's would be taken for that.
      #expect(ConfigSchema.builtIn.table.matching(short).isEmpty, "\(short)")
      let error = Self.error(["--\(short)=1"])
      let start = "--\(short)=1: unknown option; did you mean --\(option.name)?"
      #expect(error?.hasPrefix(start) == true, "\(error ?? "")")
    }
  }

  @Test func noOptionOfOursHasTheNameOfOneOfLeRobots() {
    let train = OptionTable(ConfigSchema.builtIn.record)
    #expect(ConfigSchema.builtIn.table.own.count == 49)
    #expect(ConfigSchema.builtIn.table.options.count == train.options.count + 49)
  }

  // MARK: - Resuming

  private static let resumed = ["--resume=true", "--config_path=/run"]
  private static let optionsFile = "/run/checkpoints/000003/training_state/run_options.json"

  private static func files(_ options: String) -> [String: String] {
    let config = #"""
      {"dataset": {"repo_id": "a/b"}, "policy": {"type": "act", "push_to_hub": false},
       "optimizer": {"type": "adamw"}}
      """#
    return [
      "/run/checkpoints/000003/pretrained_model/train_config.json": config, optionsFile: options,
    ]
  }

  private static let saved = #"""
    {
        "backend": "reference",
        "keep_checkpoints": 3,
        "dataset": {"frame_cache": "ram"}
    }
    """#

  private static func load(_ arguments: [String], _ options: String) throws -> LoadedConfig {
    try ConfigLoader.load(
      arguments: resumed + arguments, machine: .forTests(files: files(options)))
  }

  @Test func aResumedRunTakesOverWhatItsCheckpointSaved() throws {
    let loaded = try Self.load([], Self.saved)
    #expect(loaded.options.backend == .reference)
    #expect(loaded.options.keptCheckpoints == 3)
    #expect(loaded.options.dataset.frameCache == .ram)
    #expect(loaded.warnings.isEmpty)
    let report = ConfigReport.text(loaded).split(separator: "\n").map(String.init)
    let line = report.first { $0.hasPrefix("keep_checkpoints = 3 ") }
    #expect(line?.hasSuffix("# run_options.json, line 3, column 25") == true, "\(line ?? "none")")
    let cache = report.first { $0.hasPrefix("dataset.frame_cache = ") }
    #expect(cache?.contains("# run_options.json, line 4") == true, "\(cache ?? "none")")
  }

  @Test func theCommandLineCountsMoreThanTheCheckpoint() throws {
    let loaded = try Self.load(
      ["--keep_checkpoints=null", "--dataset.frame_cache=off", "--backend=fast"], Self.saved)
    #expect(loaded.options.keptCheckpoints == nil)
    #expect(loaded.options.dataset.frameCache == .off)
    #expect(loaded.options.backend == .fast)
    let report = ConfigReport.text(loaded)
    #expect(report.contains("# command line: --keep_checkpoints=null"))
  }

  @Test func aNewRunTakesNothingFromACheckpointItStartsFrom() throws {
    let loaded = try ConfigLoader.load(
      arguments: ["--config_path=/run/checkpoints/000003/pretrained_model/train_config.json"],
      machine: .forTests(files: Self.files(Self.saved)))
    #expect(loaded.options == RunOptions())
  }

  @Test(arguments: [
    (#"{"keep_checkpoints": 0}"#, "run_options.json:1:22: keep_checkpoints: give 1 or more"),
    (#"{"backend": "slow"}"#, "run_options.json:1:13: backend: expected one of fast, reference"),
    ("{", "run_options.json: "), ("[]", "run_options.json: expected a dictionary of options"),
  ])
  func aDamagedFileOfOptionsIsAnErrorInALine(text: String, message: String) {
    let error = Self.error(Self.resumed, files: Self.files(text), base: []) ?? "taken"
    #expect(error.contains(message) && !error.contains("\n"), "\(error)")
  }

  @Test func anUnknownSavedOptionIsAWarning() throws {
    let loaded = try Self.load([], #"{"keep_checkpoint": 3}"#)
    #expect(loaded.warnings.map(\.description).contains { $0.contains("keep_checkpoints?") })
  }

  @Test func whatIsSavedIsWhatLasts() throws {
    let loaded = try ConfigLoader.load(
      arguments: Self.base + ["--trace=t", "--dry_run", "--keep_checkpoints=2"],
      machine: .forTests())
    let saved: JSONValue = [
      "backend": "fast", "keep_checkpoints": 2,
      "best_metric": .null, "keep_best": 1, "patience": .null,
      "dataset": [
        "frame_cache": .null, "camera_keys": .null, "eval_split": 0.0, "recompute_stats": false,
      ],
      "policy_fields": .null, "policy_sizes": .null, "tokenizer_path": .null,
      "validation": ["episodes": .null, "root": .null, "action_frames": 200],
      "eval_steps": 0, "max_eval_samples": .null,
      "ema": [
        "enable": false, "decay": .null, "update_after_step": 0, "inv_gamma": 1.0, "power": 0.75,
        "min_decay": 0.0, "max_decay": 0.9999, "use_for_eval": true,
      ],
      "accelerator": ["gradient_accumulation": ["steps": 1]],
      "eval": ["at_start": false, "save_videos": .null],
      "exact_evaluation": false,
      "env": [
        "trust_remote_code": false, "start_timeout_s": 600.0, "answer_timeout_s": 300.0,
        "own": .null,
      ],
      "save_checkpoint_to_hub": false, "tolerance_s": 1e-4, "wandb": ["add_tags": true],
      "tensorboard": ["enable": false], "write_report": true,
    ]
    #expect(loaded.options.saved == saved)
    #expect(loaded.options.program.isDryRun)
  }

  @Test(arguments: [
    (#"["a.b","c"]"#, ["a.b", "c"]), ("[a.b, c]", ["a.b", "c"]), ("['a.b']", ["a.b"]), ("[]", []),
    ("null", nil),
  ])
  func listsAreReadAsLeRobotsAre(text: String, names: [String]?) throws {
    let loaded = try ConfigLoader.load(
      arguments: Self.base + ["--dataset.camera_keys=\(text)"], machine: .forTests())
    #expect(loaded.options.dataset.cameraKeys == names)
    let error = Self.error(["--dataset.camera_keys=a.b"]) ?? ""
    #expect(error.contains("expected a list of text in brackets, found \"a.b\""), "\(error)")
  }

  @Test func withoutItEveryCheckpointStays() throws {
    let loaded = try ConfigLoader.load(arguments: Self.base, machine: .forTests())
    #expect(loaded.options.keptCheckpoints == nil)
  }

  @Test(arguments: RunOptions.FrameCache.allCases)
  func theFrameCacheIsTakenAndStaysOutOfTheFile(choice: RunOptions.FrameCache) throws {
    let loaded = try ConfigLoader.load(
      arguments: Self.base + ["--dataset.frame_cache=\(choice)"], machine: .forTests())
    #expect(loaded.options.dataset.frameCache == choice)
    #expect(!loaded.config.json.pythonText().contains("frame_cache"))
    let without = try ConfigLoader.load(arguments: Self.base, machine: .forTests())
    #expect(without.options.dataset.frameCache == nil)
  }

  @Test(arguments: [
    ("dataset.frame_cach=ram", "dataset.frame_cache"), ("keep_checkpoint=3", "keep_checkpoints"),
    ("dryrun", "dry_run"),
  ])
  func aMistypedOptionOfOursIsKnownToo(option: String, meant: String) {
    do throws(ConfigError) {
      _ = try ConfigLoader.load(arguments: Self.base + ["--\(option)"], machine: .forTests())
      Issue.record("taken")
    } catch {
      #expect(error.description.contains("did you mean --\(meant)?"), "\(error)")
    }
  }

  @Test func anUnknownFrameCacheIsRefused() {
    do throws(ConfigError) {
      _ = try ConfigLoader.load(
        arguments: Self.base + ["--dataset.frame_cache=gpu"], machine: .forTests())
      Issue.record("taken")
    } catch {
      #expect(error.description.contains("--dataset.frame_cache") && "\(error)".contains("disk"))
    }
  }

  @Test(arguments: ["/run", "/run/checkpoints"])
  func aRunWithoutItsLinkResumesFromItsHighestStep(path: String) throws {
    let text = #"""
      {"dataset": {"repo_id": "a/b"}, "policy": {"type": "act", "push_to_hub": false},
       "optimizer": {"type": "adamw"}}
      """#
    let files = ["000002", "000010"].map {
      ("/run/checkpoints/\($0)/pretrained_model/train_config.json", text)
    }
    let loaded = try ConfigLoader.load(
      arguments: ["--resume=true", "--config_path=\(path)"],
      machine: .forTests(files: Dictionary(uniqueKeysWithValues: files)))
    #expect(loaded.config.checkpointPath == "/run/checkpoints/000010")
  }

  @Test func aRunKilledInItsFirstCheckpointDoesNotBlockTheNextOne() throws {
    let loaded = try ConfigLoader.load(
      arguments: Self.base + ["--output_dir=/run"],
      machine: .forTests(
        files: ["/run/checkpoints/.unfinished-000001/pretrained_model/config.json": "{}"]))
    #expect(loaded.config.outputDirectory == "/run")
  }
}
