import Fast
import Foundation
import LeRobotCore
import Support
import Testing

/// Against a recorded run of LeRobot itself.
@Suite @TorchThread struct ACTTraceGoldenTests {
  @Test(.enabled(if: RepositoryFiles.hasShared("parity/traces/act_tiny.jsonl")))
  func initialWeightsMatchLeRobot() throws {
    let backend = try FastBackend(device: "cpu")
    try backend.seed(1000)
    let learner = try backend.makeLearner(
      policy: PolicyConfig(tinyConfig), optimizer: .adamW(AdamOptions(weightDecay: 1e-4)))
    let weights = try learner.weights()
    let header = try TraceHeader.read("parity/traces/act_tiny.jsonl")
    #expect(Set(header.initialWeights.keys) == Set(weights.keys))
    for (name, expected) in header.initialWeights {
      let tensor = try #require(weights[name])
      let values = tensor.doubles
      let bound = 1e-6 * expected.absoluteSum
      #expect(tensor.shape == expected.shape, "\(name)")
      #expect(abs(values.reduce(0, +) - expected.sum) <= bound, "\(name)")
      #expect(abs(values.map(abs).reduce(0, +) - expected.absoluteSum) <= bound, "\(name)")
    }
  }

  /// The configuration of the trace, by its arguments.
  private var tinyConfig: ACTConfig {
    var config = ACTConfig()
    config.common.inputFeatures = [
      "observation.state": PolicyFeature(type: .state, shape: [26]),
      "observation.images.cam_high": PolicyFeature(type: .visual, shape: [3, 480, 640]),
    ]
    config.common.outputFeatures = ["action": PolicyFeature(type: .action, shape: [26])]
    config.pretrainedBackboneWeights = nil
    config.modelWidth = 64
    config.headCount = 4
    config.feedForwardWidth = 128
    config.chunkSize = 20
    config.actionStepCount = 20
    config.encoderLayerCount = 2
    config.vaeEncoderLayerCount = 2
    return config
  }
}

/// The first line of a trace.
private struct TraceHeader: Decodable {
  let initialWeights: [String: TensorSums]

  enum CodingKeys: String, CodingKey {
    case initialWeights = "initial_weights"
  }

  static func read(_ path: String) throws -> TraceHeader {
    let lines = try RepositoryFiles.lines(RepositoryFiles.shared.appending(path: path))
    return try JSONDecoder().decode(TraceHeader.self, from: Data(lines[0].utf8))
  }
}

/// A tensor's `[shape, sum, absolute sum]`.
private struct TensorSums: Decodable {
  let shape: [Int]
  let sum: Double
  let absoluteSum: Double

  init(from decoder: any Decoder) throws {
    var values = try decoder.unkeyedContainer()
    shape = try values.decode([Int].self)
    sum = try values.decode(Double.self)
    absoluteSum = try values.decode(Double.self)
  }
}
