import LeRobotCore
import Support
import Testing

/// Nothing is ignored silently: each option that changes nothing has a warning that names the one
/// that does.
@Suite struct ConfigWarningGoldenTests {
  static let base = ConfigErrorGoldenTests.base

  static func warnings(
    _ arguments: [String], files: [String: String] = [:], devices: Set<String> = ["cpu"]
  ) throws -> [String] {
    let machine = ConfigMachine.forTests(files: files, devices: devices)
    return try ConfigLoader.load(arguments: arguments, machine: machine)
      .warnings.map(\.description)
  }

  @Test func defaultsWarnOfNothing() throws {
    #expect(try Self.warnings(Self.base).isEmpty)
  }

  static let idle: [(options: [String], message: String)] = [
    (
      ["--optimizer.lr=3"],
      "--optimizer.lr=3 has no effect: the policy's preset is used; give --policy.optimizer_lr, or "
        + "give --use_policy_training_preset=false with --optimizer and --scheduler"
    ),
    (
      ["--scheduler.type=diffuser"],
      "--scheduler.type=diffuser has no effect: the policy's preset is used; give "
        + "--use_policy_training_preset=false with --optimizer and --scheduler"
    ),
    (
      ["--eval.n_episodes=60"],
      "--eval.n_episodes=60 has no effect: nothing is evaluated; give --env.type=pusht"
    ),
    (
      ["--wandb.project=x"],
      "--wandb.project=x has no effect: Weights & Biases is off; give --wandb.enable=true"
    ),
    (
      ["--dataset.image_transforms.max_num_transforms=2"],
      "--dataset.image_transforms.max_num_transforms=2 has no effect: image transforms are off; give "
        + "--dataset.image_transforms.enable=true"
    ),
    (
      ["--save_checkpoint=false", "--save_freq=5"],
      "--save_freq=5 has no effect: no checkpoints are written; give --save_checkpoint=true"
    ),
    (
      ["--policy.repo_id=a/b"],
      "--policy.repo_id=a/b has no effect: nothing is uploaded; give --policy.push_to_hub=true"
    ),
    (
      [
        "--use_policy_training_preset=false", "--optimizer.type=adam", "--scheduler.type=diffuser",
        "--policy.optimizer_lr=1",
      ],
      "--policy.optimizer_lr=1 has no effect: --use_policy_training_preset=false takes --optimizer "
        + "and --scheduler; give --optimizer.lr"
    ),
    (
      ["--steps=1", "--step", "2"],
      "--steps=1 has no effect: --steps=2 counts; leave one of them out"
    ),
    (
      ["--env.type=pusht", "--eval_freq=0", "--eval.n_episodes=60"],
      "--eval.n_episodes=60 has no effect: nothing is evaluated; give --eval_freq=20000"
    ),
    (
      ["--env.type=pusht", "--eval_freq=-1", "--env.fps=20"],
      "--env.fps=20 has no effect: nothing is evaluated; give --eval_freq=20000"
    ),
    (
      ["--env.type=pusht", "--eval.use_async_envs=true"],
      "--eval.use_async_envs=true has no effect: environments run side by side anyway; "
        + "--eval.batch_size says how many"
    ),
    (["--eval_freq=5"], "--eval_freq=5 has no effect: nothing is evaluated; give --env.type=pusht"),
    (
      ["--policy.use_vae=false", "--policy.kl_weight=3"],
      "--policy.kl_weight=3 has no effect: the policy has no variational encoder; give "
        + "--policy.use_vae=true"
    ),
    (
      ["--policy.type=act", "--policy.private=true"],
      "--policy.private=true has no effect: nothing is uploaded; give --policy.push_to_hub=true"
    ),
    (
      [
        "--use_policy_training_preset=false", "--optimizer.type=adam", "--scheduler.type=diffuser",
        "--policy.optimizer_lr_backbone=1",
      ],
      "--policy.optimizer_lr_backbone=1 has no effect: --use_policy_training_preset=false takes "
        + "--optimizer and --scheduler; no option of --optimizer does the same; leave it out"
    ),
    (
      ["--backend=reference", "--policy.use_amp=true"],
      "--policy.use_amp=true has no effect: the reference computes in double precision on the "
        + "processor; give --backend=fast"
    ),
    (["--device=cpu"], "--device is an old spelling; write --policy.device"),
    (["--offline.steps=5"], "--offline.steps is an old spelling; write --steps"),
    (["--use_amp=true"], "--use_amp is an old spelling; write --policy.use_amp"),
    (
      ["--policy.device=cuda:1"],
      "--policy.device=cuda:1: not available here (no NVIDIA driver); using cpu"
    ),
    (
      ["--policy.type=diffusion", "--policy.beta_start=0.1"],
      "--policy.beta_start=0.1 has no effect: the schedule squaredcos_cap_v2 has no bounds; give "
        + "--policy.beta_schedule=linear"
    ),
    (
      ["--policy.type=diffusion", "--policy.clip_sample=false", "--policy.clip_sample_range=2"],
      "--policy.clip_sample_range=2 has no effect: samples are not clipped; give "
        + "--policy.clip_sample=true"
    ),
    (
      [
        "--policy.type=diffusion", "--policy.scheduler_name=constant",
        "--policy.scheduler_warmup_steps=2",
      ],
      "--policy.scheduler_warmup_steps=2 has no effect: the schedule constant has no warm-up; give "
        + "--policy.scheduler_name=constant_with_warmup"
    ),
    (
      ["--policy.pretrained_path=/w", "--policy.pretrained_backbone_weights=null"],
      "--policy.pretrained_backbone_weights=null has no effect: the checkpoint brings the weights of "
        + "the whole policy; leave it out"
    ),
  ]

