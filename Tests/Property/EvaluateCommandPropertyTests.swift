import Foundation
import LeRobotCore
import Support
import Testing

@testable import LeRobotTraining

/// `--evaluate=CHECKPOINT`: which policy, in which environment, and what is refused.
struct EvaluateCommandPropertyTests {
  private static let weights = "/run/checkpoints/000002/pretrained_model"
  private static let policy = #"{"type": "act", "chunk_size": 8, "n_action_steps": 8}"#
  private static let training = """
    {"dataset": {"repo_id": "a/b"}, "steps": 7, "seed": 3, "rename_map": {"observation.a": "observation.b"},
     "env": {"type": "pusht", "episode_length": 20, "obs_type": "state"}}
    """
  private static let files = [
    "\(weights)/config.json": policy, "\(weights)/train_config.json": training,
    "/alone/config.json": policy,
    "/own/pretrained_model/config.json": policy,
    "/own/training_state/run_options.json":
      #"{"env": {"own": {"type": "gymnasium", "task": "a/B-v0", "kwargs": {}}}}"#,
  ]

  private func load(_ arguments: String...) throws(ConfigError) -> LoadedConfig? {
    let invocation = try Invocation(
      arguments: arguments, machine: .forTests(files: Self.files))
    guard case .evaluate(let loaded) = invocation else { return nil }
    return loaded
  }

  private func error(_ arguments: String...) -> String? {
    do throws(ConfigError) {
      _ = try Invocation(arguments: arguments, machine: .forTests(files: Self.files))
      return nil
    } catch {
      return error.description
    }
  }

  @Test(arguments: [
    ["--evaluate=/run"], ["--evaluate=/run/"], ["--evaluate", "/run"],
    ["--evaluate=/run/checkpoints/000002"], ["--evaluate=\(weights)"],
    ["--evaluate=\(weights)/config.json"], ["--evaluate=/alone", "--evaluate=/run"],
  ])
  func aRunACheckpointAndItsFolderMeanTheSamePolicy(arguments: [String]) throws {
    let machine = ConfigMachine.forTests(files: Self.files)
    guard case .evaluate(let loaded) = try Invocation(arguments: arguments, machine: machine) else {
      Issue.record("\(arguments) does not evaluate")
      return
    }
    #expect(loaded.config.policy?.common.pretrainedPath == Self.weights)
    #expect(loaded.config.policy?.type == "act")
  }

  @Test func theEnvironmentAndTheNamesAreThoseOfTheTraining() throws {
    let loaded = try #require(try load("--evaluate=/run", "--env.episode_length=9"))
    #expect(loaded.config.environment?.type == "pusht")
    #expect(loaded.config.environment?.fields["obs_type"] == "state")
    #expect(loaded.config.environment?.fields["episode_length"] == 9)
    #expect(loaded.config.renameMap == ["observation.a": "observation.b"])
    // What LeRobot's evaluation has by default, whatever the training had.
    #expect(loaded.config.seed == 1000)
    #expect(loaded.config.outputDirectory == "outputs/eval/2026-11-21/15-09-06_pusht_act")
  }

  /// One that LeRobot does not know is not in train_config.json.
  @Test func anEnvironmentOfOurOwnIsFoundAmongTheSavedOptions() throws {
    let loaded = try #require(try load("--evaluate=/own"))
    #expect(loaded.config.environment?.type == "gymnasium")
    #expect(loaded.config.environment?.task == "a/B-v0")
  }

  @Test func anotherEnvironmentReplacesThatOfTheTraining() throws {
    let loaded = try #require(try load("--evaluate=/run", "--env.type=aloha"))
    #expect(loaded.config.environment?.type == "aloha")
    #expect(loaded.config.environment?.fields["episode_length"] == 400)
    #expect(loaded.config.environment?.fields["obs_type"] == "pixels_agent_pos")
  }

