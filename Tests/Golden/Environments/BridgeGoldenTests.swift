import FakeHub
import Foundation
import LeRobotCore
import LeRobotEnvs
import Support
import Testing

/// Environments of Python through the bridge against the same in LeRobot's own evaluation, both in the
/// Python of `LEROBOT_PEER`: every observation, reward, success, average and sentence.
@Suite(.serialized, .enabled(if: LeRobotPeer.folder != nil, "needs LEROBOT_PEER"))
struct BridgeGoldenTests {
  private static let base = [
    "--dataset.repo_id=a/b", "--policy.type=act", "--policy.push_to_hub=false",
  ]
  private static let seed = 1000

  private static func environment(_ options: [String]) throws -> EnvironmentConfig {
    let loaded = try ConfigLoader.load(arguments: base + options, machine: .forTests())
    return try #require(loaded.config.environment)
  }

  /// LeRobot's answer.
  private static func lerobots(
    _ environment: EnvironmentConfig, episodes: Int, batch: Int, _ variables: [String: String]
  ) throws -> JSONValue {
    let run = try CommandRun(
      [
        LeRobotPeer.python, "Scripts/evaluate_scripted", environment.json.pythonText(),
        "--episodes=\(episodes)", "--batch=\(batch)", "--seed=\(seed)",
      ], environment: variables)
    try #require(run.status == 0, "\(run.output)")
    let line = run.output.split(separator: "\n").last { $0.hasPrefix("{") } ?? ""
    return try JSONValue(parsing: String(line))
  }

  private static func suite(
    _ environment: EnvironmentConfig, batch: Int, _ variables: [String: String]
  ) throws -> EvaluationSuite {
    try EvaluationSuite(environment, count: batch) { () throws(EnvironmentError) in
      var settings = BridgeSettings(
        python: LeRobotPeer.python,
        server: RepositoryFiles.root.appending(path: "Scripts/environment_server.py").path,
        variables: ProcessInfo.processInfo.environment.merging(variables) { $1 })
      settings.seed = UInt64(seed)
      return settings
    }
  }

