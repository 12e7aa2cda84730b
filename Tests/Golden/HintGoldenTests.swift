import LeRobotCore
import Support
import Testing

/// What messages tell a user to write is accepted, and mends what was wrong.
@Suite struct HintGoldenTests {
  private static let base = ConfigErrorGoldenTests.base

  /// A mistake, the part of the message that mends it, and the line that follows it.
  @Test(arguments: [
    ("--policy.n_headz=4", "--policy.n_heads", ["--policy.n_heads=4"]),
    ("--no-wandb.enable", "--wandb.enable=false", ["--wandb.enable=false"]),
    (
      "--policy.normalization_mapping.STATE=MIN_MAX",
      #"--policy.normalization_mapping='{"VISUAL": "MEAN_STD", "STATE": "MIN_MAX", "#
        + #""ACTION": "MEAN_STD"}'"#,
      [
        #"--policy.normalization_mapping={"VISUAL": "MEAN_STD", "STATE": "MIN_MAX", "#
          + #""ACTION": "MEAN_STD"}"#
      ]
    ),
    ("--steps", "--steps=100000", ["--steps=100000"]),
    ("steps=3", "--steps=3", ["--steps=3"]),
    ("foo", "--steps=100", ["--steps=100"]),
    ("--trace", "--trace=PATH", ["--trace=PATH"]),
    ("--resume", "--resume=true", ["--resume=true", "--config_path=/c.json"]),
    ("--lr=1", "--policy.optimizer_lr", ["--policy.optimizer_lr=1"]),
    ("--policy.lr=1", "--policy.optimizer_lr", ["--policy.optimizer_lr=1"]),
    ("--chunk_size=200", "--policy.chunk_size", ["--policy.chunk_size=200"]),
    ("--policy.type=ACT", "did you mean act", ["--policy.type=act"]),
    ("--env=pusht", "--env.type=pusht", ["--env.type=pusht"]),
    ("--wandb=true", "--wandb.enable=true", ["--wandb.enable=true"]),
    ("-steps=3", "--steps=3", ["--steps=3"]),
    ("--steps=2e2", "write 200", ["--steps=200"]),
    ("--seed=None", "written null", ["--seed=null"]),
    ("--wandb.enable=1", "write true", ["--wandb.enable=true"]),
    ("--dataset.episodes=0,1", "write [0,1]", ["--dataset.episodes=[0,1]"]),
    ("--dataset.episodes=3", "write [3]", ["--dataset.episodes=[3]"]),
    ("--job_name=@x", #"--job_name='"@x"'"#, [#"--job_name="@x""#]),
    ("--job_name=[a", #"--job_name='"[a"'"#, [#"--job_name="[a""#]),
    (
      "--scheduler.num_warmup_steps=3", "--scheduler.type=diffuser",
      ["--scheduler.num_warmup_steps=3", "--scheduler.type=diffuser"]
    ),
    (
      "--use_policy_training_preset=false",
      "--optimizer.type=adamw --scheduler.type=diffuser --scheduler.name=constant",
      [
        "--use_policy_training_preset=false", "--optimizer.type=adamw", "--scheduler.type=diffuser",
        "--scheduler.name=constant",
      ]
    ),
    (
      "--policy.push_to_hub=true", "--policy.repo_id=USER/NAME",
      ["--policy.push_to_hub=true", "--policy.repo_id=USER/NAME"]
    ),
    ("--policy.push_to_hub=true", "--policy.push_to_hub=false", ["--policy.push_to_hub=false"]),
    (
      "--policy.normalization_mapping={state: MIN_MAX}", "did you mean STATE",
      ["--policy.normalization_mapping={STATE: MIN_MAX}"]
    ),
  ])
  func whatAMessageSaysMendsTheMistake(mistake: String, hint: String, mended: [String]) throws {
    let message = try #require(ConfigErrorGoldenTests.error(Self.base + [mistake])).description
    #expect(message.contains(hint), "\(message)")
    let file = #"{"dataset": {"repo_id": "a/b"}, "policy": {"type": "act"}}"#
    _ = try ConfigLoader.load(
      arguments: Self.base + mended, machine: .forTests(files: ["/c.json": file]))
  }

  @Test func aLineWithoutADatasetIsToldHowToNameOne() throws {
    let rest = Array(Self.base.dropFirst())
    let message = ConfigErrorGoldenTests.error(rest)?.description ?? ""
    #expect(message.contains("give --dataset.repo_id=NAME"), "\(message)")
    _ = try ConfigLoader.load(
      arguments: rest + ["--dataset.repo_id=NAME"], machine: .forTests())
  }

  @Test func optionsOfAFilesPolicyAreSuggested() {
    let file = #"{"dataset": {"repo_id": "a/b"}, "policy": {"type": "diffusion"}}"#
    let message = ConfigErrorGoldenTests.error(
      ["--config_path=/c.json", "--policy.chunk_sise=7"], files: ["/c.json": file])
    #expect(
      message?.description == "--policy.chunk_sise=7: unknown option; --help lists all options")
  }

  /// Every option that any message names exists under that very name, and takes the value it has
  /// there.
  @Test func optionsInMessagesExist() {
    let table = ConfigSchema.builtIn.table
    let messages =
      (ConfigErrorGoldenTests.grammatical + ConfigErrorGoldenTests.others).map(\.message)
      + ConfigWarningGoldenTests.idle.map(\.message)
    var count = 0
    for message in messages {
      // What was typed stands before the colon.
      let remedy = message.split(separator: "; ").dropFirst().joined(separator: "; ")
      for match in remedy.matches(of: /--(?<name>[a-z_.]+[a-z])(=(?<value>'[^']*'|[^\s;,?]+))?/) {
        let name = String(match.name)
        count += 1
        #expect(table[name] != nil || name == "policy.path" || prefixes(name), "\(message)")
        guard let value = match.value, name != "policy.path" else { continue }
        let text = value.filter { $0 != "'" }
        #expect(ArgumentParser(table, ["--\(name)=\(text)"]).issues.isEmpty, "\(message)")
      }
    }
    #expect(count > 40)
  }

  /// `--optimizer` stands for all its options.
  private func prefixes(_ name: String) -> Bool {
    ConfigSchema.builtIn.table.options.contains { $0.name.hasPrefix("\(name).") }
  }
}
