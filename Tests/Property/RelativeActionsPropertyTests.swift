import LeRobotCore
import LeRobotData
import LeRobotEnvs
import Support
import Testing

struct RelativeActionsPropertyTests {
  private let joints = RelativeJoints(excluded: ["grip"], names: ["arm", "Gripper"])

  private var processors: PolicyProcessors {
    PolicyProcessors(
      preprocessor: ProcessorPipeline(
        name: "policy_preprocessor", steps: [RelativeActionsStep(joints)]),
      postprocessor: ProcessorPipeline(
        name: "policy_postprocessor", steps: [AbsoluteActionsStep()]))
  }

  private func observation(_ states: [[Float]]) -> Batch {
    Batch(tensors: [
      "observation.state": HostTensor(
        states.flatMap(\.self), shape: [states.count, states[0].count])
    ])
  }

  /// LeRobot 0.5.1 adds the state of the moment in which an action is carried out (Q-PI-8).
  @Test func allActionsOfAChunkAreRelativeToTheStateItWasPlannedFor() throws {
    var config = PI0Config()
    (config.chunkSize, config.actionStepCount) = (3, 2)
    let learner = CountingLearner()
    // Of two robots.
    learner.plan = HostTensor((0..<12).map { Float($0) }, shape: [2, 3, 2])
    let policy = LearnerInSimulation(learner, of: config, processors: processors)
    func act(_ states: [[Float]]) throws -> [Double] { try policy.act(observation(states)).doubles }
    #expect(try act([[100, 200], [300, 400]]) == [100, 1, 306, 7])
    #expect(try act([[0, 0], [0, 0]]) == [102, 3, 308, 9])
    #expect(try act([[10, 0], [20, 0]]) == [10, 1, 26, 7])
    policy.reset()
    #expect(try act([[-1, 0], [-2, 0]]) == [-1, 1, 4, 7])
  }

  @Test func aStateThatIsTooNarrowIsALine() throws {
    var batch = observation([[1]])
    batch["action"] = HostTensor([1, 2, 3] as [Float], shape: [1, 3])
    #expect(throws: ProcessorError.self) {
      try RelativeActionsStep(RelativeJoints(excluded: [], names: nil))(batch)
    }
    // What stays absolute needs no state.
    let step = RelativeActionsStep(RelativeJoints(excluded: ["b", "c"], names: ["a", "b", "c"]))
    #expect(try step(batch)["action"]?.doubles == [0, 2, 3])
    #expect(throws: ProcessorError.self) { try step(Batch(tensors: [:])) }
    #expect(throws: ProcessorError.self) {
      try AbsoluteActionsStep()(
        Batch(tensors: ["action": HostTensor([1] as [Float], shape: [1, 1])]))
    }
  }

  /// Steps that are switched off, as LeRobot 0.5.1 writes them for every π₀, change nothing.
  @Test func whatASavedStepSaysCounts() throws {
    let texts = try processors.preprocessor.jsonText
    #expect(texts.contains("\"exclude_joints\""))
    let folder = try TemporaryFolder()
    try TextFile.write(
      texts.replacing("\"enabled\": true", with: "\"enabled\": false"),
      to: folder.file("policy_preprocessor.json"))
    try TextFile.write(
      processors.postprocessor.jsonText.replacing("\"enabled\": true", with: "\"enabled\": false"),
      to: folder.file("policy_postprocessor.json"))
    let off = try PolicyProcessors(folder: folder.path)
    #expect(!off.areRelative && processors.areRelative)
    var batch = observation([[5, 6]])
    batch["action"] = HostTensor([1, 2] as [Float], shape: [1, 2])
    #expect(try off.preprocessor(batch)["action"]?.doubles == [1, 2])
    #expect(try off.postprocess(HostTensor([1, 2] as [Float], shape: [1, 2])).doubles == [1, 2])
  }

  /// Where no episode is as long as a chunk, parts of chunks are looked at.
  @Test func shortEpisodesHaveStatisticsToo() throws {
    let found = RelativeActionStatistics(
      actions: [1, 2, 4], width: 1, states: [1, 1, 1], stateWidth: 1, steps: 9, lengths: [2, 1]
    ).statistics(RelativeJoints(excluded: [], names: nil))
    // 0, 1 from the first frame, 1 from the second, 3 from the third.
    #expect(found?["count"]?.doubles == [4] && found?["max"]?.doubles == [3])
    #expect(found?["mean"]?.doubles == [1.25])
  }
}
