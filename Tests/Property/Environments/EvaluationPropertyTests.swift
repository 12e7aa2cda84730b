import Foundation
import LeRobotCore
import OrderedCollections
import Support
import Testing

@testable import LeRobotEnvs

private let scripted = EnvironmentConfig(
  type: "scripted", fields: ["episode_length": .int(ScriptedEnvironment.limit)])

private func makeSuite(
  count: Int, _ make: @escaping () -> ScriptedEnvironment = ScriptedEnvironment.init
) throws -> EvaluationSuite {
  try EvaluationSuite(scripted, count: count) { _ in make() }
}

/// What holds of every evaluation.
struct EvaluationPropertyTests {
  private func vector(count: Int) throws -> VectorEnvironment {
    try VectorEnvironment(count: count, episodeLength: ScriptedEnvironment.limit) {
      ScriptedEnvironment()
    }
  }

  @Test func theNextEpisodeFollowsAtOnce() throws {
    let environments = try vector(count: 1)
    // Start 20: ends by itself after 3 steps, with success.
    _ = try environments.reset(seeds: [20])
    var steps: [VectorStep] = []
    for _ in 0..<3 { steps.append(try environments.step([[0]])) }
    #expect(steps.map(\.ended) == [[false], [false], [true]])
    #expect(steps.map(\.successes) == [[false], [false], [true]])
    #expect(steps[2].observations[0].environmentState == [27], "the start of the next episode")
    #expect(steps[2].observations[0].agentPosition == [27.0 / 4, 0])
  }

  @Test func theTimeLimitEndsWithoutSuccess() throws {
    let environments = try vector(count: 1)
    // Start 23 never ends by itself.
    _ = try environments.reset(seeds: [23])
    for step in 1...ScriptedEnvironment.limit {
      let result = try environments.step([[0]])
      #expect(result.ended == [step == ScriptedEnvironment.limit])
      #expect(result.successes == [false])
    }
  }

  @Test func everyEnvironmentGetsItsOwnAction() throws {
    let environments = try vector(count: 33)
    _ = try environments.reset(seeds: (0..<33).map { 23 + 20 * $0 })
    let step = try environments.step((0..<33).map { [Double($0)] })
    for (index, reward) in step.rewards.enumerated() {
      #expect(reward == 0.25 * Double(index) - Double(23 + 20 * index) / 8 + 0.01)
    }
  }

  /// Says on which threads it is made, used and ended.
  private final class Resident: Environment {
    let actionWidth = 1
    let framesPerSecond = 5
    private let seen: Shared<[[UInt]]>
    private let index: Int

    init(_ seen: Shared<[[UInt]]>) {
      self.seen = seen
      index = seen.value.withLock { seen in
        seen.append([])
        return seen.count - 1
      }
      note()
    }

    deinit { note() }

    private func note() {
      let thread = UInt(pthread_self())
      seen.value.withLock { $0[index].append(thread) }
    }

    func reset(seed: UInt64?) -> EnvironmentObservation {
      note()
      return EnvironmentObservation()
    }

    func step(_ action: [Double]) -> EnvironmentStep {
      note()
      return EnvironmentStep(
        observation: EnvironmentObservation(), reward: 0, terminated: false, isSuccess: false)
    }

    func render() -> EnvironmentImage { EnvironmentImage(height: 0, width: 0, pixels: []) }
  }

  @Test func everyEnvironmentLivesOnAThreadOfItsOwn() throws {
    let seen = Shared<[[UInt]]>([])
    var environments: VectorEnvironment? = try VectorEnvironment(count: 9, episodeLength: 5) {
      Resident(seen)
    }
    _ = try environments?.reset(seeds: nil)
    for _ in 0..<7 { _ = try environments?.step(Array(repeating: [0], count: 9)) }
    environments = nil
    let threads = seen.value.withLock { $0 }
    // Made, reset, seven steps with a reset after the fifth, ended.
    #expect(threads.map(\.count) == Array(repeating: 11, count: 9))
    #expect(threads.allSatisfy { Set($0).count == 1 })
    #expect(Set(threads.map { $0[0] }).count == 9)
  }

