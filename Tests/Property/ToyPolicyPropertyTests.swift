import Fast
import LeRobotCore
import LeRobotHub
import OrderedCollections
import Reference
import Support
import Testing

/// A policy and a processor step that no file but this one knows, added through the registries: what
/// is missing in a registry, or what is not asked of a protocol, fails here.
@Suite struct ToyPolicyPropertyTests {
  private static let policies = PolicyRegistry.builtIn.adding(ToyConfig.self)
  private static let schema = ConfigSchema(policies: policies)
  private static let steps = ProcessorRegistry.builtIn.adding(ToyTokenizerStep.self)
  private static let base = [
    "--dataset.repo_id=d", "--policy.type=toy", "--policy.push_to_hub=false",
  ]

  // MARK: - Configuration

  @Test func theCommandLineConfiguresIt() throws {
    let loaded = try ConfigLoader.load(
      arguments: Self.base + ["--policy.gain=0.5", "--policy.optimizer_lr=0.25"],
      machine: .forTests(), schema: Self.schema)
    let toy = try #require(loaded.config.policy?.value as? ToyConfig)
    #expect(toy.gain == 0.5 && loaded.config.optimizer?.learningRate == 0.25)
    #expect(loaded.config.jobName == "toy")
    #expect(loaded.warnings.isEmpty)
  }

