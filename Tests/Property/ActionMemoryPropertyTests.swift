import LeRobotCore
import OrderedCollections
import Testing

/// What policies keep between two actions.
@Suite struct ActionMemoryPropertyTests {
  @Test func aQueuePredictsOnlyWhenItIsEmpty() {
    var queue = ActionQueue<Int>()
    var predictions = 0
    func next() -> Int {
      queue.next {
        predictions += 1
        return [10 * predictions, 10 * predictions + 1]
      }
    }
    #expect([next(), next(), next()] == [10, 11, 20] && predictions == 2)
    queue.reset()
    #expect(next() == 30)
  }

  @Test func theFirstObservationFillsTheHistory() {
    var history = ObservationHistory<Int>(count: 3)
    history.append(1, for: "a")
    history.append(2, for: "a")
    history.append(7, for: "b")
    #expect(history.steps == ["a": [1, 1, 2], "b": [7, 7, 7]])
    history.reset()
    history.append(3, for: "a")
    #expect(history.steps == ["a": [3, 3, 3]])
  }

  @Test func groupsCountTheirParametersInOrder() {
    let groups = [[1, 2], [], [3]].map { ParameterGroup(name: "g", parameters: $0) }
    #expect(groups.ranges() == [0..<2, 2..<2, 2..<3])
  }

  @Test func theBackboneIsAGroupOfItsOwn() {
    var config = ACTConfig()
    config.backboneLearningRate = 0.5
    let groups = config.parameterGroups([
      "model.encoder.weight": 1, "model.backbone.conv1.weight": 2, "model.action_head.bias": 3,
    ])
    #expect(groups.map(\.name) == ["default", "backbone"])
    #expect(groups.map(\.parameters) == [[1, 3], [2]])
    #expect(groups.map(\.learningRate) == [nil, 0.5])
  }

  @Test func aSequentialNamesModulesByTheirPlace() {
    let names = ["conv1.weight", "bn1.running_mean", "layer4.1.bn2.bias"]
    #expect(
      names.map(ResNetArchitecture.sequentialName) == [
        "0.weight", "1.running_mean", "7.1.bn2.bias",
      ])
  }
}
