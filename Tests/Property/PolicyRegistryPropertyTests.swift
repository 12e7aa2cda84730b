import Fast
import LeRobotCore
import Reference
import Support
import Testing

/// What the registries of policies promise of every policy in them.
@Suite struct PolicyRegistryPropertyTests {
  @Test func bothTowersTrainTheSamePolicies() {
    #expect(Fast.PolicyBuilders.builtIn.names == Reference.PolicyBuilders.builtIn.names)
    #expect(!Fast.PolicyBuilders.builtIn.names.isEmpty)
  }

  @Test(arguments: Fast.PolicyBuilders.builtIn.names)
  func whatIsTrainedCanBeConfigured(name: String) throws {
    let loaded = try ConfigLoader.load(
      arguments: ["--dataset.repo_id=d", "--policy.type=\(name)", "--policy.push_to_hub=false"],
      machine: .forTests())
    #expect(loaded.config.policy?.type == name)
  }

  @Test func namesAreUnique() {
    let names = PolicyRegistry.builtIn.names
    #expect(Set(names).count == names.count)
  }

  /// A box holds one type at a time, and equality looks inside.
  @Test(arguments: PolicyRegistry.builtIn.names)
  func aBoxEqualsOnlyWhatItHolds(name: String) throws {
    let type = try #require(PolicyRegistry.builtIn[name])
    let policy = PolicyConfig(type.init())
    #expect(policy.type == name && policy == PolicyConfig(type.init()))
    var changed = policy
    changed.common.repositoryID = "other"
    #expect(changed != policy && changed.value.common.repositoryID == "other")
    for other in PolicyRegistry.builtIn.types where other.policyType != name {
      #expect(policy != PolicyConfig(other.init()))
    }
    #expect(PolicyConfig(canonical: policy.json) == policy)
  }

  /// A policy that names weights and then starts at random would train the wrong thing.
  @Test(arguments: PolicyRegistry.builtIn.names)
  func weightsThatAreNamedAreAPart(name: String) throws {
    let type = try #require(PolicyRegistry.builtIn[name])
    guard type.recordType["pretrained_backbone_weights"] != nil else { return }
    let json: JSONValue = [
      "pretrained_backbone_weights": "ResNet18_Weights.IMAGENET1K_V1",
      "input_features": [
        "observation.images.top": ["type": "VISUAL", "shape": [3, 96, 96]]
      ],
    ]
    let read = type.init(canonical: json)
    let config = try #require(read)
    let part = PretrainedPart(
      option: "pretrained_backbone_weights",
      source: .torchvision("ResNet18_Weights.IMAGENET1K_V1"))
    #expect(config.pretrainedParts == [part])
    let blind = type.init(
      canonical: ["pretrained_backbone_weights": "ResNet18_Weights.IMAGENET1K_V1"])
    #expect(blind?.pretrainedParts == [], "without a camera there is no backbone")
  }

  /// Which policies the test above must have looked at.
  @Test func threePoliciesHaveABackboneOfTorchvision() {
    let names = PolicyRegistry.builtIn.types.filter {
      $0.recordType["pretrained_backbone_weights"] != nil
    }.map { $0.policyType }
    #expect(names == ["act", "diffusion", "vqbet"])
  }

  @Test func weightsOfTheHubAreRefusedAndNotLeftOut() throws {
    var config = SmolVLAConfig()
    #expect(config.pretrainedParts == [])
    config.loadsVisionLanguageWeights = true
    let part = try #require(config.pretrainedParts.first)
    let error = #expect(throws: PretrainedError.self) {
      try PretrainedWeights(environment: [:]) { (_, _, _) throws(RemoteFileError) in }.load(part)
    }
    #expect(
      error?.description
        == "policy.vlm_model_name: the weights of HuggingFaceTB/SmolVLM2-500M-Video-Instruct cannot be "
        + "had: there is no way to the hub")
  }

  @Test(arguments: ["groot", "reward_classifier"])
  func processorsThatAreNotBuiltAreRefused(name: String) throws {
    let type = try #require(PolicyRegistry.builtIn[name])
    #expect(throws: ProcessorError.notBuilt(policy: name)) {
      try PolicyProcessors(policy: PolicyConfig(type.init()), statistics: [:])
    }
  }

  @Test func aPolicyWithoutBuilderIsNamedWithThoseThatHaveOne() {
    let config = PolicyConfig(GrootConfig())
    let error = #expect(throws: TrainingError.self) {
      try Reference.PolicyBuilders.builtIn.makePolicy(
        config, random: SplitMixRandom(seed: 0))
    }
    #expect(
      error?.description
        == "--policy.type=groot: this release does not train it; train act, diffusion, pi0, pi05, "
        + "smolvla, tdmpc or vqbet, or use LeRobot itself")
  }

  /// A run that starts from a checkpoint asks for none, so it needs no network.
  @Test func onlyTheGivenPartsAreLoaded() throws {
    var generator = SplitMix64(seed: 4)
    var config = ACTConfig.random(cameras: 1, using: &generator)
    config.pretrainedBackboneWeights = "ResNet18_Weights.IMAGENET1K_V1"
    let policy = PolicyConfig(config)
    let backend = ReferenceBackend()
    let optimizer = config.optimizerPreset
    _ = try backend.makeLearner(
      policy: policy, optimizer: optimizer, usesPreset: true, loading: [])
    let error = #expect(throws: PolicyConfigError.self) {
      try backend.makeLearner(policy: policy, optimizer: optimizer)
    }
    #expect(
      error?.description
        == "policy.pretrained_backbone_weights: ResNet18_Weights.IMAGENET1K_V1 cannot be found "
        + "here; set it to null")
  }
}
