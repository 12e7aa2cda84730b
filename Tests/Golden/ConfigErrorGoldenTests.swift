import Foundation
import LeRobotCore
import Support
import Testing

/// The text of each kind of error and warning: our own words, held fixed.
@Suite struct ConfigErrorGoldenTests {
  static let base = [
    "--dataset.repo_id=a/b", "--policy.type=act", "--policy.push_to_hub=false",
    "--policy.device=cpu",
  ]

  static func error(_ arguments: [String], files: [String: String] = [:]) -> ConfigError? {
    do {
      _ = try ConfigLoader.load(arguments: arguments, machine: .forTests(files: files))
      return nil
    } catch {
      return error
    }
  }

  static let grammatical: [(argument: String, message: String)] = [
    (
      "--policy.chunk_sise=7",
      "--policy.chunk_sise=7: unknown option; did you mean --policy.chunk_size?"
    ),
    ("--bogus_option=1", "--bogus_option=1: unknown option; --help lists all options"),
    ("--no-wandb.enable", "--no-wandb.enable: unknown option; write --wandb.enable=false"),
    (
      "--rename_map.a=b",
      #"--rename_map.a=b: unknown option; dictionaries are given whole: --rename_map='{"a": "b"}'"#
    ),
    (
      "--policy.normalization_mapping.STATE=min_max",
      "--policy.normalization_mapping.STATE=min_max: unknown option; dictionaries are given whole: "
        + "--policy.normalization_mapping="
        + #"'{"VISUAL": "MEAN_STD", "STATE": "MIN_MAX", "ACTION": "MEAN_STD"}'"#
    ),
    (
      "--policy.dim=3",
      "--policy.dim=3: could be --policy.dim_model, --policy.dim_feedforward; write one of them out"
    ),
    ("--steps", "--steps: expects an integer; write --steps=100000"),
    (
      "foo", "foo: belongs to no option; options are written --steps=100, without spaces"
    ),
    ("steps=3", "steps=3: belongs to no option; did you mean --steps=3?"),
    (
      "--policy.type=actt",
      "--policy.type=actt: unknown choice; did you mean act? (one of act, diffusion, groot, pi0, "
        + "pi05, smolvla, tdmpc, vqbet, sac, reward_classifier)"
    ),
    ("--backend=slow", "--backend=slow: unknown choice; choose one of fast, reference"),
    ("--trace", "--trace: expects a path, or null; write --trace=PATH"),
    ("--trace=", "--trace: expects a path, or null; write --trace=PATH"),
    ("--dry_run=maybe", "--dry_run=maybe: unknown choice; choose one of true, false"),
    ("-steps=3", "-steps=3: unknown option; options begin with two dashes: --steps=3"),
  ]