  @Test func anEnvironmentThatCannotBeMadeEndsTheOthers() {
    let seen = Shared<[[UInt]]>([])
    #expect(throws: EnvironmentError.failed(reason: "no room")) {
      try VectorEnvironment(count: 4, episodeLength: 5) { () throws(EnvironmentError) in
        guard seen.value.withLock({ $0.count }) < 3 else { throw .failed(reason: "no room") }
        return Resident(seen)
      }
    }
    #expect(seen.value.withLock { $0 }.map(\.count) == [2, 2, 2], "made and ended")
  }

  @Test func theSameSeedsGiveTheSameEvaluation() throws {
    let plan = EvaluationPlan(episodeCount: 7, firstSeed: 3)
    let suite = try makeSuite(count: 3)
    let reports = try (0..<2).map { _ in
      try suite.evaluate(
        ScriptedPolicy(), plan: plan, openVideo: FrameRecorder.Films().open
      ) { _ in true }
    }
    #expect(reports[0]?.tasks == reports[1]?.tasks)
    #expect(reports[0]?.tasks[0].episodes.map(\.seed) == [3, 4, 5, 6, 7, 8, 9])
  }

  @Test func progressCountsEpisodesStepsAndSuccesses() throws {
    var seen: [EvaluationProgress] = []
    _ = try makeSuite(count: 2).evaluate(
      ScriptedPolicy(), plan: EvaluationPlan(episodeCount: 4, firstSeed: 20),
      openVideo: FrameRecorder.Films().open
    ) { progress in
      seen.append(progress)
      return true
    }
    #expect(seen.first.map { "\($0)" } == "0 of 4 episodes, step 0 of 6, 0 succeeded")
    #expect(seen.last?.episodes.done == 2)
    #expect(seen.last?.successes == 2, "those of the seeds 20 and 22")
  }

  @Test func aStopEndsItWithoutAResult() throws {
    var steps = 0
    let report = try makeSuite(count: 2).evaluate(
      ScriptedPolicy(), plan: EvaluationPlan(episodeCount: 4, firstSeed: 20),
      openVideo: FrameRecorder.Films().open
    ) { _ in
      steps += 1
      return steps < 3
    }
    #expect(report == nil)
    #expect(steps == 3)
  }

  @Test func aStopMayKeepTheEpisodesThatAreFinished() throws {
    func run(stoppingAfter steps: Int) throws -> EvaluationReport? {
      var done = 0
      let plan = EvaluationPlan(
        episodeCount: 7, firstSeed: 20, videoCount: 5, videoFolder: "videos")
      return try makeSuite(count: 2).evaluate(
        ScriptedPolicy(), plan: plan, openVideo: FrameRecorder.Films().open, keepsFinished: true
      ) { _ in
        done += 1
        return done <= steps
      }
    }
    let whole = try #require(try run(stoppingAfter: 1000))
    #expect(whole.isWhole && whole.info(withSeeds: true)["stopped"] == nil)
    // The first two episodes take four steps, the next two six.
    let part = try #require(try run(stoppingAfter: 12))
    #expect(!part.isWhole && part.info(withSeeds: true)["stopped"] == true)
    #expect(part.tasks[0].episodes == Array(whole.tasks[0].episodes.prefix(4)))
    #expect(part.tasks[0].films == Array(whole.tasks[0].films.prefix(4)))
    #expect(part.info(withSeeds: false)["overall"]?["n_episodes"] == 4)
    #expect(try run(stoppingAfter: 2) == nil, "nothing is finished")
  }

  @Test func theBestVideoIsThatOfTheBestFilmedEpisode() throws {
    func episode(_ largest: Double, sum: Double = 0, success: Bool = false) -> EpisodeResult {
      EpisodeResult(
        sumReward: sum, maximumReward: largest, isSuccess: success, seed: nil, opening: [])
    }
    func best(_ tasks: [[EpisodeResult]], filmed: [[Int]]) -> String? {
      let tasks = zip(tasks, filmed).enumerated().map { id, task in
        TaskEvaluation(
          group: "g", id: id, episodes: task.0,
          films: task.1.map { EpisodeFilm(episode: $0, path: "\(id)/\($0)") })
      }
      return EvaluationReport(tasks: tasks, seconds: 1).bestVideo
    }
    let episodes = [episode(1), episode(3), episode(3, sum: 1), episode(2, success: true)]
    #expect(best([episodes], filmed: [[0, 1, 2, 3]]) == "0/3", "a success")
    #expect(best([episodes], filmed: [[0, 1, 2]]) == "0/2", "the sum decides")
    #expect(best([episodes], filmed: [[0, 1]]) == "0/1", "the largest reward decides")
    #expect(best([episodes, episodes], filmed: [[0], [1]]) == "1/1")
    #expect(best([episodes, episodes], filmed: [[2], [2]]) == "0/2", "the first of equals")
    // Of the last batch more may be filmed than count.
    #expect(best([episodes], filmed: [[0, 4]]) == "0/0")
    #expect(best([episodes], filmed: [[]]) == nil)
  }

  @Test func aBrokenSimulationIsAnErrorAndTheNextEvaluationWorks() throws {
    let broken = EnvironmentError.failed(reason: "the block left the table")
    let suite = try makeSuite(count: 3) {
      let environment = ScriptedEnvironment()
      environment.beforeStep = { start, time throws(EnvironmentError) in
        if start == 21, time == 1 { throw broken }
      }
      return environment
    }
    func run(seed: UInt64) throws -> EvaluationReport? {
      try suite.evaluate(
        ScriptedPolicy(), plan: EvaluationPlan(episodeCount: 3, firstSeed: seed),
        openVideo: FrameRecorder.Films().open
      ) { _ in true }
    }
    #expect(throws: broken) { try run(seed: 20) }
    #expect(try run(seed: 30)?.tasks[0].episodes.count == 3)
  }

  @Test(arguments: [Float.nan, .infinity])
  func anActionThatIsNotFiniteNeverReachesTheSimulation(value: Float) throws {
    let policy = ScriptedPolicy()
    policy.changed = { _ in HostTensor([value], shape: [1, 1]) }
    let error = #expect(throws: EnvironmentError.self) {
      try makeSuite(count: 1) {
        let environment = ScriptedEnvironment()
        environment.beforeStep = { _, _ in Issue.record("the simulation was asked to act") }
        return environment
      }.evaluate(
        policy, plan: EvaluationPlan(episodeCount: 1, firstSeed: 1),
        openVideo: FrameRecorder.Films().open
      ) { _ in true }
    }
    #expect(
      error?.description
        == "the policy's action [\(value)] is not finite; train it with a lower learning rate")
  }

  @Test func actionsForOtherThanTheEnvironmentsAreAnError() throws {
    let policy = ScriptedPolicy()
    policy.changed = { _ in HostTensor([0] as [Float], shape: [1, 1]) }
    #expect(
      throws: EnvironmentError.unsuitable(problem: "the policy's actions are [1, 1], not [2, A]")
    ) {
      try makeSuite(count: 2).evaluate(
        policy, plan: EvaluationPlan(episodeCount: 2, firstSeed: 1),
        openVideo: FrameRecorder.Films().open
      ) { _ in true }
    }
  }

  @Test func aVideoThatCannotBeWrittenSpoilsNothingElse() throws {
    struct NoRoom: Error, CustomStringConvertible { let description = "no space left" }
    let plan = EvaluationPlan(
      episodeCount: 2, firstSeed: 20, videoCount: 1, videoFolder: "videos")
    let report = try makeSuite(count: 2).evaluate(
      ScriptedPolicy(), plan: plan, openVideo: { _, _, _, _ in throw NoRoom() }
    ) { _ in true }
    let task = try #require(report?.tasks.first)
    #expect(task.episodes.count == 2)
    #expect(task.videoPaths.isEmpty)
    #expect(
      task.problems == ["no video videos/scripted_0/eval_episode_0.mp4: no space left"])
  }

  @Test func resultsNameSeedsWhereLeRobotForgetsThem() throws {
    func run(seed: UInt64?) throws -> EvaluationReport {
      let report = try makeSuite(count: 2).evaluate(
        ScriptedPolicy(), plan: EvaluationPlan(episodeCount: 2, firstSeed: seed),
        openVideo: FrameRecorder.Films().open
      ) { _ in true }
      return try #require(report)
    }
    func seeds(_ report: EvaluationReport, _ withSeeds: Bool) -> JSONValue? {
      report.info(withSeeds: withSeeds)["per_task"]?[0]?["metrics"]?["seeds"]
    }
    let seeded = try run(seed: 9)
    #expect(seeds(seeded, true) == [9, 10])
    #expect(seeds(seeded, false) == nil)
    #expect(seeds(try run(seed: nil), true) == .array([.null, .null]))
  }

  @Test func theSummaryIsTheOverallResult() throws {
    let report = try #require(
      try makeSuite(count: 2).evaluate(
        ScriptedPolicy(), plan: EvaluationPlan(episodeCount: 4, firstSeed: 20),
        openVideo: FrameRecorder.Films().open
      ) { _ in true })
    let (summary, overall) = (report.summary(file: "f"), report.info(withSeeds: true)["overall"])
    #expect(overall?["avg_sum_reward"] == .double(summary.averageSumReward))
    #expect(overall?["avg_max_reward"] == .double(summary.averageMaximumReward))
    #expect(overall?["pc_success"] == .double(summary.successPercentage))
    #expect(overall?["n_episodes"] == 4)
    #expect(overall?["eval_ep_s"] == .double(summary.seconds / 4))
  }
}

