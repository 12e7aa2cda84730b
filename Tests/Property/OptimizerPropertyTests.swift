import Foundation
import LeRobotCore
import Reference
import Support
import Testing

/// Optimizers against closed forms of their first steps on a scalar θ = 1.
@Suite struct OptimizerPropertyTests {
  /// θ after each of the given gradients.
  private func path(
    _ config: OptimizerConfig, group: String = "default", gradients: [Double]
  ) -> [Double] {
    let parameter = Parameter(Tensor(1))
    let group = ParameterGroup(name: group, parameters: [parameter])
    let optimizer = Optimizer(groups: [group], config)
    return gradients.map { gradient in
      optimizer.step([Tensor(gradient)], learningRates: optimizer.initialLearningRates)
      return parameter.value.scalar
    }
  }

  private func isClose(_ a: [Double], _ b: [Double]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-12 }
  }

  @Test func adamFollowsItsClosedForm() {
    var options = AdamOptions(weightDecay: 0.5)
    options.learningRate = 0.1
    options.epsilon = 0.01
    // t = 1: the bias corrections cancel, m̂ = g and √v̂ = |g|, with g = 2 + 0.5·1.
    let first = 1 - 0.1 * 2.5 / (2.5 + 0.01)
    let g = -1 + 0.5 * first
    let m = (0.9 * 0.1 * 2.5 + 0.1 * g) / (1 - 0.81)
    let v = (0.999 * 0.001 * 6.25 + 0.001 * g * g) / (1 - 0.999 * 0.999)
    let second = first - 0.1 * m / (v.squareRoot() + 0.01)
    #expect(isClose(path(.adam(options), gradients: [2, -1]), [first, second]))
  }

  @Test func adamWDecaysTheParameterAndNotTheGradient() {
    var options = AdamOptions(weightDecay: 0.5)
    options.learningRate = 0.1
    options.epsilon = 0.01
    let first = (1 - 0.05) - 0.1 * 2 / (2 + 0.01)
    let m = (0.9 * 0.1 * 2 - 0.1) / (1 - 0.81)
    let v = (0.999 * 0.001 * 4 + 0.001) / (1 - 0.999 * 0.999)
    let second = (1 - 0.05) * first - 0.1 * m / (v.squareRoot() + 0.01)
    #expect(isClose(path(.adamW(options), gradients: [2, -1]), [first, second]))
  }

  @Test func sgdWithoutMomentumIsPlainDescent() {
    var options = SGDOptions()
    options.learningRate = 0.1
    options.weightDecay = 0.5
    let first = 1 - 0.1 * (2 + 0.5)
    let second = first - 0.1 * (-1 + 0.5 * first)
    #expect(isClose(path(.sgd(options), gradients: [2, -1]), [first, second]))
  }

  @Test(arguments: [false, true])
  func sgdDampensAllButTheFirstGradient(nesterov: Bool) {
    var options = SGDOptions()
    options.learningRate = 0.1
    options.momentum = 0.8
    options.dampening = nesterov ? 0 : 0.3
    options.nesterov = nesterov
    let buffer = 0.8 * 2 + (1 - options.dampening) * -1
    let first = 1 - 0.1 * (nesterov ? 2 + 0.8 * 2 : 2)
    let second = first - 0.1 * (nesterov ? -1 + 0.8 * buffer : buffer)
    #expect(isClose(path(.sgd(options), gradients: [2, -1]), [first, second]))
  }

  @Test func multiAdamTakesEachGroupsOwnOptions() {
    var options = MultiAdamOptions()
    options.learningRate = 0.1
    options.groups = ["slow": ["lr": .double(0.01), "eps": .int(1)]]
    // Where nothing is set ε is 1e-5.
    #expect(isClose(path(.multiAdam(options), group: "a", gradients: [2]), [1 - 0.2 / 2.00001]))
    #expect(isClose(path(.multiAdam(options), group: "slow", gradients: [2]), [1 - 0.02 / 3]))
  }

  @Test func multiAdamReadsBetasAndWeightDecay() {
    var options = MultiAdamOptions()
    options.weightDecay = 0.25
    options.groups = [
      "own": [
        "betas": .array([.double(0), .double(0)]), "weight_decay": .double(0.5), "lr": .int(1),
      ]
    ]
    // With both β = 0 every step is η·g/(|g| + ε), g = 1 + 0.5θ.
    let step = 1.5 / (1.5 + 1e-5)
    #expect(isClose(path(.multiAdam(options), group: "own", gradients: [1]), [1 - step]))
    let common = 1 - 1e-3 * 1.25 / (1.25 + 1e-5)
    #expect(isClose(path(.multiAdam(options), group: "other", gradients: [1]), [common]))
  }

  @Test func clippingScalesAllGradientsByOneFactor() {
    let gradients: [Tensor?] = [Tensor([3], shape: [1]), nil, Tensor([0, 4], shape: [2])]
    let (large, norm) = clipped(gradients, maximumNorm: 1)
    #expect(norm == 5)
    let scale = 1 / (5 + 1e-6)
    #expect(large[0]?.elements == [3 * scale] && large[1] == nil)
    #expect(large[2]?.elements == [0, 4 * scale])
  }

  @Test(arguments: [0, 5.1, 100])
  func gradientsWithinTheNormStay(maximumNorm: Double) {
    let gradients: [Tensor?] = [Tensor([3, 4], shape: [2])]
    #expect(clipped(gradients, maximumNorm: maximumNorm).gradients == gradients)
  }

  @Test func aParameterWithoutGradientStaysAndIsNotRemembered() {
    let parameters = [Parameter(Tensor(1)), Parameter(Tensor(1))]
    let groups = [
      ParameterGroup(name: "a", parameters: [parameters[0]]),
      ParameterGroup(name: "b", parameters: [parameters[1]], learningRate: 0.5),
    ]
    let optimizer = Optimizer(groups: groups, .adam(AdamOptions(weightDecay: 0.1)))
    #expect(optimizer.initialLearningRates == [1e-3, 0.5])
    optimizer.step([nil, Tensor(1)], learningRates: [1, 1])
    #expect(parameters[0].value == Tensor(1))
    #expect(Array(optimizer.state().slots.keys) == [1])
    #expect(optimizer.state().groups == [[0], [1]])
  }

  @Test func aRestoredStateContinuesTheSameWay() throws {
    let config = OptimizerConfig.adamW(AdamOptions(weightDecay: 0.1))
    func optimizer(_ start: Double) -> Optimizer {
      let group = ParameterGroup(name: "a", parameters: [Parameter(Tensor(start))])
      return Optimizer(groups: [group], config)
    }
    let first = optimizer(1)
    first.step([Tensor(0.5)], learningRates: [0.25])
    let second = optimizer(first.parameters[0].value.scalar)
    try second.load(
      SavedOptimizer(config, state: first.state(), learningRates: [0.25], initialLearningRates: nil)
    )
    first.step([Tensor(0.25)], learningRates: [0.25])
    second.step([Tensor(0.25)], learningRates: [0.25])
    let message = mismatch(
      first.parameters[0].value, second.parameters[0].value, relative: 1e-7)
    #expect(message == nil)
    #expect(Array(second.state().slots[0]?.keys ?? []) == ["step", "exp_avg", "exp_avg_sq"])
  }

  @Test func aStateOfOtherParametersIsRefused() {
    let group = ParameterGroup(name: "a", parameters: [Parameter(Tensor(1))])
    let optimizer = Optimizer(groups: [group], .sgd(SGDOptions()))
    func expect(_ error: OptimizerStateError, _ slots: [Int: NamedTensors], _ groups: [[Int]]) {
      #expect(!error.description.contains("\n"))
      #expect(throws: error) {
        let state = OptimizerState(slots: slots, groups: groups)
        try optimizer.load(SavedOptimizer(state: state, options: []))
      }
    }
    let buffer = HostTensor([1, 2] as [Float], shape: [2])
    expect(.otherGroups(expected: [1], found: [1, 1]), [:], [[0], [1]])
    expect(.noSuchParameter(1, count: 1), [1: [:]], [[0]])
    expect(
      .wrongShape(tensor: "state/0/momentum_buffer", expected: [], found: [2]),
      [0: ["momentum_buffer": buffer]], [[0]])
  }

  /// Options that have nothing in common with the defaults.
  private static let unlike: AdamOptions = {
    var options = AdamOptions(weightDecay: 0.5)
    (options.learningRate, options.beta1, options.beta2, options.epsilon) = (1, 0.5, 0.6, 0.1)
    return options
  }()
  private static let unlikeSGD: SGDOptions = {
    var options = SGDOptions()
    (options.learningRate, options.momentum, options.dampening) = (1, 0.5, 0.25)
    (options.weightDecay, options.nesterov) = (0.125, false)
    return options
  }()

  @Test(arguments: [
    (OptimizerConfig.adam(unlike), OptimizerConfig.adam(AdamOptions(weightDecay: 0))),
    (.adamW(unlike), .adamW(AdamOptions(weightDecay: 0))),
    (.sgd(unlikeSGD), .sgd(SGDOptions())),
  ])
  func whatAGroupWasSavedWithComesBack(saved: OptimizerConfig, given: OptimizerConfig) {
    let options = SavedOptimizer(
      saved, state: OptimizerState(slots: [:], groups: [[]]), learningRates: [1],
      initialLearningRates: nil
    ).options[0]
    #expect(given.restored(from: options) == saved)
    #expect(given.restored(from: [:]) == given)
  }

  @Test func aGroupOfSeveralAdamsComesBackAsItsOwnAdam() {
    var given = MultiAdamOptions()
    given.groups = ["actor": ["lr": 3]]
    let state = OptimizerState(slots: [:], groups: [[]])
    let options = SavedOptimizer(
      .adam(Self.unlike), state: state, learningRates: [1], initialLearningRates: nil
    ).options[0]
    #expect(OptimizerConfig.multiAdam(given).restored(from: options) == .adam(Self.unlike))
  }
}