  static let others: [(argument: String, message: String)] = [
    ("--steps=2e2", #"--steps=2e2: expected an integer, found "2e2"; write 200"#),
    (
      "--seed=None",
      #"--seed=None: expected an integer, found "None"; nothing is written null"#
    ),
    ("--wandb.enable=1", "--wandb.enable=1: expected true or false, found 1; write true"),
    (
      "--dataset.episodes=0,1",
      #"--dataset.episodes=0,1: expected a list of integers such as [0, 1, 2], found "0,1"; write [0,1]"#
    ),
    (
      "--dataset.episodes=[0, x]",
      #"--dataset.episodes=[0, x]: dataset.episodes.1: expected an integer, found "x""#
    ),
    ("--rename_map=a", #"--rename_map=a: expected a dictionary such as {"a": "b"}, found "a""#),
    (
      "--policy.normalization_mapping={STATE: min_max}",
      "--policy.normalization_mapping={STATE: min_max}: policy.normalization_mapping.STATE: expected "
        + #"one of MIN_MAX, MEAN_STD, IDENTITY, QUANTILES, QUANTILE10, found "min_max"; did you mean MIN_MAX?"#
    ),
    (
      "--job_name=@x",
      "--job_name=@x: found character that cannot start any token; write --job_name='\"@x\"'"
    ),
    (
      "--job_name=include x",
      "--job_name=include x: a value that begins with \"include\" names a file, and there is none at "
        + "\"x\"; write --job_name='\"include x\"'"
    ),
    (
      "--policy.horizon=16",
      "--policy.horizon=16: ACTConfig has no such field; it belongs to diffusion, tdmpc"
    ),
    (
      "--policy={type: act, chunk_sise: 7}",
      "--policy={type: act, chunk_sise: 7}: policy.chunk_sise: ACTConfig has no such field; did you "
        + "mean --policy.chunk_size?"
    ),
    (
      "--dataset.episodes=[0",
      "--dataset.episodes=[0: did not find expected ',' or ']'; give a list of integers such as "
        + "[0, 1, 2], or null"
    ),
    (
      "--dataset.episodes=a,b",
      #"--dataset.episodes=a,b: expected a list of integers such as [0, 1, 2], found "a,b""#
    ),
    ("--steps=None", #"--steps=None: expected an integer, found "None""#),
    (
      "--policy={type: act, horizon: 7, chunk_sise: 7}",
      "--policy={type: act, horizon: 7, chunk_sise: 7}: ACTConfig has no fields horizon, chunk_sise; "
        + "--help --policy.type=act lists its fields"
    ),
    (
      "--policy.chunk_size=50",
      "--policy.chunk_size=50: 50 is less than n_action_steps (100); raise chunk_size or lower "
        + "n_action_steps"
    ),
    (
      "--scheduler.num_warmup_steps=3",
      "--scheduler.type: a value is missing (one of diffuser, vqbet, cosine_decay_with_warmup); give "
        + "--scheduler.type=diffuser"
    ),
    (
      "--use_policy_training_preset=false",
      "--use_policy_training_preset=false: needs an optimizer and a schedule; give "
        + "--optimizer.type=adamw --scheduler.type=diffuser --scheduler.name=constant, say"
    ),
    (
      "--policy.push_to_hub=true",
      "--policy.repo_id: is needed to upload the policy; give --policy.repo_id=USER/NAME, or "
        + "--policy.push_to_hub=false"
    ),
    (
      "--resume=true",
      "--resume=true: needs the run to continue; give --config_path=OUTPUT_DIR"
    ),
    (
      "--policy.device=tpu",
      "--policy.device=tpu: expected cpu, cuda, cuda:N, mps or xpu, found tpu"
    ),
    (
      "--config_path=nowhere/train_config.json",
      "nowhere/train_config.json: no such file; check --config_path"
    ),
    (
      "--config_path=lerobot/act_x",
      "--config_path=lerobot/act_x: no such path here, and there is no way to the hub"
    ),
    (
      "--env.discover_packages_path=x",
      "--env.discover_packages_path=x: Python packages cannot be loaded; use a built-in policy"
    ),
  ]

  @Test(arguments: Self.grammatical)
  func grammaticalErrorsExitWith2(argument: String, message: String) {
    let error = Self.error(Self.base + [argument])
    #expect(error?.description == message)
    #expect(error?.exitStatus == 2)
  }

  @Test(arguments: Self.others)
  func otherErrorsExitWith1(argument: String, message: String) {
    let error = Self.error(Self.base + [argument])
    #expect(error?.description == message)
    #expect(error?.exitStatus == 1)
  }

  @Test func suggestionsAreOfTheChosenPolicy() {
    let line = ["--dataset.repo_id=a/b", "--policy.type=diffusion", "--policy.chunk_sise=7"]
    #expect(
      Self.error(line)?.description
        == "--policy.chunk_sise=7: unknown option; --help lists all options")
  }

  @Test func aPathAndATypeExcludeEachOther() {
    let error = Self.error(["--policy.path=/p", "--policy.type=act"])
    #expect(
      error?.description
        == "--policy.path=/p and --policy.type=act exclude each other; leave out --policy.type: the "
        + "folder's config.json says it")
    #expect(error?.exitStatus == 1)
  }

  @Test func aResumedRunTakesNoOtherPolicy() {
    let error = Self.error(
      ["--dataset.repo_id=a/b", "--resume=true", "--policy.path=/p"],
      files: ["/p/config.json": #"{"type": "act", "push_to_hub": false, "device": "cpu"}"#])
    #expect(
      error?.description
        == "--resume=true and --policy.path=/p exclude each other; leave one of them out: a resumed "
        + "run has the policy of its checkpoint")
  }

  /// Beside `--policy.path` the options keep the names they were typed with.
  @Test(arguments: [
    (
      "--policy.chunk_sise=7", Int32(2),
      "--policy.chunk_sise=7: unknown option; did you mean --policy.chunk_size?"
    ),
    (
      "--policy.dim=7", 2,
      "--policy.dim=7: could be --policy.dim_model, --policy.dim_feedforward; write one of them out"
    ),
    (
      "--policy.chunk_size", 2,
      "--policy.chunk_size: expects an integer; write --policy.chunk_size=100"
    ),
    (
      "--policy.chunk_size=x", 1,
      #"--policy.chunk_size=x: expected an integer, found "x""#
    ),
    (
      "--policy.n_action_steps=200", 1,
      "--policy.chunk_size: 100 is less than n_action_steps (200); raise chunk_size or lower "
        + "n_action_steps"
    ),
  ])
  func overridesOfALoadedPolicyAreNamedAsTyped(option: String, status: Int32, message: String) {
    let error = Self.error(
      ["--dataset.repo_id=a/b", "--policy.path=/p", option],
      files: ["/p/config.json": #"{"type": "act", "push_to_hub": false, "device": "cpu"}"#])
    #expect(error?.description == message)
    #expect(error?.exitStatus == status)
  }

  @Test func theHubWantsAName() {
    // push_to_hub is LeRobot's default.
    let error = Self.error(["--dataset.repo_id=a/b", "--policy.type=act", "--policy.device=cpu"])
    #expect(
      error?.description
        == "--policy.repo_id: is needed to upload the policy; give --policy.repo_id=USER/NAME, or "
        + "--policy.push_to_hub=false")
    #expect(error?.exitStatus == 1)
  }

  @Test(arguments: [
    ("/p/config.json", "{}", "/p/config.json: type: \"\" is no policy; "),
    ("/p/other.json", "{}", "/p/config.json: no such file; give a directory with config.json "),
    (
      "/p/pretrained_model/config.json", "{}",
      "/p/config.json: no such file; give --policy.path=/p/pretrained_model"
    ),
  ])
  func aPolicyPathWithoutAPolicyIsExplained(path: String, text: String, message: String) {
    let error = Self.error(["--dataset.repo_id=a/b", "--policy.path=/p"], files: [path: text])
    #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
  }

  @Test func aFileThatCannotBeReadIsNamed() {
    struct Unreadable: ConfigFileSystem {
      func kind(of path: String) -> FileKind? { .file }
      func contents(of path: String) throws -> Data { throw CocoaError(.fileReadNoPermission) }
      func entries(of directory: String) -> [String] { [] }
      func resolved(_ path: String) -> String { path }
    }
    var machine = ConfigMachine.forTests()
    machine.files = Unreadable()
    let error = #expect(throws: ConfigError.self) {
      try ConfigLoader.load(arguments: ["--config_path=/c.json"], machine: machine)
    }
    #expect(error?.description.hasPrefix("/c.json: cannot be read (") == true)
  }

  @Test func severalErrorsAreReportedTogether() {
    let error = Self.error(Self.base + ["--steps=x", "--seed=y", "--policy.n_heads=z"])
    #expect(
      error?.description == """
        --policy.n_heads=z: expected an integer, found "z"
        --seed=y: expected an integer, found "y"
        --steps=x: expected an integer, found "x"
        """)
  }

  @Test(arguments: [
    (
      "{\n  \"dataset\": {\"repo_id\": \"a/b\"},\n  \"seed\": \"x\"\n}",
      #"c.json:3:11: seed: expected an integer, found "x""#
    ),
    (
      "{\n  \"seed\": 1,\n}",
      #"/c.json: line 3, column 1: expected a key in double quotes, found "}""#
    ),
    ("[1]", "/c.json: expected a dictionary of options, found a list"),
    ("{}", "--dataset.repo_id: a value is missing (a text); give --dataset.repo_id=NAME"),
  ])
  func errorsInFilesSayWhere(text: String, message: String) {
    let error = Self.error(["--config_path=/c.json"], files: ["/c.json": text])
    #expect(error?.description == message)
    #expect(error?.exitStatus == 1)
  }

  @Test func otherFormatsSayWhatIsRead() {
    #expect(
      Self.error(["--config_path=/c.toml"], files: ["/c.toml": "a = 1"])?.description
        == "/c.toml: TOML is not read; write it as JSON or YAML")
    #expect(
      Self.error(["--config_path=/c.yaml"], files: ["/c.yaml": "a: [1,\nb: ]]"])?.description
        == "/c.yaml: line 2, column 5: did not find expected key")
  }

  @Test func aTypeThatTheFileDoesNotDescribeIsNoMixture() {
    let file = #"{"dataset": {"repo_id": "a/b"}, "policy": {"type": "act", "chunk_size": 5}}"#
    let error = Self.error(
      ["--config_path=/c.json", "--policy.type=diffusion"], files: ["/c.json": file])
    #expect(
      error?.description
        == "--policy.type=diffusion: c.json describes another policy (act), whose fields diffusion "
        + "does not have (chunk_size); remove \"policy\" from the file, or leave out "
        + "--policy.type=diffusion")
  }

  /// The defaults of another policy: 18 fields, one cause, one line.
  @Test func aFileOfAnotherPolicyIsOneLine() throws {
    let saved = try ConfigLoader.load(arguments: Self.base, machine: .forTests()).config
    let error = Self.error(
      ["--config_path=/c.json", "--policy.type=diffusion", "--output_dir=/x"],
      files: ["/c.json": saved.json.pythonText()])
    let text = error?.description ?? ""
    #expect(!text.contains("\n") && text.count < 600, "\(text)")
    for part in ["(act)", "chunk_size, ", "--policy.type=diffusion"] {
      #expect(text.contains(part), "\(part): \(text)")
    }
  }

  @Test func optionsOfAnotherPolicyAreOneLine() {
    let error = Self.error(
      Self.base + ["--policy.down_dims=[8]", "--policy.horizon=8", "--policy.kernel_size=3"])
    #expect(
      error?.description == """
        --policy.down_dims=[8], --policy.kernel_size=3: ACTConfig has no such fields; they belong to \
        diffusion
        --policy.horizon=8: ACTConfig has no such field; it belongs to diffusion, tdmpc
        """)
  }

  /// However long what was typed, a message stays short enough to read.
  @Test(arguments: [
    "--policy={type: act, \((0..<90).map { "field_\($0): 1" }.joined(separator: ", "))}",
    "--policy.=1", "--\(String(repeating: "x", count: 2000))=1",
    "--steps=\(String(repeating: "9", count: 2000))",
    "--policy.type=\(String(repeating: "a", count: 2000))", String(repeating: "b", count: 2000),
    "--job_name=@\(String(repeating: "c", count: 2000))",
    "--rename_map={\(String(repeating: "d: [1], ", count: 300))}",
  ])
  func noMessageIsLong(argument: String) {
    let error = Self.error(Self.base + [argument])
    #expect(error?.issues.isEmpty == false)
    for issue in error?.issues ?? [] {
      #expect(issue.description.count < 600, "\(issue)")
    }
  }

  @Test func anExistingOutputDirectoryIsNamed() {
    let line = Self.base + ["--output_dir=/run"]
    #expect(
      Self.error(line, files: ["/run/y": ""])?.description
        == "--output_dir=/run: the directory exists; give another one, or remove it")
    let config = "/run/checkpoints/last/pretrained_model/train_config.json"
    #expect(
      Self.error(line, files: [config: "{}"])?.description
        == "--output_dir=/run: the directory exists; give another one, or continue its run with "
        + "--resume=true --config_path=\(config)")
    let file = Self.error(Self.base + ["--output_dir=/run"], files: ["/run": ""])
    #expect(
      file?.description
        == "--output_dir=/run: a file is there; give another folder, or remove it")
  }
}