  @Test func withoutTheRegistryNobodyKnowsIt() {
    let error = #expect(throws: ConfigError.self) {
      try ConfigLoader.load(arguments: Self.base, machine: .forTests())
    }
    #expect(error?.description.contains("--policy.type=toy: unknown choice") == true)
  }

  @Test func itsChecksAndUnusedFieldsAreReported() throws {
    let error = #expect(throws: ConfigError.self) {
      try ConfigLoader.load(
        arguments: Self.base + ["--policy.gain=0"], machine: .forTests(), schema: Self.schema)
    }
    #expect(error?.description == "--policy.gain=0: 0.0 is not positive; raise it")
    let loaded = try ConfigLoader.load(
      arguments: Self.base + ["--policy.doubles=false", "--policy.factor=3"],
      machine: .forTests(), schema: Self.schema)
    #expect(
      loaded.warnings == [
        .ignored(
          option: "--policy.factor=3", reason: "nothing is multiplied",
          remedy: "give --policy.doubles=true")
      ])
  }

  @Test func helpAndCompletionShowIt() throws {
    let help = HelpText.text(for: ["--help", "--policy.type=toy"], schema: Self.schema)
    #expect(
      help.contains("--policy.gain") && help.contains("What predictions are multiplied with."))
    #expect(Completion.script(for: .bash, schema: Self.schema).contains("--policy.gain="))
    #expect(!Completion.script(for: .bash).contains("--policy.gain="))
  }

  @Test func itFitsADatasetOrSaysWhyNot() throws {
    let policy = try PolicyConfig(ToyConfig()).fitted(to: Self.features)
    #expect(policy.common.inputFeatures.keys == ["observation.state"])
    let error = #expect(throws: FeatureError.self) {
      try PolicyConfig(ToyConfig()).fitted(
        to: Self.features.filter { $0.key != "observation.state" })
    }
    #expect(error?.description == "policy.input_features: toy needs observation.state")
    let unbuildable = #expect(throws: FeatureError.self) {
      try PolicyConfig(ToyConfig()).fitted(
        to: [
          "observation.state": PolicyFeature(type: .state, shape: [0]),
          "action": PolicyFeature(type: .action, shape: [2]),
        ])
    }
    #expect(unbuildable == .notVector(feature: "observation.state", shape: [0]))
  }

  // MARK: - Training

  private static let features: OrderedDictionary = [
    "observation.state": PolicyFeature(type: .state, shape: [3]),
    "action": PolicyFeature(type: .action, shape: [2]),
  ]

  private static func policy() throws -> PolicyConfig {
    let loaded = try ConfigLoader.load(
      arguments: base + ["--policy.gain=0.5"], machine: .forTests(), schema: schema)
    return try #require(loaded.config.policy).fitted(to: features)
  }

  private static func batches() -> [Batch] {
    var generator = SplitMix64(seed: 17)
    return (0..<20).map { _ in
      func tensor(_ shape: [Int]) -> HostTensor {
        let count = shape.reduce(1, *)
        return HostTensor(
          (0..<count).map { _ in Double.random(in: -1...1, using: &generator) }, shape: shape)
      }
      return Batch(tensors: ["observation.state": tensor([4, 3]), "action": tensor([4, 2])])
    }
  }

  /// The losses of twenty steps from the same weights.
  private static func losses(_ backend: any Backend, _ weights: NamedTensors) throws -> [Double] {
    let policy = try policy()
    let learner = try backend.makeLearner(
      policy: policy, optimizer: policy.value.optimizerPreset)
    let names = try learner.loadWeights(from: weights)
    #expect(names.missing.isEmpty && names.unexpected.isEmpty)
    return try batches().map {
      try learner.update($0, learningRates: learner.initialLearningRates).loss
    }
  }

  private static let weights: NamedTensors = [
    "layer.weight": HostTensor([0.5, -0.25, 1, 0.125, 2, -1] as [Float], shape: [2, 3]),
    "layer.bias": HostTensor([0.5, -2] as [Float], shape: [2]),
  ]

  @Test(arguments: [DataType.float64, .float32])
  func bothTowersLoseTheSame(type: DataType) async throws {
    let reference = try Self.losses(
      ReferenceBackend(
        policies: Reference.PolicyBuilders.builtIn.adding(
          Reference.PolicyBuilder(ReferenceToy.init))),
      Self.weights)
    let fast = try await onTorchThread {
      try Self.losses(
        FastBackend(
          device: "cpu", dataType: type,
          policies: Fast.PolicyBuilders.builtIn.adding(Fast.PolicyBuilder(FastToy.init))),
        Self.weights)
    }
    let bound = type == .float64 ? 1e-9 : 1e-5
    #expect(mismatch(reference, fast, relative: bound) == nil)
    let (first, last) = (reference.prefix(5).reduce(0, +), reference.suffix(5).reduce(0, +))
    #expect(last < 0.9 * first, "it learns: \(reference)")
  }

  @Test func publishedWeightsForAPolicyThatDrawsAllAreRefused() throws {
    let part = PretrainedPart(option: "toy_weights", source: .torchvision("x"))
    let backend = ReferenceBackend(
      policies: Reference.PolicyBuilders.builtIn.adding(Reference.PolicyBuilder(ReferenceToy.init)),
      pretrainedWeights: { _ in NamedTensors() })
    let policy = try Self.policy()
    #expect(throws: PolicyConfigError.unknownPart(part)) {
      try backend.makeLearner(
        policy: policy, optimizer: policy.value.optimizerPreset, usesPreset: true, loading: [part])
    }
  }

  // MARK: - Checkpoints

  @Test func itsCheckpointIsReadBack() throws {
    let folder = try TemporaryFolder()
    let policy = try Self.policy()
    let words = try Self.words()
    var contents = CheckpointContents.sample(step: 3)
    contents.policyConfig = policy.json.pythonText(indent: 4)
    contents.processors = try PolicyProcessors(
      policy: policy, statistics: [:], resources: words)
    let path = try CheckpointWriter(outputDirectory: folder.file("run"), totalSteps: 3)
      .write(contents)
    let checkpoint = try Checkpoint.open(path)
    let json = try JSONValue(parsing: checkpoint.policyConfig())
    #expect(json["type"] == "toy" && Self.policies.policy(canonical: json) == policy)
    #expect(PolicyRegistry.builtIn.policy(canonical: json) == nil)

    let read = try checkpoint.processors(registry: Self.steps, resources: words)
    #expect(read == contents.processors)
    #expect(throws: CheckpointError.self) { try checkpoint.processors() }

    let loaded = try ConfigLoader.load(
      arguments: [
        "--dataset.repo_id=d", "--policy.path=\(checkpoint.pretrainedModel)", "--policy.gain=2",
        "--output_dir=\(folder.file("next"))",
      ],
      machine: ConfigMachine(isAvailable: { _ in false }), schema: Self.schema)
    let toy = try #require(loaded.config.policy?.value as? ToyConfig)
    #expect(toy.gain == 2 && toy.common.inputFeatures == policy.common.inputFeatures)
  }

  // MARK: - A processor step

  /// A store with one repository, `toy/words`, of three words.
  private static func words() throws -> ResourceStore {
    let folder = try TemporaryFolder()
    let path = try folder.write("push\npull\nlift\n".utf8, to: "words.txt")
    return ResourceStore { (file, repository) throws(RemoteFileError) in
      withExtendedLifetime(folder) {
        repository == "toy/words" && file == "words.txt" ? path : nil
      }
    }
  }

  private static func pipeline(
    _ text: String, dropping: (String) -> Void = { _ in }
  ) throws -> ProcessorPipeline {
    let folder = try TemporaryFolder()
    _ = try folder.write(text.utf8, to: "p.json")
    return try ProcessorPipeline(
      folder: folder.path, name: "p", registry: steps, resources: try words()
    ) { dropping($1) }
  }

  @Test func aStepReadsTextsAndResources() throws {
    let pipeline = try Self.pipeline(
      #"{"steps": [{"registry_name": "toy_tokenizer", "config": {"repository": "toy/words"}}]}"#)
    let state = HostTensor([1, 2] as [Float], shape: [2, 1])
    let batch = Batch(tensors: ["observation.state": state], tasks: ["lift", "push"])
    let result = try pipeline(batch)
    #expect(
      result["observation.language.tokens"] == HostTensor([2, 0] as [Int64], shape: [2]))
    #expect(result["observation.state"] == state && result.tasks == batch.tasks)
  }

  /// The texts reach a policy's steps through the whole preprocessor.
  @Test func aPoliciesPreprocessorKeepsTheTexts() throws {
    let processors = try PolicyProcessors(
      policy: try Self.policy(), statistics: [:], resources: try Self.words())
    let batch = Batch(
      tensors: ["observation.state": HostTensor([1] as [Float], shape: [1, 1])], tasks: ["pull"])
    let result = try processors.preprocess(batch)
    #expect(result["observation.language.tokens"] == HostTensor([1] as [Int64], shape: [1]))
  }

  @Test func aStepsFileIsTheOneThatWasRead() throws {
    let text = """
      {
        "name": "p",
        "steps": [
          {
            "registry_name": "toy_tokenizer",
            "config": {
              "repository": "toy/words"
            }
          }
        ]
      }
      """
    #expect(try Self.pipeline(text).jsonText == text)
  }

  @Test func unknownFieldsOfAStepAreReported() throws {
    var dropped: [String] = []
    _ = try Self.pipeline(
      #"{"steps": [{"registry_name": "toy_tokenizer", "x": 1, "config": {"repository": "toy/words", "y": 2}}]}"#
    ) { dropped.append($0) }
    #expect(dropped == ["steps[0].x", "steps[0].config.y"])
  }

  @Test func aResourceThatIsMissingIsNamed() throws {
    let text =
      #"{"steps": [{"registry_name": "toy_tokenizer", "config": {"repository": "a/b"}}]}"#
    let error = #expect(throws: ProcessorError.self) { try Self.pipeline(text) }
    #expect(
      error?.description
        == "words.txt of a/b: there is no such file; check the name")
  }

  @Test func resourcesAreFoundInFoldersAndInTheHubsCache() throws {
    let folder = try TemporaryFolder()
    let commit = String(repeating: "c", count: 40)
    let here = try folder.write([], to: "here/words.txt")
    _ = try folder.write(commit.utf8, to: "hub/models--a--b/refs/main")
    let there = try folder.write([], to: "hub/models--a--b/snapshots/\(commit)/words.txt")
    _ = try folder.write([], to: "hub/models--a--b/.no_exist/\(commit)/other")
    let store = ResourceStore(Hub(["HF_HUB_CACHE": folder.file("hub"), "HF_HUB_OFFLINE": "1"]))
    #expect(try store.path("words.txt", of: folder.file("here")) == here)
    #expect(try store.path("words.txt", of: "a/b") == there)
    let error = #expect(throws: ProcessorError.self) { try store.path("other", of: "a/b") }
    #expect(error?.description == "other of a/b: there is no such file; check the name")
  }
}

