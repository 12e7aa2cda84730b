import Fast
import Foundation
import LeRobotCore
import LeRobotEnvs
import Reference
import Support
import Testing

/// Evaluations against LeRobot's, as `Fixtures/generate/environments/evaluation.py` recorded them.
struct EvaluationGoldenTests {
  private static func fixture(_ name: String) throws -> JSONValue {
    let file = RepositoryFiles.fixtures.appending(path: "evaluation/\(name)")
    return try JSONValue(parsing: Data(contentsOf: file))
  }

  private func plan(_ answer: JSONValue, folder: String?) throws -> EvaluationPlan {
    let options = try #require(answer["options"])
    return EvaluationPlan(
      episodeCount: try #require(options["n_episodes"]?.intValue),
      firstSeed: options["start_seed"]?.intValue.map(UInt64.init),
      videoCount: options["max_episodes_rendered"]?.intValue ?? 0, videoFolder: folder)
  }

  /// Holds a report against LeRobot's answer, every number to 1e-12.
  private func check(_ report: EvaluationReport, _ answer: JSONValue) throws {
    var info = report.info(withSeeds: false)
    var overall = try #require(info["overall"]?.objectValue)
    for key in ["eval_s", "eval_ep_s"] { #expect(overall.removeValue(forKey: key) != nil) }
    info["overall"] = .object(overall)
    #expect(difference(.object(info), try #require(answer["info"])) == nil)
    let golden = try #require(answer["episodes"]?.arrayValue)
    let episodes = report.tasks.flatMap(\.episodes)
    try #require(episodes.count == golden.count)
    for (episode, golden) in zip(episodes, golden) {
      #expect(abs(episode.sumReward - (golden["sum_reward"]?.doubleValue ?? .nan)) < 1e-12)
      #expect(abs(episode.maximumReward - (golden["max_reward"]?.doubleValue ?? .nan)) < 1e-12)
      #expect(episode.isSuccess == golden["success"]?.boolValue)
      #expect(episode.seed.map { Int($0) } == golden["seed"]?.intValue)
    }
  }

  @Test(arguments: 0..<3)
  func scriptedEpisodesEqualLeRobots(index: Int) throws {
    let answer = try #require(try Self.fixture("scripted.json")[index])
    let count = try #require(answer["count"]?.intValue)
    let config = EnvironmentConfig(
      type: "scripted", fields: ["episode_length": .int(ScriptedEnvironment.limit)])
    let suite = try EvaluationSuite(config, count: count) { _ in ScriptedEnvironment() }
    let (policy, films) = (ScriptedPolicy(), FrameRecorder.Films())
    let videos = try #require(answer["videos"]?.arrayValue)
    // The folder is not part of the recorded paths.
    let plan = try plan(answer, folder: ".")
    var report = try #require(
      try suite.evaluate(policy, plan: plan, openVideo: films.open) { _ in true })
    for index in report.tasks.indices {
      for film in report.tasks[index].films.indices {
        report.tasks[index].films[film].path.removeFirst(2)
      }
    }
    try check(report, answer)

    #expect(films.all.count == videos.count)
    for (film, golden) in zip(films.all, videos) {
      #expect(film.path == "./" + (golden["path"]?.stringValue ?? ""))
      #expect(film.fps == golden["fps"]?.intValue)
      #expect(film.firsts == golden["firsts"]?.arrayValue?.compactMap(\.intValue))
      #expect(film.isComplete)
    }

    let batch = try #require(policy.first)
    let first = try #require(answer["first_batch"]?.objectValue)
    #expect(batch.tasks == first["task"]?.arrayValue?.compactMap(\.stringValue))
    for (key, golden) in first where key != "task" {
      let tensor = try #require(batch[key], "\(key)")
      #expect(tensor.shape == golden["shape"]?.arrayValue?.compactMap(\.intValue), "\(key)")
      let values = golden["values"]?.arrayValue?.compactMap(\.doubleValue) ?? []
      if tensor.scalarType == .uint8 {
        #expect(tensor.doubles.map { Double(Float($0) / 255) } == values, "\(key)")
      } else {
        #expect(tensor.scalarType == .float32 && tensor.doubles == values, "\(key)")
      }
    }
    #expect(batch.tensors.keys.sorted() == first.keys.filter { $0 != "task" }.sorted())
  }

