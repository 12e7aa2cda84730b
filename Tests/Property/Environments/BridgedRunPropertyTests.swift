import Foundation
import LeRobotCore
import Support
import Testing

/// The program itself evaluates in environments of Python: the server that comes with it, in a Python
/// that has NumPy, with a stand-in for gymnasium.
@Suite(.serialized, .enabled(if: StandIns.python != nil, "needs python3 with NumPy"))
struct BridgedRunPropertyTests {
  private let folder: TemporaryFolder
  private var log: String { folder.file("log") }

  init() throws { folder = try TemporaryFolder() }

  private func run(_ arguments: [String]) throws -> CommandRun {
    try TrainingProgram.run(arguments, environment: StandIns.variables)
  }

  private func train(
    _ output: String, fault: String = "", _ arguments: [String]
  ) throws -> CommandRun {
    try run(
      TrainingProgram.tiny + StandIns.reach(log: log, fault: fault)
        + ["--eval_freq=1", "--output_dir=\(folder.file(output))"] + arguments)
  }

  private func start(fault: String = "", _ arguments: [String] = []) throws -> RunningProgram {
    try TrainingProgram.start(
      TrainingProgram.tiny + StandIns.reach(log: log, fault: fault) + [
        "--steps=2", "--eval_freq=1", "--save_freq=5", "--eval.n_episodes=1000000",
        "--eval.save_videos=0", "--output_dir=\(folder.file("run"))",
      ] + arguments, variables: StandIns.variables)
  }

  private func hasLogged(_ line: String) -> Bool {
    ((try? TextFile.read(log)) ?? "").contains(line + "\n")
  }

  private func result(_ output: String, step: Int) throws -> JSONValue {
    let name = CheckpointLayout.name(step: step, totalSteps: 2)
    return try JSONValue(
      parsing: TextFile.read(folder.file("\(output)/eval/eval_info_step_\(name).json")))
  }

  private func rewards(_ output: String, step: Int) throws -> JSONValue? {
    let metrics = try result(output, step: step)["per_task"]?[0]?["metrics"]
    #expect(metrics?["sum_rewards"]?.arrayValue?.count == 4)
    return metrics?["sum_rewards"]
  }

  private func weights(_ output: String, step: Int) -> Data? {
    let name = CheckpointLayout.name(step: step, totalSteps: 2)
    return FileManager.default.contents(
      atPath: folder.file("\(output)/checkpoints/\(name)/pretrained_model/model.safetensors"))
  }

  // MARK: - Faults

  @Test(arguments: [
    ("dies", "its Python ended, by signal 9"),
    ("hangs", "it did not answer within 3.0 seconds; give it longer: --env.answer_timeout_s="),
  ])
  func aFaultIsALineOfThatEvaluationAndTheTrainingContinues(
    fault: String, problem: String
  ) throws {
    let run = try train("run", fault: fault, ["--steps=2", "--env.answer_timeout_s=3"])
    #expect(run.status == 3, "\(run.output)")
    let line =
      run.output.split(separator: "\n")
      .first { $0.contains("step 1 could not be evaluated: ") } ?? ""
    #expect(line.contains("--env.type=gymnasium --env.task=StandIn/Reach-v0, in "), "\(line)")
    #expect(line.contains(problem), "\(line)")
    #expect(
      line.contains("it last printed: the arm is stuck | the simulator gives up"), "\(line)")
    #expect(hasLogged(fault) && StandIns.areOver(log))
    // The evaluation after that begins with another process.
    #expect(throws: (any Error).self) { try result("run", step: 1) }
    #expect(try result("run", step: 2)["overall"]?["n_episodes"] == 4)
    #expect(try Checkpoint.open(folder.file("run")).readTrainingState().step == 2)
  }

  @Test func ctrlCInAnEvaluationSavesAndEndsItsServer() throws {
    let program = try start()
    try program.wait { ((try? TextFile.read(log)) ?? "").contains("step 20 of ") }
    program.send(SIGINT)
    let (end, output) = program.end()
    #expect(end == .exit(130), "\(output)")
    #expect(StandIns.areOver(log))
    #expect(output.contains("Resume: lerobot-train "), "\(output)")
    #expect(try Checkpoint.open(folder.file("run")).readTrainingState().step == 1)
    #expect(!FileManager.default.fileExists(atPath: folder.file("run/eval")))
  }

  /// A server that hangs cannot be asked to end, and its program waits for its answer.
  @Test func aSecondCtrlCEndsAServerThatHangs() throws {
    let program = try start(fault: "hangs")
    try program.wait { hasLogged("hangs") }
    program.send(SIGINT)
    try program.wait(for: "Stopping after this step")
    program.send(SIGINT)
    let (end, output) = program.end()
    #expect(end == .exit(130), "\(output)")
    // The kernel kills it when the program is gone.
    #expect(StandIns.wait(forEndOf: log))
  }

  // MARK: - Resuming

  @Test func aRunResumesInItsEnvironment() throws {
    let whole = try train("whole", ["--steps=2"])
    try #require(whole.status == 0, "\(whole.output)")
    let part = try train("part", ["--steps=1"])
    try #require(part.status == 0, "\(part.output)")
    let config = folder.file("part/checkpoints/last/pretrained_model/train_config.json")
    // LeRobot reads it.
    #expect(try JSONValue(parsing: TextFile.read(config))["env"] == .null)
    let rest = try run(["--resume=true", "--config_path=\(config)", "--steps=2"])
    try #require(rest.status == 0, "\(rest.output)")
    for step in [1, 2] { #expect(try rewards("part", step: step) == rewards("whole", step: step)) }
    #expect(
      weights("part", step: 2) != nil && weights("part", step: 2) == weights("whole", step: 2))

    // A new run that is configured like it has its environment too.
    let new = try run([
      "--config_path=\(folder.file("whole"))", "--steps=1", "--output_dir=\(folder.file("new"))",
    ])
    try #require(new.status == 0, "\(new.output)")
    #expect(try rewards("new", step: 1) == rewards("whole", step: 1))
    #expect(weights("new", step: 1) == weights("part", step: 1))

    // Options change it: rewards are at most 0 without the shift.
    let changed = try run([
      "--resume=true", "--config_path=\(config)", "--steps=3", #"--env.kwargs={"shift": 100.0}"#,
    ])
    try #require(changed.status == 0, "\(changed.output)")
    let best = try result("part", step: 3)["overall"]?["avg_max_reward"]?.doubleValue ?? 0
    #expect(best > 90)
  }

  // MARK: - A repository's code

  @Test func codeOfARepositoryIsRefusedBeforeAnythingIsWritten() throws {
    let output = folder.file("refused")
    let run = try run(
      TrainingProgram.tiny + ["--env.type=user/name@main:env.py", "--output_dir=\(output)"])
    #expect(run.status == 1)
    #expect(
      run.output
        == "lerobot-train: error: --env.type=user/name@main:env.py runs code of that repository; "
        + "read it, then give --env.trust_remote_code=true\n")
    #expect(!FileManager.default.fileExists(atPath: output))
  }
}