  private static func evaluate(
    _ suite: EvaluationSuite, _ actor: ScriptedActor, episodes: Int
  ) throws -> EvaluationReport {
    try #require(
      try suite.evaluate(
        actor, plan: EvaluationPlan(episodeCount: episodes, firstSeed: UInt64(seed)),
        openVideo: FrameRecorder.Films().open
      ) { _ in true })
  }

  private static func expect(_ actor: ScriptedActor, saw golden: JSONValue?) throws {
    let seen = try #require(golden?.arrayValue)
    #expect(actor.seen.count == seen.count)
    for (step, (ours, theirs)) in zip(actor.seen, seen).enumerated() {
      let theirs = theirs.objectValue.map { Dictionary(uniqueKeysWithValues: Array($0)) } ?? [:]
      try #require(ours == theirs, "step \(step): \(ours) and \(theirs)")
    }
  }

  /// Evaluates in both.
  private static func compare(
    _ options: [String], width: Int, episodes: Int, batch: Int, _ variables: [String: String] = [:]
  ) throws -> (report: EvaluationReport, actor: ScriptedActor) {
    let environment = try environment(options)
    let variables = variables.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
    let answer = try lerobots(environment, episodes: episodes, batch: batch, variables)
    let actor = ScriptedActor(width: width)
    let report = try evaluate(
      suite(environment, batch: batch, variables), actor, episodes: episodes)
    try expect(actor, saw: answer["seen"])
    var info = report.info(withSeeds: false)
    var overall = try #require(info["overall"]?.objectValue)
    for key in ["eval_s", "eval_ep_s"] { overall[key] = nil }
    info["overall"] = .object(overall)
    #expect(difference(.object(info), try #require(answer["info"])) == nil)
    return (report, actor)
  }

  /// LIBERO's assets come from the hub; a module of its interface stands in for it.
  @Test func suitesOfTasksAreEvaluatedAndAveragedAsLeRobotDoes() throws {
    let (report, actor) = try Self.compare(
      ["--env.type=libero", "--env.task=libero_spatial,libero_object", "--env.init_states=false"],
      width: 7, episodes: 3, batch: 2, ["PYTHONPATH": StandIns.folder()])
    let tasks = report.tasks.map { "\($0.group)_\($0.id)" }
    #expect(tasks == ["libero_spatial_0", "libero_spatial_1", "libero_object_0"])
    #expect(report.tasks.allSatisfy { $0.episodes.count == 3 && $0.episodes[0].isSuccess })
    let groups = report.info(withSeeds: false)["per_group"]
    #expect(groups?["libero_spatial"]?["n_episodes"] == 6)
    #expect(groups?["libero_object"]?["n_episodes"] == 3)
    // Its state is position, axis and angle, and gripper.
    let state = actor.seen.first?["observation.state"]?.stringValue ?? ""
    #expect(state.hasPrefix("[2, 8] "), "\(state)")
    #expect(actor.seen.first?["task"] == ["lift the bowl", "lift the bowl"])
  }

  /// Of a picture whose red is its row and whose green is its column both are turned.
  @Test func liberosPicturesAreTurned() throws {
    let environment = try Self.environment([
      "--env.type=libero", "--env.task=libero_object", "--env.init_states=false",
    ])
    let suite = try Self.suite(environment, batch: 1, ["PYTHONPATH": StandIns.folder()])
    let vector = try suite.tasks[0].make(1)
    let picture = try #require(try vector.reset(seeds: [1])[0].images["observation.images.image"])
    // Q-LIBERO-1: the configuration's sizes are not passed on.
    #expect(picture.height == 256 && picture.width == 256)
    #expect(Array(picture.pixels.prefix(3)) == [255, 255, 10])
    #expect(Array(picture.pixels.suffix(3)) == [0, 0, 10])
  }

  /// PushT is evaluated natively; through the bridge it is gym_pusht's own.
  @Test(
    .enabled(if: isPushTHere, "PushT needs Chipmunk: Scripts/setup"),
    arguments: ["environment_state_agent_pos", "pixels_agent_pos"])
  func pushTThroughTheBridgeIsPushTNatively(kind: String) throws {
    let native = EnvironmentConfig(
      type: "pusht", fields: ["obs_type": .string(kind), "episode_length": 20])
    let options: JSONValue = ["obs_type": .string(kind)]
    let served = try Self.environment([
      "--env.type=gymnasium", "--env.task=gym_pusht/PushT-v0", "--env.episode_length=20",
      "--env.kwargs=\(options.pythonText())",
    ])
    let actors = (ScriptedActor(width: 2), ScriptedActor(width: 2))
    let first = try Self.evaluate(EvaluationSuite(native, count: 2), actors.0, episodes: 4)
    let second = try Self.evaluate(
      Self.suite(served, batch: 2, ["SDL_VIDEODRIVER": "dummy"]), actors.1, episodes: 4)
    // The overlap of block and goal is another polygon clipping's.
    for (ours, theirs) in zip(first.tasks[0].episodes, second.tasks[0].episodes) {
      #expect(abs(ours.sumReward - theirs.sumReward) < 1e-12)
      #expect(abs(ours.maximumReward - theirs.maximumReward) < 1e-12)
      #expect(ours.isSuccess == theirs.isSuccess && ours.seed == theirs.seed)
      #expect(ours.opening == theirs.opening)
    }
    #expect(first.tasks[0].episodes.contains { $0.sumReward > 0 })
    #expect(actors.0.seen == actors.1.seen && actors.0.seen.count == 40)
    #expect(Set(actors.0.seen.map { "\($0)" }).count == 40, "something moves")
  }

  private static let isPushTHere =
    (try? makeEnvironment(EnvironmentConfig(type: "pusht"))) != nil

  @Test(.enabled(if: LeRobotPeer.has("metaworld"), "LEROBOT_PEER has no metaworld"))
  func metaWorldThroughTheBridgeIsLeRobots() throws {
    let (report, actor) = try Self.compare(
      ["--env.type=metaworld", "--env.task=push-v3"], width: 4, episodes: 3, batch: 2,
      ["PYTHONPATH": StandIns.folder("short"), "METAWORLD_STEPS": "4", "MUJOCO_GL": "egl"])
    #expect(report.tasks[0].episodes.map(\.seed) == [1000, 1001, 1002])
    #expect(actor.seen.count == 8)
    #expect(actor.seen.first?["task"] == ["Push the puck to a goal", "Push the puck to a goal"])
  }

  @Test(.enabled(if: LeRobotPeer.has("gym_hil"), "LEROBOT_PEER has no gym_hil"))
  func gymManipulatorThroughTheBridgeIsLeRobots() throws {
    let environment = try Self.environment([
      "--env.type=gym_manipulator", "--env.name=gym_hil", "--env.task=PandaPickCube-v0",
    ])
    let variables = ["MUJOCO_GL": "egl", "PYTHONDONTWRITEBYTECODE": "1"]
    let answer = try Self.lerobots(environment, episodes: 1, batch: 1, variables)
    let vector = try Self.suite(environment, batch: 1, variables).tasks[0].make(1)
    let actor = ScriptedActor(width: vector.actionWidth)
    var observations = try vector.reset(seeds: [UInt64(Self.seed)])
    var rewards: [Double] = []
    for _ in 0..<10 {
      let step = try vector.step([actor.act(Batch(observations)).doubles])
      (observations, rewards) = (step.observations, rewards + step.rewards)
    }
    try Self.expect(actor, saw: answer["seen"])
    #expect(answer["rewards"]?.arrayValue?.compactMap(\.doubleValue) == rewards)
  }

  // MARK: - A repository of environments

  private static let code = """
    import gymnasium
    import numpy as np


    class Reach(gymnasium.Env):
        metadata = {"render_modes": ["rgb_array"], "render_fps": 5}
        render_mode = "rgb_array"
        action_space = gymnasium.spaces.Box(-1, 1, (3,), np.float32)
        observation_space = gymnasium.spaces.Dict(
            {
                "agent_pos": gymnasium.spaces.Box(-9, 9, (3,), np.float64),
                "environment_state": gymnasium.spaces.Box(-9, 9, (2,), np.float64),
            }
        )

        def seen(self):
            return {"agent_pos": self.place, "environment_state": self.goal}

        def reset(self, seed=None, options=None):
            super().reset(seed=seed)
            self.place, self.goal = self.np_random.uniform(-1, 1, 3), self.np_random.uniform(-1, 1, 2)
            return self.seen(), {"is_success": False}

        def step(self, action):
            self.place = self.place + action / 8
            return self.seen(), -float(np.abs(self.place).max()), False, False, {"is_success": False}

        def render(self):
            return np.zeros((64, 64, 3), np.uint8)


    def make_env(n_envs=1, use_async_envs=False):
        make = [lambda: gymnasium.wrappers.TimeLimit(Reach(), 5)] * n_envs
        return gymnasium.vector.SyncVectorEnv(make)
    """

  /// The whole program, with a hub on loopback.
  @Test func aRepositorysEnvironmentIsFetchedWhereItIsTrustedAndResumedWithoutTheHub() throws {
    let fixture = try HubFixture()
    try fixture.add(.model, "lab/reach", ["envs/reach.py": .text(Self.code)])
    func run(_ arguments: [String], offline: Bool = false) throws -> CommandRun {
      try TrainingProgram.run(
        arguments,
        environment: fixture.variables([
          "HF_TOKEN": "", "HF_HUB_OFFLINE": offline ? "1" : "0", "no_proxy": "*",
          "HF_HUB_CACHE": fixture.cache, "HF_LEROBOT_HOME": "",
          "LEROBOT_PYTHON": LeRobotPeer.python,
        ]))
    }
    let (output, refused) = (fixture.folder.file("run"), fixture.folder.file("refused"))
    let options = [
      "--env.type=lab/reach@main:envs/reach.py", "--steps=1", "--eval.n_episodes=2",
      "--eval.batch_size=2",
    ]
    let first = try run(TrainingProgram.tiny + options + ["--output_dir=\(refused)"])
    #expect(first.status == 1 && first.output.contains("runs code of that repository; read it"))
    #expect(!FileManager.default.fileExists(atPath: refused))
    #expect(fixture.hub.count == 0, "nothing is asked for")

    let trusted = try run(
      TrainingProgram.tiny + options
        + ["--env.trust_remote_code=true", "--output_dir=\(output)"])
    try #require(trusted.status == 0, "\(trusted.output)")
    #expect(fixture.filesAskedFor.contains("envs/reach.py"))
    func result(_ step: Int) throws -> JSONValue {
      let name = CheckpointLayout.name(step: step, totalSteps: 2)
      return try JSONValue(
        parsing: TextFile.read("\(output)/eval/eval_info_step_\(name).json"))
    }
    #expect(try result(1)["overall"]?["n_episodes"] == 2)

    // What was trusted once is trusted in the run that resumes, and the code is in the cache.
    fixture.hub.clearRequests()
    let resumed = try run(
      ["--resume=true", "--config_path=\(output)", "--steps=2"], offline: true)
    try #require(resumed.status == 0, "\(resumed.output)")
    #expect(fixture.hub.count == 0)
    #expect(try result(2)["overall"]?["n_episodes"] == 2)
  }
}