// MARK: - The policy

/// One linear layer from the state to the action, times a gain.
private struct ToyConfig: PolicyConfiguration {
  static let policyType = "toy"
  var common = PolicyCommon()
  var normalization: OrderedDictionary<String, NormalizationMode> = ["ACTION": .meanStd]
  var gain = 1.0
  var doubles = true
  var factor = 2
  var learningRate = 0.05

  static let fields: [Field<Self>] =
    commonFields + [
      Field("normalization_mapping", \.normalization, "How each kind of feature is scaled."),
      Field("gain", \.gain, "What predictions are multiplied with."),
      Field("doubles", \.doubles, "Multiplies again."),
      Field("factor", \.factor, "By how much."),
      Field("optimizer_lr", \.learningRate, "Learning rate of the preset optimizer."),
    ]

  var problems: [FieldProblem] {
    gain > 0 ? [] : [FieldProblem("gain", "\(gain) is not positive; raise it")]
  }

  var optimizerPreset: OptimizerConfig {
    var options = AdamOptions(weightDecay: 0)
    options.learningRate = learningRate
    return .adam(options)
  }

  var actionDeltaIndices: [Int]? { nil }

  func completeFeatures() -> [FieldProblem] {
    common.robotStateFeature == nil
      ? [FieldProblem("input_features", "toy needs observation.state")] : []
  }