  /// Plays recorded actions back.
  private final class Player: EvaluatedPolicy {
    let actions: HostTensor
    var step = 0

    init(_ actions: HostTensor) { self.actions = actions }

    func reset() {}

    func act(_ observations: Batch) -> HostTensor {
      let size = actions.shape[1] * actions.shape[2]
      let row = actions.doubles[step * size..<(step + 1) * size].map { Float($0) }
      step += 1
      return HostTensor(row, shape: Array(actions.shape[1...]))
    }
  }

  /// In a closed loop: what the policy does changes what it sees next.
  @Test(.enabled(if: isPushTHere, "PushT needs Chipmunk: Scripts/setup"), arguments: [true, false])
  @TorchThread
  func aPolicyDoesInPushTWhatItDoesInLeRobot(isFast: Bool) throws {
    let folder = RepositoryFiles.fixtures.appending(path: "evaluation/act").path
    let checkpoint = try Checkpoint.open(folder)
    let config = try #require(
      PolicyConfig(canonical: try JSONValue(parsing: checkpoint.policyConfig())))
    let backend: any Backend =
      isFast
      ? try FastBackend(device: "cpu")
      : ReferenceBackend(pretrainedWeights: noPretrainedWeights)
    let learner = try backend.makeLearner(
      policy: config, optimizer: .adamW(AdamOptions(weightDecay: 0)))
    #expect(try learner.loadWeights(from: checkpoint.weights()).missing.isEmpty)
    let policy = LearnerInSimulation(
      learner, of: config.value, processors: try checkpoint.processors())
    var pushT = Self.pushT
    pushT.fields["episode_length"] = 40
    let report = try #require(
      try EvaluationSuite(pushT, count: 2).evaluate(
        policy, plan: EvaluationPlan(episodeCount: 4, firstSeed: 100),
        openVideo: FrameRecorder.Films().open
      ) { _ in true })

    let answer = try Self.fixture("act.json")
    let episodes = try #require(answer["episodes"]?.arrayValue)
    for (index, episode) in report.tasks[0].episodes.enumerated() {
      try #require(episode.opening.count == EpisodeResult.openingLength)
      for (step, action) in episode.opening.enumerated() {
        let golden = answer["actions"]?[index]?[step]?.arrayValue?.compactMap(\.doubleValue) ?? []
        for (a, b) in zip(action, golden) {
          #expect(abs(a - b) < 1e-5 * 512, "episode \(index), step \(step): \(a) and \(b)")
        }
        #expect(action.count == golden.count)
      }
      let sum = try #require(episodes[index]["sum_reward"]?.doubleValue)
      #expect(abs(episode.sumReward - sum) < 1e-4, "episode \(index)")
    }
    #expect(report.tasks[0].episodes.map(\.sumReward).contains { $0 > 0 })
  }

  private static let isPushTHere = (try? makeEnvironment(pushT)) != nil
  private static let pushT = EnvironmentConfig(
    type: "pusht",
    fields: ["obs_type": "environment_state_agent_pos", "episode_length": 300])

  @Test(.enabled(if: isPushTHere, "PushT needs Chipmunk: Scripts/setup"))
  func recordedActionsInPushTEarnLeRobotsRewards() throws {
    let answer = try Self.fixture("pusht.json")
    let file = RepositoryFiles.fixtures.appending(path: "evaluation/pusht_actions.safetensors")
    let actions = try SafetensorsFile(path: file.path).tensor("actions")
    let suite = try EvaluationSuite(
      Self.pushT, count: try #require(answer["count"]?.intValue))
    let player = Player(actions)
    let report = try #require(
      try suite.evaluate(
        player, plan: try plan(answer, folder: nil), openVideo: FrameRecorder.Films().open
      ) { _ in true })
    #expect(player.step == actions.shape[0], "as many steps in all batches")
    try check(report, answer)
  }
}
