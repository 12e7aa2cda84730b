/// Which inputs VQ-BeT reads and how wide they are, and that it can be built at all.
///
/// Both engines build from this, so that both refuse the same configurations in the same words,
/// before anything is computed.
package struct VQBeTFeatures: Sendable, Equatable {
  /// Ds, width of `observation.state`.
  package let stateWidth: Int
  /// The camera.
  package let cameraKey: String
  /// Height and width of the pictures that reach the backbone, cropped.
  package let pictureSize: ImageSize
  /// A, width of `action`.
  package let actionWidth: Int

  /// What a policy reads of an observation.
  package var observationKeys: [String] { ["observation.state", cameraKey] }

  /// What it reads of a batch.
  package var batchKeys: [String] { observationKeys + ["action"] }

  /// - Throws: `PolicyConfigError` for a configuration no VQ-BeT can be built from.
  package init(_ config: VQBeTConfig) throws(PolicyConfigError) {
    let name = VQBeTConfig.policyType
    guard let camera = config.common.imageFeatures.elements.first,
      config.common.imageFeatures.count == 1
    else { throw .notOneCamera(config.common.imageFeatures.count) }
    guard let state = config.common.robotStateFeature?.shape.first else {
      throw .noRobotState(name)
    }
    guard let action = config.common.outputFeatures["action"]?.shape.first else { throw .noAction }
    let read: Set = ["observation.state", camera.key]
    if let other = config.common.inputFeatures.keys.first(where: { !read.contains($0) }) {
      throw .noToken(for: other, read: [camera.key, "observation.state"])
    }
    (stateWidth, cameraKey, actionWidth) = (state, camera.key, action)
    pictureSize = try config.pictureSize(of: camera.value.shape)
    try Self.checkCounts(config)
    guard config.hiddenWidth % config.headCount == 0 else {
      throw .indivisibleHeads(width: config.hiddenWidth, heads: config.headCount)
    }
    guard config.blockSize >= config.tokenCount else {
      throw .sequenceTooLong(tokens: config.tokenCount, blockSize: config.blockSize)
    }
    guard (0..<1).contains(config.dropout) else { throw .noProbability("dropout", config.dropout) }
    guard config.samplingTemperature > 0 else {
      throw .notPositive("bet_softmax_temperature", config.samplingTemperature)
    }
  }

  private static func checkCounts(_ config: VQBeTConfig) throws(PolicyConfigError) {
    let counts: [(key: String, value: Int)] = [
      ("n_obs_steps", config.observationStepCount),
      ("n_action_pred_token", config.actionTokenCount),
      ("action_chunk_size", config.actionChunkSize), ("vqvae_n_embed", config.codeCount),
      ("vqvae_embedding_dim", config.codeWidth), ("vqvae_enc_hidden_dim", config.quantizerWidth),
      ("gpt_input_dim", config.inputWidth), ("gpt_output_dim", config.outputWidth),
      ("gpt_hidden_dim", config.hiddenWidth), ("gpt_n_layer", config.layerCount),
      ("gpt_n_head", config.headCount),
    ]
    for (key, value) in counts where value < 1 { throw .tooSmall(key, value) }
  }
}

extension VQBeTConfig {
  /// T, action tokens: one for each observation, and one for each later chunk.
  package var actionTokens: Int { observationStepCount + actionTokenCount - 1 }

  /// Tokens of a sequence: picture, state and action of each observation, then the later actions.
  package var tokenCount: Int { 3 * observationStepCount + actionTokenCount - 1 }

  /// Where the action tokens stand in a sequence.
  package var actionPlaces: [Int] {
    (0..<observationStepCount).map { 3 * $0 + 2 }
      + (3 * observationStepCount..<tokenCount)
  }

  /// Layers of the residual quantizer; LeRobot has no option for it.
  package static let quantizerLayerCount = 2
}

/// What only VQ-BeT is refused for.
extension PolicyConfigError {
  /// There is another number of cameras than one.
  package static func notOneCamera(_ count: Int) -> PolicyConfigError {
    PolicyConfigError(
      "input_features",
      "VQ-BeT takes exactly one camera, and there are \(count); name one in "
        + "--policy.input_features")
  }

  /// An input that no token of the sequence stands for (Q-VQBET-3).
  package static func noToken(for name: String, read: [String]) -> PolicyConfigError {
    PolicyConfigError(
      "input_features",
      "VQ-BeT has no token for \(name); name only \(read.joined(separator: " and ")) in "
        + "--policy.input_features")
  }

  /// The heads of attention do not share its width.
  package static func indivisibleHeads(width: Int, heads: Int) -> PolicyConfigError {
    PolicyConfigError(
      "gpt_hidden_dim", "\(width) is no multiple of \(heads) heads; change it or gpt_n_head")
  }

  /// The transformer has no places for all tokens (Q-VQBET-4).
  package static func sequenceTooLong(tokens: Int, blockSize: Int) -> PolicyConfigError {
    PolicyConfigError(
      "gpt_block_size",
      "\(blockSize) places are too few for \(tokens) tokens, 3 of each of n_obs_steps and "
        + "n_action_pred_token − 1; raise it to \(tokens)")
  }

  /// A probability outside of 0..<1.
  package static func noProbability(_ key: String, _ value: Double) -> PolicyConfigError {
    PolicyConfigError(key, "\(value) is no probability below 1; use 0 or more and less than 1")
  }

  /// A number that must be above 0.
  package static func notPositive(_ key: String, _ value: Double) -> PolicyConfigError {
    PolicyConfigError(key, "\(value) is not above 0; use a positive number")
  }
}
