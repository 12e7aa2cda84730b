import Fast
import Foundation
import LeRobotCore
import OrderedCollections
import Reference
import Support
import Testing

/// Moving averages of weights in float64, as `Fixtures/generate/weight_averages.py` recorded them of
/// diffusers' EMAModel.
@Suite struct WeightAverageGoldenTests {
  private static let names = [
    "warm", "fast_warm", "late", "bounded", "constant", "late_constant",
  ]

  @Test(arguments: names)
  func decayIsDiffusers(name: String) throws {
    let golden = try AveragedSteps(name)
    for (number, step) in golden.steps.enumerated() {
      let decay = golden.config.decay(ofUpdate: number + 1)
      #expect(abs(decay - step.decay) <= 1e-15, "\(name): update \(number + 1)")
    }
  }

  @Test(arguments: names)
  func referenceAveragesAsDiffusers(name: String) throws {
    let golden = try AveragedSteps(name)
    let parameters = golden.before.mapValues {
      Reference.Parameter(Reference.Tensor($0.1), role: $0.0)
    }
    let average = Reference.WeightAverage(of: parameters)
    for (number, step) in golden.steps.enumerated() {
      for (name, weight) in step.weights { parameters[name]?.value = Reference.Tensor(weight) }
      average.update(decay: golden.config.decay(ofUpdate: number + 1))
      for (key, expected) in step.average {
        let found = average[key] ?? parameters[key]?.value
        expectClose(
          expected.doubles, found?.elements ?? [], "\(name): \(key), update \(number + 1)")
      }
    }
  }

  @Test(arguments: names) @TorchThread
  func fastAveragesAsDiffusers(name: String) throws {
    try Torch.open()
    let golden = try AveragedSteps(name)
    var parameters: Fast.NamedParameters = [:]
    for (name, (role, value)) in golden.before {
      parameters[name] = Fast.Parameter(try Fast.Tensor(value), role: role)
    }
    let average = Fast.WeightAverage(of: parameters)
    for (number, step) in golden.steps.enumerated() {
      for (name, weight) in step.weights { parameters[name]?.value = try Fast.Tensor(weight) }
      average.update(decay: golden.config.decay(ofUpdate: number + 1))
      for (key, expected) in step.average {
        let found = try (average[key] ?? parameters[key]?.value)?.host().doubles
        expectClose(expected.doubles, found ?? [], "\(name): \(key), update \(number + 1)")
      }
    }
  }

  private func expectClose(_ expected: [Double], _ found: [Double], _ what: String) {
    #expect(mismatch(expected, found, relative: 1e-12) == nil, "\(what)")
  }
}

/// One recorded average.
private struct AveragedSteps {
  struct Step {
    let weights: OrderedDictionary<String, HostTensor>
    let average: OrderedDictionary<String, HostTensor>
    let decay: Double
  }

  let config: WeightAverageConfig
  let before: OrderedDictionary<String, (ParameterRole, HostTensor)>
  let steps: [Step]

  init(_ name: String) throws {
    let file = RepositoryFiles.fixtures.appending(path: "optim/averages.json")
    let golden = try JSONValue(parsing: Data(contentsOf: file))
    let rows = try #require(golden["cases"]?.arrayValue)
    let row = try #require(rows.first { $0["name"]?.stringValue == name })
    let shapes = try #require(golden["shapes"]?.objectValue)
    func tensors(_ json: JSONValue?) throws -> OrderedDictionary<String, HostTensor> {
      try shapes.mapValues { $0 }.reduce(into: [:]) { tensors, entry in
        let numbers = try #require(json?[entry.key]?.arrayValue).compactMap(\.doubleValue)
        let shape = try #require(entry.value.arrayValue).compactMap(\.intValue)
        tensors[entry.key] = HostTensor(numbers, shape: shape)
      }
    }
    config = try WeightAverageConfig(canonical: #require(row["options"])) ?? WeightAverageConfig()
    before = try tensors(row["before"]).reduce(into: [:]) { before, entry in
      before[entry.key] = (entry.key == "frozen" ? .target : .trained, entry.value)
    }
    steps = try #require(row["steps"]?.arrayValue).map { step in
      Step(
        weights: try tensors(step["weights"]), average: try tensors(step["average"]),
        decay: try #require(step["decay"]?.doubleValue))
    }
    #expect(steps.count == 12 && before.count == 3 && row["options"]?["power"] != nil)
  }
}