  @Test func optionsOfThePolicyAndOfTheEvaluationAreTaken() throws {
    let loaded = try #require(
      try load(
        "--evaluate=/alone", "--env.type=pusht", "--policy.n_action_steps=4",
        "--eval.save_videos=2",
        "--eval.n_episodes=3", "--eval.batch_size=1", "--seed=7", "--backend=reference",
        "--output_dir=/out"))
    #expect(loaded.config.policy?.json["n_action_steps"] == 4)
    #expect(loaded.config.evaluation.episodeCount == 3)
    #expect(loaded.options.evaluation.videoCount == 2)
    #expect(loaded.options.backend == .reference)
    #expect(loaded.config.seed == 7)
    #expect(loaded.config.outputDirectory == "/out")
  }

  /// LeRobot's `--eval={…}` and its abbreviations keep their meaning.
  @Test func noOptionOfTrainingMeansIt() throws {
    let base = ["--dataset.repo_id=a/b", "--policy.type=act", "--policy.push_to_hub=false"]
    let machine = ConfigMachine.forTests(files: Self.files)
    for option in ["--eval_freq=5", "--eval.n_episodes=60", "--eval_f=5"] {
      guard case .run = try Invocation(arguments: base + [option], machine: machine) else {
        Issue.record("\(option) does not train")
        return
      }
    }
  }

  @Test func whatCannotBeEvaluatedIsRefusedInALine() {
    for (message, expected) in [
      (
        error("--evaluate"),
        "--evaluate: needs a checkpoint: RUN, RUN/checkpoints/last, or OWNER/NAME of the hub"
      ),
      (error("--evaluate", "--seed=1"), "--evaluate: needs a checkpoint: RUN,"),
      (error("--evaluate=/nowhere"), "/nowhere: no such file; check --evaluate"),
      (error("--evaluate=/alone"), "--env.type: the checkpoint names no environment; "),
      (
        error("--evaluate=/run", "--steps=3"),
        "it belongs to training; leave it out beside --evaluate"
      ),
      (error("--evaluate=/run", "--dataset.repo_id=a/b"), "it belongs to training"),
      (error("--evaluate=/run", "--env.tpye=aloha"), "did you mean --env.type?"),
      (error("--evaluate=/run", "--policy.path=/alone"), "both name the policy"),
      (error("--evaluate=/run", "--policy.type=act"), "exclude each other"),
      (error("--evaluate=/run", "--eval.save_videos=-1"), "give 0 or more"),
      (error("--evaluate=/run", "--output_dir=\(Self.weights)/config.json"), "a file is there"),
    ] as [(String?, String)] {
      #expect(message?.contains(expected) == true, "\(message ?? "nothing") for \(expected)")
      #expect(message?.contains("\n") == false, "\(message ?? "")")
    }
  }

  @Test func aFinishedEvaluationIsNotReplaced() {
    let machine = ConfigMachine.forTests(
      files: Self.files.merging(["/out/eval_info.json": "{}"]) { $1 })
    #expect(throws: ConfigError.self) {
      try Invocation(arguments: ["--evaluate=/run", "--output_dir=/out"], machine: machine)
    }
  }

  @Test func theHelpShowsWhatAnEvaluationTakes() throws {
    let machine = ConfigMachine.forTests(files: Self.files)
    guard
      case .print(let text, _) = try Invocation(
        arguments: ["--evaluate=/run", "--help"], machine: machine)
    else {
      Issue.record("no help")
      return
    }
    #expect(text.contains("--eval.save_videos") && text.contains("--env.type"))
    #expect(!text.contains("--steps") && !text.contains("--dataset"))
  }

  // MARK: - How well a success rate is known

  /// At either end of the interval the observed rate is as unlikely as 95 % allow: 1.96 standard
  /// deviations away.
  @Test(arguments: [(8, 10), (0, 4), (50, 50), (1, 50), (499, 1000)])
  func theIntervalEndsWhereTheRateBecomesUnlikely(successes: Int, count: Int) {
    let rate = SuccessRate(successes: successes, of: count)
    let observed = Double(successes) / Double(count)
    #expect(rate.rate == observed)
    #expect(rate.interval.lower <= observed && observed <= rate.interval.upper)
    #expect(rate.interval.lower < rate.interval.upper)
    for end in [rate.interval.lower, rate.interval.upper] where end > 0 && end < 1 {
      let deviation = (end * (1 - end) / Double(count)).squareRoot()
      #expect(abs(abs(observed - end) / deviation - 1.959964) < 1e-5, "\(rate.interval)")
    }
  }

  @Test func ofNoEpisodeNothingIsKnown() {
    let rate = SuccessRate(successes: 0, of: 0)
    #expect(rate.rate.isNaN && rate.interval == (0, 1))
  }
}
