import Fast
import Foundation
import LeRobotCore
import OrderedCollections

/// Builds a SmolVLA around a model's published weights, as a run does, and measures time and memory of it.
struct ModelLoading {
  /// Holds config.json and weights, in one file or in shards.
  let folder: String
  let trainsEverything: Bool

  /// What was measured, as a JSON object; seconds and bytes.
  func run() throws -> JSONValue {
    try Torch.open()
    let before = ProcessMemory.now
    ProcessMemory.forgetPeak()
    let config = try config()
    let clock = ContinuousClock()
    let start = clock.now
    let policy = try PolicyBuilders.builtIn.makePolicy(PolicyConfig(config), random: TorchRandom())
    let built = clock.now
    let source = try SafetensorsWeights(folder: folder, name: CheckpointLayout.weights)
    for part in config.pretrainedParts { try policy.load(part, from: source) }
    let loaded = clock.now
    // A frozen weight is mapped: its pages are read when they are used.
    let largest = policy.parameters.values.map { $0.value.maximum() }
    let used = clock.now
    let after = ProcessMemory.now
    return [
      "weights": .int(policy.parameters.values.reduce(0) { $0 + $1.value.byteCount }),
      "file": .int(source.byteCount), "tensors": .int(largest.count),
      "build_s": .double((built - start).seconds), "load_s": .double((loaded - built).seconds),
      "use_s": .double((used - loaded).seconds), "before": .int(before.resident),
      "peak": .int(after.peak),
    ]
  }

  private func config() throws -> SmolVLAConfig {
    let file = "\(folder)/\(SmolVLMConfig.fileName)"
    var config = SmolVLAConfig()
    config.parts = SmolVLAParts(
      model: try SmolVLMConfig(JSONValue(parsing: TextFile.read(file)), file: file),
      fakeToken: nil, globalToken: nil)
    config.visionLanguageModel = folder
    config.loadsVisionLanguageWeights = true
    config.trainsExpertOnly = !trainsEverything
    config.freezesVisionEncoder = !trainsEverything
    config.common.inputFeatures = [
      "observation.images.top": PolicyFeature(type: .visual, shape: [3, 480, 640]),
      "observation.state": PolicyFeature(type: .state, shape: [6]),
    ]
    config.common.outputFeatures = ["action": PolicyFeature(type: .action, shape: [6])]
    return config
  }
}
