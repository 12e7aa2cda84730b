import LeRobotCore

/// Training in plain Swift, in Double, on torch's random streams.
package final class ReferenceBackend: Backend {
  package let name = "reference"
  private let random = TorchRandom(TorchGenerator(seed: TorchRandom.defaultSeed))
  private let pretrainedWeights: (String) throws -> NamedTensors

  /// - Parameter pretrainedWeights: tensors of a torchvision model by the name of its weights.
  package init(pretrainedWeights: @escaping (String) throws -> NamedTensors) {
    self.pretrainedWeights = pretrainedWeights
  }

  package func seed(_ seed: UInt64) throws { random.generator = TorchGenerator(seed: seed) }

  package func randomState() throws -> [UInt8] { random.generator.state }
  package func setRandomState(_ state: [UInt8]) throws {
    random.generator = try TorchGenerator(state: state)
  }
  package func deviceRandomState() throws -> [UInt8]? { nil }
  package func setDeviceRandomState(_ state: [UInt8]) throws {}

  package func makeLearner(
    policy config: PolicyConfig, optimizer: OptimizerConfig, usesPreset: Bool
  ) throws -> any Learner {
    let policy = try makePolicy(config, random: random)
    try loadBackbone(of: policy, config)
    let groups = usesPreset ? policy.parameterGroups : policy.singleGroup
    return PolicyLearner(policy: policy, groups: groups, optimizer: optimizer, random: random)
  }

  /// Pretrained weights take the place of drawn ones, which were drawn all the same.
  private func loadBackbone(of policy: any Policy, _ config: PolicyConfig) throws {
    switch config {
    case .act(let config):
      guard let name = config.pretrainedBackboneWeights,
        let backbone = (policy as? ACTPolicy)?.model.backbone
      else { return }
      let weights = try pretrainedWeights(name)
      for (key, parameter) in backbone.parameters {
        guard let host = weights[key], host.shape == parameter.value.shape else {
          throw ReferenceError.wrongShape(
            tensor: "\(name), \(key)", expected: parameter.value.shape,
            found: weights[key]?.shape ?? [])
        }
        parameter.value = Tensor(host)
      }
    default: return
    }
  }
}
