import LeRobotCore

/// Training in plain Swift, in Double, on torch's random streams.
package final class ReferenceBackend: Backend {
  package let name = "reference"
  package let numPy = NumPyStream()
  private let random: TorchRandom
  private let policies: PolicyBuilders
  private let pretrainedWeights: (PretrainedPart) throws -> any WeightSource

  /// - Parameters:
  ///   - policies: those that can be trained.
  ///   - pretrainedWeights: the tensors that a part of a new policy starts from.
  package init(
    policies: PolicyBuilders = .builtIn,
    pretrainedWeights: @escaping (PretrainedPart) throws -> any WeightSource = noPretrainedWeights
  ) {
    random = TorchRandom(TorchGenerator(seed: TorchRandom.defaultSeed), numPy: numPy)
    self.policies = policies
    self.pretrainedWeights = pretrainedWeights
  }

  package func seed(_ seed: UInt64) throws {
    random.generator = TorchGenerator(seed: seed)
    numPy.generator = NumPyGenerator(seed: UInt32(truncatingIfNeeded: seed))
  }

  package func randomState() throws -> [UInt8] { random.generator.state }
  package func setRandomState(_ state: [UInt8]) throws {
    random.generator = try TorchGenerator(state: state)
  }
  package func deviceRandomState() throws -> [UInt8]? { nil }
  package func setDeviceRandomState(_ state: [UInt8]) throws {}

  package func makeLearner(
    policy config: PolicyConfig, optimizer: OptimizerConfig, usesPreset: Bool,
    loading parts: [PretrainedPart]
  ) throws -> any Learner {
    let policy = try policies.makePolicy(config, random: random)
    for part in parts { try policy.load(part, from: try pretrainedWeights(part)) }
    let groups = usesPreset ? policy.parameterGroups : policy.singleGroup
    return PolicyLearner(policy: policy, groups: groups, optimizer: optimizer, random: random)
  }
}
