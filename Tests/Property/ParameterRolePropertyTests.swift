import Fast
import LeRobotCore
import OrderedCollections
import Reference
import Support
import Testing

/// Trained, frozen and buffers, in both towers.
@Suite struct ParameterRolePropertyTests {
  private static let config = OptimizerConfig.adamW(AdamOptions(weightDecay: 0.1))

  private static var act: (config: ACTConfig, batch: Batch) {
    var generator = SplitMix64(seed: 11)
    var config = ACTConfig.random(cameras: 0, using: &generator)
    config.dropout = 0
    return (config, .random(config, size: 2, using: &generator))
  }

  /// Whether the tests freeze a weight.
  private static func isFrozen(_ name: String) -> Bool { name.hasPrefix("model.encoder") }

  // MARK: - Both towers

  @Test func theReferenceLeavesFrozenWeightsAlone() throws {
    let (config, batch) = Self.act
    let policy = try Reference.ACTPolicy(
      config, random: Reference.TorchRandom(TorchGenerator(seed: 1)))
    for (name, parameter) in policy.parameters where Self.isFrozen(name) {
      parameter.role = .frozen
    }
    let learner = Reference.PolicyLearner(
      policy: policy, groups: policy.parameterGroups, optimizer: Self.config,
      random: Reference.TorchRandom(TorchGenerator(seed: 2)))
    try check(learner, batch, elementSize: 8)
  }

  @Test @TorchThread func fastLeavesFrozenWeightsAlone() throws {
    try Torch.open()
    let (config, batch) = Self.act
    let policy = try Fast.ACTPolicy(config, random: Fast.TorchRandom())
    for (name, parameter) in policy.parameters where Self.isFrozen(name) {
      parameter.role = .frozen
    }
    let learner = Fast.PolicyLearner(
      policy: policy, groups: policy.parameterGroups, optimizer: Self.config,
      dataType: .float32, device: .cpu, usesAutocast: false)
    try check(learner, batch, elementSize: 4)
    #expect(
      policy.parameters.allSatisfy { name, parameter in
        !Self.isFrozen(name) || !parameter.value.needsGradient
      })
  }

  /// Takes two steps.
  private func check(_ learner: any Learner, _ batch: Batch, elementSize: Int) throws {
    let before = try learner.weights()
    let frozen = before.keys.filter(Self.isFrozen)
    try #require(!frozen.isEmpty)
    for _ in 0..<2 { _ = try learner.update(batch, learningRates: learner.initialLearningRates) }
    let after = try learner.weights()
    for name in frozen { #expect(after[name] == before[name], "\(name)") }
    #expect(after["model.action_head.weight"] != before["model.action_head.weight"])

    let counts = learner.parameterCounts
    let frozenCount = frozen.reduce(0) { $0 + (before[$1]?.count ?? 0) }
    #expect(counts.learnable == counts.total - frozenCount)
    let state = try learner.optimizerState()
    let moments = state.slots.values.reduce(0) { $0 + ($1["exp_avg"]?.count ?? 0) }
    #expect(state.groups.joined().count == Set(state.groups.joined()).count)
    #expect(moments <= counts.learnable && moments > 0)
    let memory = learner.memory
    #expect(memory.gradients == counts.learnable * elementSize)
    #expect(memory.moments == 2 * memory.gradients)
    #expect(memory.weights >= counts.total * elementSize)
    #expect(memory.total == memory.weights + memory.gradients + memory.moments)
  }

  // MARK: - Types

  /// Every byte of a bfloat16 tensor, those of values that float32 could not tell from others among
  /// them: NaNs with a payload.
  private static let halves: HostTensor = {
    let bits = (0..<(1 << 20)).map { UInt16(truncatingIfNeeded: $0 &* 40_503) }
    return HostTensor(.bfloat16, shape: [1 << 10, 1 << 10], buffer: HostBuffer(bits))
  }()

  @Test @TorchThread func aFrozenTensorIsWrittenBackByteForByte() throws {
    try Torch.open()
    let folder = try TemporaryFolder()
    let path = folder.file("w.safetensors")
    try SafetensorsWriter.write(["w": Self.halves], to: path)
    let source = try SafetensorsFile(path: path)
    let fast = Fast.Parameter(
      .zeros(Self.halves.shape, dataType: .bfloat16), role: .frozen, precision: .bfloat16)
    try fast.load(source.tensor("w"))
    fast.move(to: .float32, device: .cpu)
    #expect(fast.value.dataType == .bfloat16)
    #expect(try fast.value.host() == Self.halves)
    let reference = Reference.Parameter(.zeros(Self.halves.shape), role: .frozen)
    reference.load(try source.tensor("w"))
    #expect(reference.stored == Self.halves)
  }

  /// A tensor that lies in a file's memory is not the file.
  @Test @TorchThread func writingToAFrozenTensorLeavesItsFileAlone() throws {
    try Torch.open()
    let folder = try TemporaryFolder()
    let path = folder.file("w.safetensors")
    try SafetensorsWriter.write(["w": Self.halves], to: path)
    let parameter = Fast.Parameter(
      .zeros(Self.halves.shape, dataType: .bfloat16), role: .frozen, precision: .bfloat16)
    try parameter.load(SafetensorsFile(path: path).tensor("w"))
    parameter.value = .ones(Self.halves.shape)
    #expect(try parameter.value.host().doubles.allSatisfy { $0 == 1 })
    #expect(try SafetensorsFile(path: path).tensor("w") == Self.halves)
  }

  @Test @TorchThread func loadingConvertsToTheParametersOwnType() throws {
    try Torch.open()
    let host = HostTensor([1, -2.5, 3] as [Float], shape: [3])
    for (type, role) in [(DataType.bfloat16, ParameterRole.trained), (.float64, .frozen)] {
      let parameter = Fast.Parameter(.zeros([3], dataType: type), role: role)
      try parameter.load(host)
      #expect(parameter.value.dataType == type)
      #expect(try parameter.value.host().doubles == host.doubles)
    }
  }

  /// Each element type takes its own kernel; a step over several is a step over each.
  @Test @TorchThread func parametersOfSeveralTypesTakeOneStepTogether() throws {
    try Torch.open()
    func stepped(_ types: [DataType]) throws -> [HostTensor] {
      let parameters = types.map { type in
        Fast.Parameter(Fast.Tensor([1, 2, 4]).to(type), precision: type)
      }
      let optimizer = Fast.Optimizer(
        groups: [ParameterGroup(name: "default", parameters: parameters)], Self.config)
      for parameter in parameters { parameter.value.squared().sum().backward() }
      optimizer.step(learningRates: [0.5])
      return try parameters.map { try $0.value.host() }
    }
    let types = [DataType.bfloat16, .float32, .float64, .bfloat16]
    let together = try stepped(types)
    #expect(try together == types.flatMap { try stepped([$0]) })
    #expect(together.map(\.scalarType) == types.map(\.scalarType))
    #expect(together[0].doubles != [1, 2, 4])
  }
}