  func checkFeatures() throws(PolicyConfigError) { _ = try widths() }

  /// Of the state and of the action.
  func widths() throws(PolicyConfigError) -> (state: Int, action: Int) {
    let state = common.robotStateFeature?.shape.first ?? 0
    guard state > 0 else { throw .tooSmall("input_features", state) }
    guard let action = common.outputFeatures["action"]?.shape.first else { throw .noAction }
    return (state, action)
  }

  var pretrainedParts: [PretrainedPart] { [] }

  /// The usual ones, and a tokenizer before them.
  func makeProcessors(
    _ context: ProcessorContext
  ) throws(ProcessorError) -> PolicyProcessors {
    var processors = PolicyProcessors.standard(for: self, context)
    processors.preprocessor.steps.insert(
      try ToyTokenizerStep(repository: "toy/words", context.resources), at: 0)
    return processors
  }

  var unusedFields: [UnusedFields] {
    doubles
      ? []
      : [
        UnusedFields(
          ["factor"], reason: "nothing is multiplied", remedy: "give --policy.doubles=true")
      ]
  }
}

/// [B, Ds] to [B, A], in Double.
private final class ReferenceToy: Reference.Policy {
  private let layer: Reference.Linear
  private let gain: Double

  init(_ config: ToyConfig, random: any Reference.RandomSource) throws(PolicyConfigError) {
    let widths = try config.widths()
    layer = Reference.Linear(
      inputWidth: widths.state, outputWidth: widths.action, random: random)
    gain = config.gain
  }

  var parameters: Reference.NamedParameters { Reference.named(("layer", layer)) }
  var parameterGroups: [ParameterGroup<Reference.Parameter>] { singleGroup }
  var batchKeys: [String] { ["observation.state", "action"] }

