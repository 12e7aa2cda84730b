import Foundation
import LeRobotCore
import LeRobotEnvs
import Support
import Testing

/// The program evaluates in PushT, and says in a line why where it cannot.
@Suite(.serialized) struct EvaluationRunPropertyTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let isPushTHere =
    (try? makeEnvironment(EnvironmentConfig(type: "pusht"))) != nil
  private static let pushT = ["--env.type=pusht", "--env.episode_length=20"]
  private static let short = pushT + ["--eval.n_episodes=3", "--eval.batch_size=2"]

  private func resume(_ run: String, _ arguments: String...) throws -> CommandRun {
    let config = "\(run)/checkpoints/last/pretrained_model/train_config.json"
    return try TrainingProgram.run(["--resume=true", "--config_path=\(config)"] + arguments)
  }

  @Test(.enabled(if: isPushTHere, "PushT needs Chipmunk: Scripts/setup"))
  func evaluationsLeaveResultsAndVideosAndCanBeMadeAgain() throws {
    let output = folder.file("run")
    let run = try TrainingProgram.run(
      TrainingProgram.smallest + Self.short
        + ["--steps=2", "--num_workers=0", "--output_dir=\(output)"])
    try #require(run.status == 0, "\(run.output)")
    let file = "\(output)/eval/eval_info_step_000002.json"
    let info = try JSONValue(parsing: TextFile.read(file))
    #expect(info["per_task"]?[0]?["metrics"]?["seeds"] == [1000, 1001, 1002])
    #expect(info["overall"]?["n_episodes"] == 3)
    // Three episodes are asked for; the fourth, which ran beside the third, has a video too.
    for episode in 0..<4 {
      let video = "\(output)/eval/videos_step_000002/pusht_0/eval_episode_\(episode).mp4"
      #expect(FileManager.default.fileExists(atPath: video), "\(video)")
    }
    #expect(run.output.contains("∑rwrd:"))
    #expect(run.output.contains("\nVideo: \(output)/eval/videos_step_000002/pusht_0/"))
    #expect(run.output.contains(".mp4 (the best of 4)\n"))

    // The checkpoint alone gives the same episodes, without the dataset.
    let alone = folder.file("alone")
    let evaluated = try TrainingProgram.run([
      "--evaluate=\(output)", "--eval.n_episodes=3", "--eval.batch_size=2", "--eval.save_videos=1",
      "--output_dir=\(alone)",
    ])
    #expect(evaluated.status == 0, "\(evaluated.output)")
    #expect(evaluated.output.contains("95 % interval"))
    let repeated = try JSONValue(parsing: TextFile.read(alone + "/eval_info.json"))
    for numbers in ["sum_rewards", "max_rewards", "successes", "seeds"] {
      #expect(
        repeated["per_task"]?[0]?["metrics"]?[numbers]
          == info["per_task"]?[0]?["metrics"]?[numbers],
        "\(numbers)")
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: alone + "/videos/pusht_0")
        == ["eval_episode_0.mp4"])

    try FileManager.default.removeItem(atPath: output + "/eval")
    let again = try resume(output)
    #expect(again.status == 0, "\(again.output)")
    let second = try JSONValue(parsing: TextFile.read(file))
    #expect(second["per_task"] == info["per_task"])

    // A file where the folder should be: the evaluation fails, and nothing else.
    try FileManager.default.removeItem(atPath: output + "/eval")
    try TextFile.write("", to: output + "/eval")
    let blocked = try resume(output, "--steps=3")
    #expect(blocked.status == 3, "\(blocked.output)")
    #expect(blocked.output.contains("step 3 could not be evaluated: "))
    #expect(try Checkpoint.open(output).readTrainingState().step == 3)
  }

  @Test(.enabled(if: isPushTHere, "PushT needs Chipmunk: Scripts/setup"))
  func aStoppedEvaluationOfACheckpointKeepsWhatIsFinished() throws {
    let (trained, output) = (folder.file("trained"), folder.file("evaluated"))
    let run = try TrainingProgram.run(
      TrainingProgram.smallest + Self.pushT
        + ["--steps=1", "--num_workers=0", "--eval_freq=0", "--output_dir=\(trained)"])
    try #require(run.status == 0, "\(run.output)")
    let program = try TrainingProgram.start([
      "--evaluate=\(trained)", "--eval.n_episodes=100000", "--eval.batch_size=1",
      "--output_dir=\(output)",
    ])
    let videos = output + "/videos/pusht_0"
    try program.wait {
      FileManager.default.fileExists(atPath: videos + "/eval_episode_2.mp4")
    }
    program.send(SIGINT)
    let (end, log) = program.end()
    #expect(end == .exit(130), "\(log)")
    #expect(log.contains("Stopping; episodes that are finished are kept"), "\(log)")
    let info = try JSONValue(parsing: TextFile.read(output + "/eval_info.json"))
    #expect(info["stopped"] == true)
    let count = try #require(info["overall"]?["n_episodes"]?.intValue)
    #expect(count >= 2)
    #expect(log.contains("\nStopped after \(count) of 100000 episodes: \(output)/eval_info.json\n"))
    // The video of the episode that was not finished is gone.
    let filmed = info["overall"]?["video_paths"]?.arrayValue?.compactMap(\.stringValue) ?? []
    #expect(filmed.count == min(count, 10))
    let files = try FileManager.default.contentsOfDirectory(atPath: videos)
    #expect(files.map { "\(videos)/\($0)" }.sorted() == filmed.sorted())

    // Where nothing is trained no training can leave its evaluations out.
    let refused = try TrainingProgram.run([
      "--evaluate=\(trained)", "--env.obs_type=environment_state_agent_pos",
      "--output_dir=\(folder.file("refused"))",
    ])
    #expect(refused.status == 1)
    #expect(
      refused.output.hasSuffix("; choose an environment like the dataset's\n"), "\(refused.output)")
  }

  /// ACT draws nothing when it acts; Diffusion and TD-MPC draw noise from training's generator, VQ-BeT
  /// codes.
  @Test(
    .enabled(if: isPushTHere, "PushT needs Chipmunk: Scripts/setup"),
    arguments: ["act", "diffusion", "vqbet", "tdmpc"])
  func aStopInAnEvaluationLeavesARunThatEndsLikeAnUndisturbedOne(policy: String) throws {
    let smallest =
      switch policy {
      case "act": TrainingProgram.smallest
      case "diffusion": TrainingProgram.smallestDiffusion
      case "tdmpc": TrainingProgram.smallestTDMPC
      default: TrainingProgram.smallestVQBeT + ["--policy.n_vqvae_training_steps=1"]
      }
    let arguments = smallest + Self.pushT + ["--eval_freq=1", "--num_workers=0"]
    let output = folder.file("stopped")
    let program = try TrainingProgram.start(
      arguments + [
        "--steps=2", "--save_freq=5", "--output_dir=\(output)", "--eval.n_episodes=100000",
        "--eval.batch_size=1",
      ])
    try program.wait(for: "Eval policy at step 1\n")
    try program.wait {
      FileManager.default.fileExists(atPath: output + "/eval/videos_step_000001")
    }
    program.send(SIGTERM)
    let (end, log) = program.end()
    #expect(end == .exit(0), "\(log)")
    #expect(try Checkpoint.open(output).readTrainingState().step == 1, "none but this was due")
    #expect(
      !FileManager.default.fileExists(atPath: output + "/eval/videos_step_000001"),
      "nothing is left of it")

    let episodes = ["--eval.n_episodes=1", "--eval.batch_size=1"]
    let resumed = try resume(output, episodes[0], episodes[1])
    try #require(resumed.status == 0, "\(resumed.output)")
    #expect(
      FileManager.default.fileExists(atPath: output + "/eval/eval_info_step_000001.json"))
    let whole = folder.file("whole")
    let run = try TrainingProgram.run(
      arguments + episodes + ["--steps=2", "--output_dir=\(whole)"])
    try #require(run.status == 0, "\(run.output)")
    for file in ["pretrained_model/model.safetensors", "training_state/rng_state.safetensors"] {
      let path = "/checkpoints/000002/" + file
      let (a, b) = (
        FileManager.default.contents(atPath: output + path),
        FileManager.default.contents(atPath: whole + path)
      )
      #expect(a != nil && a == b, "\(file)")
    }
  }

  /// Diffusion draws noise when it acts. An evaluation before the first step takes it back.
  @Test(.enabled(if: isPushTHere, "PushT needs Chipmunk: Scripts/setup"))
  func anEvaluationBeforeTheFirstStepChangesNothingOfTheTraining() throws {
    let (plain, evaluated) = (folder.file("plain"), folder.file("evaluated"))
    let arguments =
      TrainingProgram.smallestDiffusion + Self.pushT + [
        "--steps=1", "--num_workers=0", "--eval.n_episodes=1", "--eval.batch_size=1",
      ]
    let first = try TrainingProgram.run(arguments + ["--output_dir=\(plain)"])
    try #require(first.status == 0, "\(first.output)")
    let second = try TrainingProgram.run(
      arguments + ["--eval.at_start=true", "--output_dir=\(evaluated)"])
    try #require(second.status == 0, "\(second.output)")
    #expect(second.output.contains("Eval policy at step 0\n"))
    #expect(second.output.contains("\nBefore training: success 0.0%, "))
    for file in ["pretrained_model/model.safetensors", "training_state/rng_state.safetensors"] {
      let path = "/checkpoints/000001/" + file
      let bytes = FileManager.default.contents(atPath: plain + path)
      #expect(bytes != nil && bytes == FileManager.default.contents(atPath: evaluated + path))
    }
  }

  /// Diffusion draws noise when it acts. An evaluation whose result cannot be written takes it back.
  @Test(.enabled(if: isPushTHere, "PushT needs Chipmunk: Scripts/setup"))
  func anEvaluationThatFailsLeavesTheGeneratorsAsTheyWere() throws {
    let (plain, failing) = (folder.file("plain"), folder.file("failing"))
    let first = try TrainingProgram.run(
      TrainingProgram.smallestDiffusion + Self.pushT + [
        "--eval_freq=0", "--steps=1", "--num_workers=0", "--output_dir=\(plain)",
      ])
    try #require(first.status == 0, "\(first.output)")
    try FileManager.default.copyItem(atPath: plain, toPath: failing)
    let undisturbed = try resume(plain, "--steps=2")
    try #require(undisturbed.status == 0, "\(undisturbed.output)")
    // A file where the folder of results should be.
    try TextFile.write("", to: failing + "/eval")
    let disturbed = try resume(
      failing, "--steps=2", "--eval_freq=1", "--eval.n_episodes=1", "--eval.batch_size=1")
    #expect(disturbed.status == 3, "\(disturbed.output)")
    for step in [1, 2] {
      #expect(disturbed.output.contains("step \(step) could not be evaluated: "))
    }
    for file in ["pretrained_model/model.safetensors", "training_state/rng_state.safetensors"] {
      let path = "/checkpoints/000002/" + file
      let (a, b) = (
        FileManager.default.contents(atPath: plain + path),
        FileManager.default.contents(atPath: failing + path)
      )
      #expect(a != nil && a == b, "\(file)")
    }
  }

  @Test func whatCannotBeSimulatedIsRefusedBeforeAnythingIsWritten() throws {
    let output = folder.file("refused")
    func refuse(_ arguments: [String], variables: [String] = []) throws -> String {
      let run = try CommandRun(
        variables + [TrainingProgram.path] + TrainingProgram.smallest + arguments
          + ["--output_dir=\(output)"])
      #expect(run.status == 1)
      return run.output
    }
    #expect(
      try refuse(["--env.type=metaworld"], variables: ["LEROBOT_PYTHON=/nowhere"])
        == "lerobot-train: error: LEROBOT_PYTHON=/nowhere: there is no Python; name a program such "
        + "as ENVIRONMENT/bin/python\n")
    #expect(
      try refuse(["--env.type=pusht"], variables: ["LIBCHIPMUNK=/nowhere/libchipmunk.so"])
        .hasPrefix("lerobot-train: error: Chipmunk cannot be opened (/nowhere/libchipmunk.so: "))
    if Self.isPushTHere {
      let refusal = try refuse(["--env.type=pusht", "--env.obs_type=environment_state_agent_pos"])
      #expect(
        refusal.contains(
          "error: the policy looks at observation.image, but --env.type=pusht shows "))
      #expect(
        refusal.hasSuffix(
          "; choose an environment like the dataset's, or train without evaluation "
            + "(--eval_freq=0)\n"))
    }
    #expect(!FileManager.default.fileExists(atPath: output))
  }
}
