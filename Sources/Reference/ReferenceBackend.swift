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
    try loadBackbone(of: policy)
    let groups = usesPreset ? policy.parameterGroups : policy.singleGroup
    return PolicyLearner(policy: policy, groups: groups, optimizer: optimizer, random: random)
  }

  /// Pretrained weights take the place of drawn ones, which were drawn all the same.
  private func loadBackbone(of policy: any Policy) throws {
    switch policy {
    case let policy as ACTPolicy:
      guard let name = policy.config.pretrainedBackboneWeights,
        let backbone = policy.model.backbone
      else { return }
      try backbone.load(try pretrainedWeights(name), from: name)
    case let policy as DiffusionPolicy:
      guard let name = policy.config.pretrainedBackboneWeights, !policy.model.encoders.isEmpty
      else { return }
      let weights = try pretrainedWeights(name)
      for encoder in policy.model.encoders { try encoder.load(weights, from: name) }
    default: return
    }
  }
}