  private func predicted(_ batch: [String: Reference.Tensor]) -> Reference.Variable {
    layer(Reference.Variable(Self.tensor(batch, "observation.state"))) * gain
  }

  func loss(
    _ batch: [String: Reference.Tensor], _ pass: Reference.Pass
  ) -> Reference.PolicyLoss {
    let difference = predicted(batch) - Reference.Variable(Self.tensor(batch, "action"))
    return Reference.PolicyLoss(total: difference.squared().mean(), parts: [:])
  }

  func selectAction(
    _ observation: [String: Reference.Tensor], _ pass: Reference.Pass
  ) -> Reference.Tensor { predicted(observation).value }

  func predictActionChunk(
    _ observation: [String: Reference.Tensor], _ pass: Reference.Pass
  ) -> Reference.Tensor {
    let action = predicted(observation).value
    return action.reshaped([action.size(0), 1, -1])
  }

  func reset() {}

  private static func tensor(
    _ batch: [String: Reference.Tensor], _ key: String
  ) -> Reference.Tensor {
    batch[key] ?? .zeros([0])
  }
}

/// The same on libtorch.
private final class FastToy: Fast.Policy {
  private let layer: Fast.Linear
  private let gain: Double

  init(_ config: ToyConfig, random: any Fast.RandomSource) throws(PolicyConfigError) {
    let widths = try config.widths()
    layer = Fast.Linear(inputWidth: widths.state, outputWidth: widths.action, random: random)
    gain = config.gain
  }

  var parameters: Fast.NamedParameters { Fast.named(("layer", layer)) }
  var parameterGroups: [ParameterGroup<Fast.Parameter>] { singleGroup }
  var batchKeys: [String] { ["observation.state", "action"] }

  private func predicted(_ batch: [String: Fast.Tensor]) -> Fast.Tensor {
    layer(Self.tensor(batch, "observation.state")) * gain
  }

  func loss(_ batch: [String: Fast.Tensor], _ pass: Fast.Pass) -> Fast.PolicyLoss {
    let difference = predicted(batch) - Self.tensor(batch, "action")
    return Fast.PolicyLoss(total: difference.squared().mean(), parts: [:])
  }

  func selectAction(
    _ observation: [String: Fast.Tensor], _ pass: Fast.Pass
  ) -> Fast.Tensor { predicted(observation) }

  func predictActionChunk(
    _ observation: [String: Fast.Tensor], _ pass: Fast.Pass
  ) -> Fast.Tensor {
    predicted(observation).expanded(axis: 1)
  }

  func reset() {}

  private static func tensor(_ batch: [String: Fast.Tensor], _ key: String) -> Fast.Tensor {
    batch[key] ?? .zeros([0])
  }
}

// MARK: - The step

/// Turns each text of a batch into its number in a list of words, which a repository publishes.
private struct ToyTokenizerStep: ProcessorStep {
  static let registryName = "toy_tokenizer"
  static let fieldNames = ["repository"]

  let repository: String
  private let words: [String]

  init(repository: String, _ resources: ResourceStore) throws(ProcessorError) {
    self.repository = repository
    let path = try resources.path("words.txt", of: repository)
    do throws(FileError) {
      words = try TextFile.read(path).split(separator: "\n").map(String.init)
    } catch {
      throw .file(error)
    }
  }

  init(_ saved: SavedStep, resources: ResourceStore) throws(ProcessorError) {
    guard let repository = saved.configuration["repository"]?.stringValue else {
      throw saved.invalid("repository", "expected a text")
    }
    try self.init(repository: repository, resources)
  }

  var configuration: JSONValue { ["repository": .string(repository)] }

  func callAsFunction(_ batch: Batch) -> Batch {
    var result = batch
    let tokens = batch.tasks.map { Int64(words.firstIndex(of: $0) ?? -1) }
    result["observation.language.tokens"] = HostTensor(tokens, shape: [tokens.count])
    return result
  }
}
