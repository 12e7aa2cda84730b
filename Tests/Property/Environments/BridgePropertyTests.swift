import Foundation
import LeRobotCore
import LeRobotEnvs
import OrderedCollections
import Support
import Testing

/// Environments that a server of Python's runs.
@Suite(.enabled(if: FakeServer.python != nil, "needs python3"))
struct BridgePropertyTests {
  private func suite(
    _ task: String, count: Int = 2, parallel: Int = 1, _ settings: BridgeSettings
  ) throws -> EvaluationSuite {
    try EvaluationSuite(FakeServer.config(task, parallel: parallel), count: count) { settings }
  }

  private func evaluate(
    _ suite: EvaluationSuite, episodes: Int = 5, videos: VideoOpener? = nil
  ) throws -> EvaluationReport {
    let plan = EvaluationPlan(
      episodeCount: episodes, firstSeed: 20, videoCount: videos == nil ? 0 : 3,
      videoFolder: videos == nil ? nil : "videos")
    let report = try suite.evaluate(
      ScriptedPolicy(), plan: plan, openVideo: videos ?? FrameRecorder.Films().open
    ) { _ in true }
    return try #require(report)
  }

  private func builtIn(
    episodes: Int = 5, videos: @escaping VideoOpener = FrameRecorder.Films().open
  ) throws -> EvaluationReport {
    let config = EnvironmentConfig(
      type: "scripted", fields: ["episode_length": .int(ScriptedEnvironment.limit)])
    let suite = try EvaluationSuite(config, count: 2) { _ in ScriptedEnvironment() }
    return try evaluate(suite, episodes: episodes, videos: videos)
  }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch { return "\(error)" }
  }

  @Test(arguments: [false, true])
  func servedEpisodesEqualThoseOfTheSameEnvironmentBuiltIn(isAlone: Bool) throws {
    let (served, own) = (FrameRecorder.Films(), FrameRecorder.Films())
    let suite = try suite("good", FakeServer.settings(isAlone: isAlone))
    let report = try evaluate(suite, videos: served.open)
    #expect(try report.tasks == builtIn(videos: own.open).tasks)
    #expect(served.all.count == 3)
    #expect(served.all == own.all)
    #expect(try evaluate(suite).tasks[0].episodes == report.tasks[0].episodes, "and again")
  }

  /// What is printed never meets the messages, and more than a pipe holds is read.
  @Test func aServerMayPrint() throws {
    let report = try evaluate(suite("prints", FakeServer.settings()))
    #expect(try report.tasks[0].episodes == builtIn().tasks[0].episodes)
  }

  @Test func instructionsAreTheBatchsTasks() throws {
    let policy = ScriptedPolicy()
    _ = try suite("good", count: 3, FakeServer.settings()).evaluate(
      policy, plan: EvaluationPlan(episodeCount: 3, firstSeed: 1),
      openVideo: FrameRecorder.Films().open
    ) { _ in true }
    #expect(policy.first?.tasks == ["push 0", "push 1", "push 2"])
    #expect(policy.first?["observation.image"]?.shape == [3, 3, 5, 6])
  }

  /// gymnasium's `NEXT_STEP`: the step after an episode's last begins the next one and earns nothing.
  @Test func theNextEpisodeMayBeginWithTheNextStep() throws {
    let later = try evaluate(suite("next_step", FakeServer.settings())).tasks[0].episodes
    let atOnce = try builtIn().tasks[0].episodes
    #expect(later.map(\.isSuccess) == atOnce.map(\.isSuccess))
    // Seed 20 ends after three steps, beside seed 21, which takes four: its fourth earns nothing.
    var three = 0.0
    for time in 1...3 {
      let action: Double = atOnce[0].opening[time - 1][0]
      three += 0.25 * action - 2.5 + 0.01 * Double(time)
    }
    #expect(abs(later[0].sumReward - three) < 1e-9)
    #expect(later[0].sumReward != atOnce[0].sumReward)
  }

  @Test(arguments: [1, 2, 3])
  func tasksAreEvaluatedInTheirOrderAndAveragedBySuite(parallel: Int) throws {
    let log = try TemporaryFolder()
    let suite = try suite(
      "suites", parallel: parallel, FakeServer.settings(log: log.file("log")))
    let report = try evaluate(suite, episodes: 3)
    #expect(report.tasks.map { "\($0.group)_\($0.id)" } == ["easy_0", "easy_1", "hard_0"])
    for task in report.tasks {
      #expect(try task.episodes == builtIn(episodes: 3).tasks[0].episodes)
    }
    let groups = report.info(withSeeds: false)["per_group"]
    #expect(groups?["easy"]?["n_episodes"] == 6)
    #expect(groups?["hard"]?["n_episodes"] == 3)
    // One process for each task; the one that listed them serves the first.
    #expect(FakeServer.processes(in: log.file("log")).count == 3)
  }

  @Test(arguments: [false, true])
  func noServerOutlivesItsEnvironments(isAlone: Bool) throws {
    let log = try TemporaryFolder()
    _ = try evaluate(
      suite("good", FakeServer.settings(isAlone: isAlone, log: log.file("log"))))
    let processes = FakeServer.processes(in: log.file("log"))
    #expect(processes.count == (isAlone ? 2 : 1))
    // Not even as a zombie.
    for process in processes { #expect(kill(process, 0) == -1 && errno == ESRCH) }
  }

  @Test(arguments: [
    ("dies", "its Python ended, by signal 9; it last printed: the last words | of a simulator"),
    ("exits", "its Python ended, with status 7; it printed nothing"),
    ("garbage", "its answer makes no sense: "),
    ("long", "its answer makes no sense: a message of 2147483648 bytes"),
    ("nan_reward", "its answer makes no sense: the reward is NaN"),
    ("no_reward", "its answer makes no sense: the reward is missing"),
    ("nan_state", "its answer makes no sense: observation.state holds nan"),
    ("shape", "observation.state [3], observation.environment_state [1]], after one of "),
    ("huge", "its answer makes no sense: a feature {"),
    ("outside", "its answer makes no sense: observation.image lies outside its memory"),
    ("shrinks", "its answer makes no sense: observation.image lies outside its memory"),
    ("hangs", "it did not answer within 0.3 seconds; give it longer: --env.answer_timeout_s="),
    ("reports", "--env.type=metaworld --env.task=reports: the block left the table"),
  ])
  func whatAServerDoesWrongIsALine(task: String, problem: String) throws {
    let log = try TemporaryFolder()
    var settings = FakeServer.settings(log: log.file("log"))
    if task == "hangs" { settings.answerLimit = 0.3 }
    let error = message { _ = try evaluate(suite(task, settings)) }
    #expect(error.contains(problem), "\(error)")
    #expect(error.hasPrefix("--env.type=metaworld --env.task=\(task)"), "\(error)")
    #expect(!error.contains { $0.isNewline || $0 == "\u{1B}" }, "\(error)")
    for process in FakeServer.processes(in: log.file("log")) {
      #expect(kill(process, 0) == -1 && errno == ESRCH)
    }
  }

  @Test func whatDoesNotStartIsALine() throws {
    let unknown = message { _ = try suite("unknown", FakeServer.settings()) }
    #expect(unknown.hasSuffix("--env.task=unknown: there is none"), "\(unknown)")
    let other = FakeServer.settings(variables: ["FAKE_SERVER_PROTOCOL": "2"])
    #expect(
      message { _ = try suite("good", other) }
        .contains("it speaks version 2 of the protocol, not 1"))
    let wrong = BridgeSettings(python: "/bin/false", server: FakeServer.script)
    #expect(message { _ = try suite("good", wrong) }.contains("its Python ended, with status 1"))
    let missing = BridgeSettings(python: "/nowhere/python", server: FakeServer.script)
    #expect(
      message { _ = try suite("good", missing) }.hasPrefix("/nowhere/python does not start"))
  }

  @Test func thePolicyIsHeldAgainstEveryTask() throws {
    var suite = try suite("good", FakeServer.settings())
    suite.policy = PolicyInterface(
      inputs: ["observation.state": PolicyFeature(type: .state, shape: [8])], outputs: [:])
    let expected = "observation.state: the policy looks at [8], --env.type=metaworld shows [2]"
    let (before, during) = (message { try suite.check() }, message { _ = try evaluate(suite) })
    #expect(before.hasPrefix(expected), "\(before)")
    #expect(during.hasPrefix(expected), "\(during)")
  }

  // MARK: - Which Python

  @Test func thePythonIsTheOneThatIsNamed() throws {
    let folder = try TemporaryFolder()
    for name in ["named", "active"] {
      let bin = folder.file(name + "/bin")
      try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: bin + "/python3", withDestinationPath: "/bin/true")
    }
    let (named, active) = (folder.file("named"), folder.file("active"))
    let libraries = RepositoryFiles.root.appending(path: ".build/debug").path
    func python(_ variables: [String: String]) throws -> String {
      try BridgeSettings(variables, libraries: libraries).python
    }
    #expect(try python(["LEROBOT_PYTHON": named, "VIRTUAL_ENV": active]) == named + "/bin/python3")
    #expect(try python(["LEROBOT_PYTHON": "/bin/true"]) == "/bin/true")
    #expect(try python(["VIRTUAL_ENV": active]) == active + "/bin/python3")
    #expect(try python(["CONDA_PREFIX": active]) == active + "/bin/python3")
    #expect(throws: EnvironmentError.noPython(named: "/nowhere")) {
      try python(["LEROBOT_PYTHON": "/nowhere"])
    }
    #expect(throws: EnvironmentError.noPython(named: nil)) { try python([:]) }
    #expect(throws: EnvironmentError.noServer(folder: folder.file("lib"))) {
      try BridgeSettings([:], libraries: folder.file("lib"))
    }
  }

  @Test func codeOfARepositoryRunsOnlyWhereThatIsAllowed() throws {
    let config = EnvironmentConfig(type: "hub", fields: ["task": "user/name"])
    #expect(throws: EnvironmentError.remoteCode(repository: "user/name")) {
      _ = try EvaluationSuite(config, count: 1) { FakeServer.settings() }
    }
    var settings = FakeServer.settings()
    settings.trustsRemoteCode = true
    #expect(try EvaluationSuite(config, count: 1) { settings }.tasks.count == 1)
  }
}
