import Fast
import Foundation
import LeRobotCore
import Reference
import Support
import Testing

/// Clipping and steps of torch's optimizers in float64, as `Fixtures/generate/optimizers.py` recorded
/// them: two parameters in a group each, rates that move, steps without a gradient.
@Suite struct OptimizerGoldenTests {
  private static let names = [
    "adam", "adam_decayed", "adam_clipped", "adamw", "adamw_clipped", "sgd", "sgd_momentum",
    "sgd_nesterov", "sgd_clipped", "multi_adam",
  ]

  @Test(arguments: names)
  func referenceStepsAsTorch(name: String) throws {
    let golden = try OptimizerSteps(name)
    let parameters = golden.before.map { Reference.Parameter(Reference.Tensor($0)) }
    let optimizer = Reference.Optimizer(
      groups: zip(golden.groupNames, parameters).map {
        ParameterGroup(name: $0, parameters: [$1])
      }, golden.config)
    expectClose(golden.rates, optimizer.initialLearningRates, "\(name): rates")
    for step in golden.steps {
      let gradients = step.gradients.map { $0.map { Reference.Tensor($0) } }
      let (clipped, norm) = clipped(gradients, maximumNorm: golden.config.gradientClipNorm)
      optimizer.step(clipped, learningRates: golden.rates.map { $0 * step.factor })
      expectClose([step.norm], [norm], "\(name): norm")
      for (after, parameter) in zip(step.after, parameters) {
        expectClose(after.doubles, parameter.value.elements, "\(name)")
      }
    }
  }

  /// By the bits, with the kernel of our own: libtorch's later releases round otherwise.
  @Test @TorchThread func stepsInBFloat16AreThoseOfLeRobotsTorch() throws {
    let folder = RepositoryFiles.fixtures.appending(path: "optim")
    let golden = try SafetensorsFile(path: folder.appending(path: "bfloat16.safetensors").path)
      .tensors()
    try FastBackend(device: "cpu").seed(0)
    func tensor(_ name: String) throws -> HostTensor { try #require(golden[name]) }
    let weight = Fast.Parameter(try Fast.Tensor(tensor("before")), precision: .bfloat16)
    var options = AdamOptions(weightDecay: 0.3)
    (options.beta2, options.epsilon) = (0.95, 1e-8)
    let optimizer = Fast.Optimizer(
      groups: [ParameterGroup(name: "", parameters: [weight])], .adamW(options))
    let (_, counts) = try runs(.own) {
      for step in 0..<5 {
        weight.value.clearGradient()
        let gradient = try Fast.Tensor(tensor("gradients/\(step)"))
        (weight.variable * gradient).sum().backward()
        optimizer.step(learningRates: [1e-3])
      }
    }
    #expect(counts == [.narrowAdam: 5])
    let slot = try #require(try optimizer.state().slots[0])
    #expect(try weight.value.host() == tensor("after"))
    #expect(try slot["exp_avg"] == tensor("exp_avg"))
    #expect(try slot["exp_avg_sq"] == tensor("exp_avg_sq"))
  }

  @Test(arguments: names) @TorchThread
  func fastStepsAsTorch(name: String) throws {
    try Torch.open()
    let golden = try OptimizerSteps(name)
    let parameters = try golden.before.map { Fast.Parameter(try Fast.Tensor($0)) }
    let optimizer = Fast.Optimizer(
      groups: zip(golden.groupNames, parameters).map {
        ParameterGroup(name: $0, parameters: [$1])
      }, golden.config)
    expectClose(golden.rates, optimizer.initialLearningRates, "\(name): rates")
    for step in golden.steps {
      for (parameter, gradient) in zip(parameters, step.gradients) {
        parameter.value.clearGradient()
        guard let gradient else { continue }
        // The gradient of Σ g·θ is g.
        (parameter.value * (try Fast.Tensor(gradient))).sum().backward()
      }
      let pulled = parameters.map(\.value).filter(\.hasGradient)
      let norm = gradientNorm(of: pulled)
      let value = try norm.host().doubles[0]
      clipGradients(
        of: pulled, norm: norm, value: value, maximumNorm: golden.config.gradientClipNorm)
      optimizer.step(learningRates: golden.rates.map { $0 * step.factor })
      expectClose([step.norm], [value], "\(name): norm")
      for (after, parameter) in zip(step.after, parameters) {
        expectClose(after.doubles, try parameter.value.host().doubles, "\(name)")
      }
    }
  }

  private func expectClose(_ expected: [Double], _ found: [Double], _ what: String) {
    let message = mismatch(expected, found, relative: 1e-13)
    #expect(message == nil, "\(what)")
  }
}

/// One recorded optimizer.
private struct OptimizerSteps {
  struct Step {
    /// Of the learning rates.
    let factor: Double
    let gradients: [HostTensor?]
    let norm: Double
    let after: [HostTensor]
  }

  let config: OptimizerConfig
  let groupNames: [String]
  let rates: [Double]
  let before: [HostTensor]
  let steps: [Step]

  init(_ name: String) throws {
    let file = RepositoryFiles.fixtures.appending(path: "optim/steps.json")
    let golden = try JSONValue(parsing: Data(contentsOf: file))
    let rows = try #require(golden["cases"]?.arrayValue)
    let row = try #require(rows.first { $0["name"]?.stringValue == name })
    let shapes = try #require(golden["shapes"]?.objectValue)
    let factors = try #require(golden["rates"]?.arrayValue).compactMap(\.doubleValue)
    func tensors(_ json: JSONValue?) -> [HostTensor?] {
      shapes.map { name, shape in
        let numbers = json?[name]?.arrayValue?.compactMap(\.doubleValue)
        return numbers.map {
          HostTensor($0, shape: shape.arrayValue?.compactMap(\.intValue) ?? [])
        }
      }
    }
    let options = try #require(row["options"])
    config = try #require(OptimizerConfig(canonical: options))
    groupNames = Array(shapes.keys)
    rates = try #require(row["rates"]?.arrayValue).compactMap(\.doubleValue)
    before = tensors(row["before"]).compactMap { $0 }
    steps = try zip(#require(row["steps"]?.arrayValue), factors).map { step, factor in
      Step(
        factor: factor, gradients: tensors(step["gradients"]),
        norm: try #require(step["norm"]?.doubleValue),
        after: tensors(step["after"]).compactMap { $0 })
    }
    #expect(before.count == shapes.count && steps.count == factors.count)
  }
}