  @Test(arguments: Self.idle)
  func anOptionThatDoesNothingIsNamed(options: [String], message: String) throws {
    // What is given again would be said too.
    let names = options.map { $0.prefix { $0 != "=" } }
    let base = Self.base.filter { option in !names.contains(option.prefix { $0 != "=" }) }
    #expect(try Self.warnings(base + options) == [message])
  }

  @Test func cropsOfADiffusionPolicyNeedASize() throws {
    let found = try Self.warnings(
      Self.base + [
        "--policy.type=diffusion", "--policy.crop_shape=null", "--policy.crop_is_random=false",
      ])
    #expect(
      found.last
        == "--policy.crop_is_random=false has no effect: pictures are not cropped; give "
        + "--policy.crop_shape=[84,84]")
  }

  @Test func theReferenceHasNoOtherDevice() throws {
    let found = try Self.warnings(
      Self.base + ["--backend=reference", "--policy.device=cuda"], devices: ["cuda"])
    #expect(
      found.last
        == "--policy.device=cuda has no effect: the reference computes in double precision on the "
        + "processor; give --backend=fast")
  }

  private static let policyFiles = [
    "/p/config.json": #"{"type": "act", "push_to_hub": false, "device": "cpu"}"#,
    "/q/config.json": #"{"type": "act", "push_to_hub": false, "device": "cpu", "dropout": 0.5}"#,
  ]

  @Test func ofTwoPathsTheFirstCounts() throws {
    let found = try Self.warnings(
      ["--dataset.repo_id=a/b", "--policy.path=/p", "--policy.path=/q"], files: Self.policyFiles)
    #expect(
      found == ["--policy.path=/q has no effect: --policy.path=/p counts; leave one of them out"])
  }

  @Test func ofTwoFilesTheFirstCountsUnlessTheOtherStandsApart() throws {
    var files: [String: String] = [:]
    for (name, steps) in [("/a.json", 1), ("/b.json", 2)] {
      files[name] =
        #"{"dataset": {"repo_id": "a/b"}, "steps": \#(steps), "policy": {"type": "act", "push_to_hub": false, "device": "cpu"}}"#
    }
    let machine = ConfigMachine.forTests(files: files)
    let first = try ConfigLoader.load(
      arguments: ["--config_path=/a.json", "--config_path=/b.json"], machine: machine)
    #expect(first.config.steps == 1)
    #expect(
      first.warnings.map(\.description) == [
        "--config_path=/b.json has no effect: --config_path=/a.json counts; leave one of them out"
      ])
    let second = try ConfigLoader.load(
      arguments: ["--config_path=/a.json", "--config_path", "/b.json"], machine: machine)
    #expect(second.config.steps == 2)
    #expect(
      second.warnings.map(\.description) == [
        "--config_path=/a.json has no effect: --config_path=/b.json counts; leave one of them out"
      ])
  }

  @Test func theWeightsOfAPathReplaceOthers() throws {
    let found = try Self.warnings(
      ["--dataset.repo_id=a/b", "--policy.path=/p", "--policy.pretrained_path=/w"],
      files: Self.policyFiles)
    #expect(
      found == [
        "--policy.pretrained_path=/w has no effect: --policy.path=/p counts; leave one of them out"
      ])
  }

  @Test func anOptimizerThatAFileAsksForNeedsThePresetToBeOff() throws {
    let policy = #""policy": {"type": "act", "push_to_hub": false, "device": "cpu"}"#
    let file = #"{"dataset": {"repo_id": "a/b"}, \#(policy), "optimizer": {"type": "sgd"}}"#
    let files = ["/c.json": file]
    let text =
      "c.json:1:112: optimizer has no effect: the policy's preset is used; give "
      + "--use_policy_training_preset=false"
    #expect(try Self.warnings(["--config_path=/c.json"], files: files) == [text])
    // What a run saved is the preset of its policy; with another one on the command line it is not.
    let saved = try ConfigLoader.load(arguments: Self.base, machine: .forTests()).config
    let savedFiles = ["/c.json": saved.json.pythonText()]
    let again = ["--config_path=/c.json", "--output_dir=/x"]
    #expect(try Self.warnings(again, files: savedFiles).isEmpty)
    #expect(try Self.warnings(again + ["--policy.optimizer_lr=1"], files: savedFiles).isEmpty)
  }

  @Test func mixedPrecisionNeedsADeviceThatHasIt() throws {
    let found = try Self.warnings(
      Self.base.dropLast() + ["--policy.device=mps", "--policy.use_amp=true"], devices: ["mps"])
    #expect(
      found == ["--policy.use_amp=true: not available on mps; computing in float32"])
  }

  @Test func onResumeTheOptimizersOptionsAreTheCheckpointsAndTheRestIsNot() throws {
    let file = #"""
      {"dataset": {"repo_id": "a/b"}, "use_policy_training_preset": false,
       "policy": {"type": "act", "push_to_hub": false, "device": "cpu"},
       "optimizer": {"type": "adam"}, "scheduler": {"type": "diffuser", "num_warmup_steps": 2}}
      """#
    let found = try Self.warnings(
      [
        "--resume=true", "--config_path=/r/checkpoints/000001/pretrained_model/train_config.json",
        "--optimizer.lr=1", "--optimizer.grad_clip_norm=2", "--scheduler.num_warmup_steps=3",
      ],
      files: ["/r/checkpoints/000001/pretrained_model/train_config.json": file])
    #expect(
      found == [
        "--optimizer.lr=1 has no effect: a resumed run takes the optimizer's options from its "
          + "checkpoint; to change them start a new run with "
          + "--policy.path=CHECKPOINT/pretrained_model"
      ])
  }

  @Test func aPolicyFromAPathReplacesTheFilesPolicy() throws {
    let files = [
      "/c.json": #"{"dataset": {"repo_id": "a/b"}, "policy": {"type": "act"}}"#,
      "/p/config.json": #"{"type": "act", "push_to_hub": false, "device": "cpu"}"#,
    ]
    let found = try Self.warnings(["--config_path=/c.json", "--policy.path=/p"], files: files)
    #expect(
      found == [
        "c.json:1:43: policy has no effect: --policy.path=/p replaces the whole policy; override "
          + "its fields by options such as --policy.device=cpu"
      ])
  }

  @Test func fieldsOfAnotherReleaseAreDroppedByName() throws {
    let file =
      #"{"dataset": {"repo_id": "a/b", "old": 1}, "policy": {"type": "act", "device": "cpu", "push_to_hub": false, "chunk_sise": {}}, "extra": 0}"#
    #expect(
      try Self.warnings(["--config_path=/c.json"], files: ["/c.json": file]) == [
        "c.json: fields that are not known here are dropped: dataset.old, policy.chunk_sise (did you "
          + "mean chunk_size?), extra"
      ])
    let one =
      #"{"dataset": {"repo_id": "a/b"}, "policy": {"type": "act", "push_to_hub": false}, "extra": 0}"#
    let found = try Self.warnings(["--config_path=/c.json"], files: ["/c.json": one])
    #expect(found.count == 1)
    #expect(found[0].hasPrefix("c.json:1:"))
    #expect(
      found[0].hasSuffix(": extra: TrainPipelineConfig has no such field here; it is dropped"))
  }

  /// A checkpoint of a run in /run that says its output directory is /old.
  private static func checkpoint() throws -> [String: String] {
    var config = try ConfigLoader.load(
      arguments: base + ["--output_dir=/old"], machine: .forTests()
    ).config
    config.outputDirectory = "/old"
    return [
      "/run/checkpoints/000010/pretrained_model/train_config.json":
        config.json.pythonText(indent: 4)
    ]
  }

  @Test(arguments: ["/pretrained_model/train_config.json", "/pretrained_model", ""])
  func aMovedRunGoesOnWhereItsCheckpointLies(suffix: String) throws {
    let path = "/run/checkpoints/000010" + suffix
    let loaded = try ConfigLoader.load(
      arguments: ["--config_path=\(path)", "--resume=true"],
      machine: .forTests(files: Self.checkpoint()))
    #expect(loaded.config.outputDirectory == "/run")
    #expect(loaded.config.checkpointPath == "/run/checkpoints/000010")
    #expect(
      loaded.config.policy?.common.pretrainedPath == "/run/checkpoints/000010/pretrained_model")
    #expect(
      loaded.warnings.map(\.description) == [
        "output_dir: the checkpoint says /old, but lies in /run; the run continues there"
      ])
  }

  @Test func optimizerOptionsOfAResumedRunAreNamed() throws {
    let found = try Self.warnings(
      [
        "--config_path=/run/checkpoints/000010", "--resume=true", "--output_dir=/x",
        "--optimizer.lr=1", "--policy.optimizer_lr=2", "--seed=3", "--policy.pretrained_path=/w",
      ], files: Self.checkpoint())
    #expect(
      found == [
        "--policy.pretrained_path=/w has no effect: --resume=true counts; leave one of them out",
        "--optimizer.lr=1 has no effect: a resumed run takes the optimizer's options from its "
          + "checkpoint; to change them start a new run with "
          + "--policy.path=CHECKPOINT/pretrained_model",
        "--policy.optimizer_lr=2 has no effect: a resumed run takes optimizer and schedule from its "
          + "checkpoint; start a new run with --policy.path=CHECKPOINT/pretrained_model",
        "--seed=3 has no effect: a resumed run trains on with the generators of its checkpoint; "
          + "for other random numbers start a new run with --policy.path",
      ])
  }
}
