import LeRobotCore
import Support
import Testing

/// Prompts of π₀.₅ against LeRobot's, as `Fixtures/generate/text/state_prompts.py` recorded them.
@Suite struct StatePromptGoldenTests {
  @Test func promptsEqualLeRobots() throws {
    let lines = try RepositoryFiles.lines(
      RepositoryFiles.fixtures.appending(path: "text/state_prompts.jsonl"))
    #expect(lines.count >= 10)
    for line in lines {
      let json = try JSONValue(parsing: line)
      let bits = try #require(json["state"]?.arrayValue).compactMap(\.intValue)
      let state = bits.map { Float(bitPattern: UInt32($0)) }
      let batch = Batch(
        tensors: ["observation.state": HostTensor(state, shape: [1, state.count])],
        tasks: [try #require(json["task"]?.stringValue)])
      let step = StatePromptStep(maximumWidth: try #require(json["width"]?.intValue))
      #expect(try step(batch).tasks == [json["prompt"]?.stringValue])
    }
  }

  /// Files do not hold the width; the policy's takes its place.
  @Test func theWidthIsThePolicys() throws {
    var config = PI05Config()
    config.maximumStateWidth = 2
    var step = StatePromptStep(maximumWidth: 32)
    #expect(step.configuration == [:])
    step.override(StepOverride(policy: config))
    #expect(
      StatePromptStep.prompt("a", state: [0], width: 2) == "Task: a, State: 128 128;\nAction: ")
    #expect(step == StatePromptStep(maximumWidth: 2))
  }

  @Test func samplesWithoutStateOrTaskAreRefused() {
    let step = StatePromptStep(maximumWidth: 2)
    let state = HostTensor([Float(0)], shape: [1, 1])
    #expect(throws: ProcessorError.self) { try step(Batch(tasks: ["a"])) }
    #expect(throws: ProcessorError.noTask(step: StatePromptStep.registryName)) {
      try step(Batch(tensors: ["observation.state": state]))
    }
  }
}
