import LeRobotCore
import OrderedCollections
import Support
import Testing

/// Normalisation and processor pipelines for all inputs, and every error they know.
struct ProcessorPropertyTests {
  private static func normalizer(
    _ mode: NormalizationMode, _ statistics: OrderedDictionary<String, HostTensor>
  ) -> Normalizer {
    Normalizer(
      features: ["observation.state": PolicyFeature(type: .state, shape: [2])],
      modes: ["STATE": mode], statistics: ["observation.state": statistics])
  }

  private static func apply(
    _ normalizer: Normalizer, _ tensor: HostTensor, inverse: Bool = false
  ) throws(ProcessorError) -> HostTensor {
    try normalizer.apply(
      to: .tensor(tensor), feature: "observation.state", type: .state, inverse: inverse
    ).tensor
  }

  @Test(arguments: [
    (NormalizationMode.meanStd, "mean", "std"), (.minMax, "min", "max"),
    (.quantiles, "q01", "q99"), (.quantiles10, "q10", "q90"),
  ])
  func inverseUndoesNormalisation(mode: NormalizationMode, first: String, second: String) throws {
    var generator = SplitMix64(seed: 9)
    let values = (0..<40).map { _ in Double.random(in: -3...3, using: &generator) }
    let normalizer = Self.normalizer(
      mode,
      [first: HostTensor([-1.0, 0.5], shape: [2]), second: HostTensor([2.0, 4.0], shape: [2])])
    let tensor = HostTensor(values, shape: [5, 4, 2])
    let there = try Self.apply(normalizer, tensor)
    let back = try Self.apply(normalizer, there, inverse: true)
    #expect(there.shape == tensor.shape)
    for (value, result) in zip(values, back.doubles) {
      #expect(abs(value - result) < 1e-6, "\(mode), seed 9: \(value) came back as \(result)")
    }
  }

  @Test func statisticOfOneValueServesEveryElement() throws {
    let normalizer = Self.normalizer(
      .meanStd,
      ["mean": HostTensor([1 as Float], shape: [1]), "std": HostTensor([2 as Float], shape: [1])])
    let result = try Self.apply(normalizer, HostTensor([3, 5, 7] as [Float], shape: [3]))
    #expect(result == HostTensor([1, 2, 3] as [Float], shape: [3]))
  }

  @Test func cameraStatisticsFollowChannelsOfStackedFrames() throws {
    var normalizer = Normalizer(features: [:], modes: ["VISUAL": .meanStd], statistics: [:])
    normalizer.epsilon = 0
    normalizer.statistics["c"] = [
      "mean": HostTensor([0, 1, 2] as [Float], shape: [3, 1, 1]),
      "std": HostTensor([1, 1, 2] as [Float], shape: [3, 1, 1]),
    ]
    // [B, T, C, H, W] = [1, 2, 3, 1, 2], all fours.
    let tensor = HostTensor([Float](repeating: 4, count: 12), shape: [1, 2, 3, 1, 2])
    let result = try normalizer.apply(to: .tensor(tensor), feature: "c", type: .visual).tensor
    #expect(result.doubles == [4, 4, 3, 3, 1, 1, 4, 4, 3, 3, 1, 1])
  }

  @Test func integersAreNormalisedAsNumbers() throws {
    let normalizer = Self.normalizer(
      .minMax, ["min": HostTensor([0.0], shape: [1]), "max": HostTensor([4.0], shape: [1])])
    let result = try Self.apply(normalizer, HostTensor([0, 1, 4] as [Int64], shape: [3]))
    #expect(result == HostTensor([-1, -0.5, 1] as [Float], shape: [3]))
  }

  @Test func featureWithoutStatisticsPasses() throws {
    let normalizer = Self.normalizer(.meanStd, [:])
    let tensor = HostTensor([1, 2] as [Float], shape: [1, 2])
    let other = try normalizer.apply(
      to: .tensor(tensor), feature: "observation.other", type: .state
    ).tensor
    #expect(other == tensor)
  }