/// Environments that cannot be used are refused before training.
struct EnvironmentErrorPropertyTests {
  private typealias Features = OrderedDictionary<String, PolicyFeature>
  private let inputs: Features = [
    "observation.image": PolicyFeature(type: .visual, shape: [3, 5, 6]),
    "observation.state": PolicyFeature(type: .state, shape: [2]),
    "observation.mood": PolicyFeature(type: .state, shape: [3]),
  ]
  private let outputs: Features = ["action": PolicyFeature(type: .action, shape: [1])]

  private func check(
    _ change: (inout Features, inout Features) -> Void = { _, _ in },
    renameMap: OrderedDictionary<String, String> = [:]
  ) throws(EnvironmentError) {
    var (inputs, outputs) = (inputs, outputs)
    change(&inputs, &outputs)
    var suite = try EvaluationSuite(scripted, count: 1) { _ in ScriptedEnvironment() }
    suite.policy = PolicyInterface(inputs: inputs, outputs: outputs, renameMap: renameMap)
    try suite.check()
  }

  private func message(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch { return "\(error)" }
  }

  @Test func whatThePolicyLooksAtMustBeShown() throws {
    #expect(message { try check() } == nil, "states of other names are passed over")
    let remedy =
      "; choose an environment like the dataset's, or train without evaluation (--eval_freq=0)"
    #expect(
      message {
        try check { inputs, _ in
          inputs["observation.images.top"] = PolicyFeature(type: .visual, shape: [3, 5, 6])
        }
      } == "the policy looks at observation.images.top, but --env.type=scripted shows "
        + "observation.image observation.environment_state observation.state" + remedy)
    #expect(
      message {
        try check { inputs, _ in
          inputs["observation.image"] = PolicyFeature(type: .visual, shape: [3, 96, 96])
        }
      } == "observation.image: the policy looks at [3, 96, 96], --env.type=scripted shows "
        + "[3, 5, 6]" + remedy)
    #expect(
      message { try check { $1["action"] = PolicyFeature(type: .action, shape: [14]) } }
        == "the policy's action has 14 numbers, --env.type=scripted takes 1" + remedy)
  }

  @Test func renamedObservationsAreLookedForUnderTheirNewNames() throws {
    let change: (inout Features, inout Features) -> Void = { inputs, _ in
      inputs["observation.images.top"] = inputs.removeValue(forKey: "observation.image")
    }
    try check(change, renameMap: ["observation.image": "observation.images.top"])
    #expect(throws: EnvironmentError.self) { try check(change) }
  }

  @Test func environmentsThatAreNotSimulatedSaySo() {
    #expect(
      message { _ = try makeEnvironment(EnvironmentConfig(type: "chess")) }
        == "--env.type=chess: this release does not simulate it; use aloha or pusht, or "
        + "train without evaluation (--eval_freq=0)")
  }

  @Test func countsMustBePositive() {
    #expect(
      message { _ = try makeSuite(count: 0) } == "--eval.batch_size=0: must be at least 1")
    #expect(
      message {
        let endless = EnvironmentConfig(type: "scripted", fields: ["episode_length": 0])
        _ = try EvaluationSuite(endless, count: 1) { _ in ScriptedEnvironment() }
      } == "--env.episode_length=0: must be at least 1")
  }

  @Test func errorsNameTheRemedy() {
    #expect(
      EnvironmentError.libraryMissing(library: "Chipmunk", reason: "no such file", package: "it")
        .description
        == "Chipmunk cannot be opened (no such file); install it, or train without evaluation "
        + "(--eval_freq=0)")
    #expect(
      EnvironmentError.unknownOption(key: "task", value: "Pull", known: ["Push", "Turn"])
        .description == "--env.task=Pull: the environment has Push, Turn")
    #expect(EnvironmentError.failed(reason: "x").description == "the simulation failed: x")
  }

  @Test func anEvaluationAloneCannotBeLeftOut() {
    let errors: [EnvironmentError] = [
      .notSimulated(type: "chess"), .unsuitable(problem: "p"),
      .libraryMissing(library: "l", reason: "r", package: "p"),
    ]
    for error in errors {
      let end = ", or train without evaluation (--eval_freq=0)"
      #expect(error.text(trains: true) == error.text(trains: false) + end)
      #expect("\(error)" == error.text(trains: true))
    }
  }
}
