import Foundation
import LeRobotCore
import LeRobotData
import Support
import Testing

/// Actions relative to the state against LeRobot 0.5.1 (`Fixtures/generate/relative_actions.py`).
struct RelativeActionsGoldenTests {
  private struct Golden {
    let json: JSONValue

    func numbers(_ key: String) -> [Double] {
      json[key]?.arrayValue?.compactMap(\.doubleValue) ?? []
    }
    func texts(_ key: String) -> [String]? { json[key]?.arrayValue?.compactMap(\.stringValue) }
    func count(_ key: String) -> Int { json[key]?.intValue ?? 0 }
    var joints: RelativeJoints {
      RelativeJoints(excluded: texts("excluded") ?? [], names: texts("names"))
    }
    var stateWidth: Int { numbers("states").count / Int(numbers("lengths").reduce(0, +)) }

    /// The first chunk and its state, as a batch of one.
    var batch: Batch {
      let (steps, width) = (count("steps"), count("width"))
      let action = numbers("actions").prefix(steps * width).map { Float($0) }
      let state = numbers("states").prefix(stateWidth).map { Float($0) }
      return Batch(tensors: [
        "action": HostTensor(action, shape: [1, steps, width]),
        "observation.state": HostTensor(state, shape: [1, stateWidth]),
      ])
    }
  }

  private static func goldens() throws -> [Golden] {
    let url = RepositoryFiles.fixtures.appending(path: "statistics/relative.json")
    return try JSONValue(parsing: Data(contentsOf: url)).arrayValue?.map(Golden.init) ?? []
  }

  @Test func actionsAreLeRobotsThereAndBack() throws {
    let goldens = try Self.goldens()
    #expect(goldens.count == 6)
    for golden in goldens {
      let mask = golden.json["mask"]?.arrayValue?.map { $0 == .bool(true) ? 1.0 : 0 }
      #expect(golden.joints.mask(width: golden.count("width")) == mask)
      let relative = try RelativeActionsStep(golden.joints)(golden.batch)
      #expect(relative["action"]?.doubles == golden.numbers("relative"))
      #expect(relative["observation.state"] == golden.batch["observation.state"])
      #expect(try AbsoluteActionsStep()(relative)["action"]?.doubles == golden.numbers("absolute"))
    }
  }

  @Test func statisticsOfChunksAreLeRobots() throws {
    for golden in try Self.goldens() {
      let lengths = golden.numbers("lengths").map { Int($0) }
      let found = RelativeActionStatistics(
        actions: golden.numbers("actions").map { Float($0) }, width: golden.count("width"),
        states: golden.numbers("states").map { Float($0) }, stateWidth: golden.stateWidth,
        steps: golden.count("steps"), lengths: lengths
      ).statistics(golden.joints)
      for name in ["mean", "std", "min", "max", "q01", "q10", "q50", "q90", "q99"] {
        let expected = HostTensor(nested: golden.json["statistics"]?[name] ?? .null)?.doubles
        let message = mismatch(
          expected ?? [], found?[name]?.doubles ?? [], relative: 1e-6, absolute: 1e-7)
        #expect(message == nil && expected?.isEmpty == false, "\(name)")
      }
    }
  }
}