  @Test func missingStatisticIsNamed() {
    #expect(
      throws: ProcessorError.missingStatistic(
        feature: "observation.state", mode: .quantiles, statistic: "q99")
    ) {
      try Self.apply(
        Self.normalizer(.quantiles, ["q01": HostTensor([1.0], shape: [1])]),
        HostTensor([1 as Float], shape: [1]))
    }
  }

  @Test(arguments: [[3], [2, 2], [2, 1, 2]])
  func statisticOfAnotherShapeIsRefused(shape: [Int]) {
    let statistic = HostTensor([Float](repeating: 1, count: shape.reduce(1, *)), shape: shape)
    #expect(
      throws: ProcessorError.statisticShape(
        feature: "observation.state", statistic: "mean", shape: shape, tensor: [2])
    ) {
      try Self.apply(
        Self.normalizer(.meanStd, ["mean": statistic, "std": statistic]),
        HostTensor([1, 2] as [Float], shape: [2]))
    }
  }

  @Test func renamingMovesDataAndStatistics() throws {
    var config = ACTConfig()
    config.common.inputFeatures = [
      "observation.state": PolicyFeature(type: .state, shape: [1])
    ]
    let names: OrderedDictionary = ["observation.joints": "observation.state"]
    let processors = try PolicyProcessors(
      policy: PolicyConfig(config),
      statistics: [
        "observation.joints": [
          "mean": HostTensor([1.0], shape: [1]), "std": HostTensor([2.0], shape: [1]),
        ]
      ], renameMap: names)
    let batch = Batch(tensors: ["observation.joints": HostTensor([5 as Float], shape: [1, 1])])
    #expect(
      try processors.preprocess(batch).tensors
        == ["observation.state": HostTensor([2 as Float], shape: [1, 1])])
  }

  @Test func singleObservationGetsABatchAxis() throws {
    let sample = Batch(tensors: [
      "observation.state": HostTensor([1, 2] as [Float], shape: [2]),
      "observation.images.top": HostTensor([UInt8](repeating: 0, count: 12), shape: [3, 2, 2]),
      "action": HostTensor([1] as [Float], shape: [1]),
      "index": HostTensor([7] as [Int64], shape: []),
    ])
    let batch = BatchAxisStep()(sample)
    #expect(batch.tensors.values.map(\.shape) == [[1, 2], [1, 3, 2, 2], [1, 1], [1]])
    #expect(BatchAxisStep()(batch).tensors == batch.tensors)
  }

  @Test func overridingKeepsWhatThisRunDoesNotSay() throws {
    var saved = Self.normalizer(.minMax, [:])
    saved.epsilon = 0.5
    saved.observationKeys = ["observation.state"]
    var processors = PolicyProcessors(
      preprocessor: ProcessorPipeline(
        name: "policy_preprocessor",
        steps: [DeviceStep("cuda", floatType: "float16"), NormalizerStep(saved)]),
      postprocessor: ProcessorPipeline(
        name: "policy_postprocessor", steps: [DeviceStep("cpu")]))
    var config = ACTConfig()
    config.common.device = "cuda:1"
    processors.override(policy: PolicyConfig(config), statistics: ["action": [:]])
    var expected = saved
    expected.features = [:]
    expected.modes = config.normalization
    expected.statistics = ["action": [:]]
    #expect(
      processors.preprocessor
        == ProcessorPipeline(
          name: "policy_preprocessor",
          steps: [DeviceStep("cuda", floatType: "float16"), NormalizerStep(expected)]))
  }

  @Test(arguments: [
    (#"{"steps": [{"registry_name": "x_processor"}]}"#, "unknown processor step x_processor"),
    (#"{"steps": 1}"#, "expected a list"),
    ("{", "expected"),
    (
      #"{"steps": [{"registry_name": "normalizer_processor", "config": {"norm_map": {"A": "B"}}}]}"#,
      "unknown mode B"
    ),
    (
      #"{"steps": [{"registry_name": "normalizer_processor", "config": {"features": {"a": 1}}}]}"#,
      "known type"
    ),
    (
      #"{"steps": [{"registry_name": "normalizer_processor", "state_file": "../x"}]}"#, "bare file"
    ),
    (#"{"steps": [{"registry_name": "normalizer_processor", "state_file": "x"}]}"#, "cannot open"),
    (
      #"{"steps": [{"registry_name": "rename_observations_processor", "config": {"rename_map": {"a": 1}}}]}"#,
      "expected a string"
    ),
  ])
  func brokenFileIsExplained(text: String, reason: String) throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(text.utf8, to: "p.json")
    do throws(ProcessorError) {
      _ = try ProcessorPipeline(folder: folder.path, name: "p")
      Issue.record("accepted")
    } catch {
      #expect(error.description.contains(reason), "\(error)")
      #expect(!error.description.contains("\n"))
    }
  }

  @Test func missingFieldsHaveDefaults() throws {
    let folder = try TemporaryFolder()
    let text =
      #"{"steps": [{"registry_name": "normalizer_processor"}, {"registry_name": "device_processor"}]}"#
    _ = try folder.write(text.utf8, to: "p.json")
    let pipeline = try ProcessorPipeline(folder: folder.path, name: "p")
    let normalizer = NormalizerStep(Normalizer(features: [:], modes: [:], statistics: [:]))
    #expect(pipeline == ProcessorPipeline(name: "p", steps: [normalizer, DeviceStep("cpu")]))
  }
}
