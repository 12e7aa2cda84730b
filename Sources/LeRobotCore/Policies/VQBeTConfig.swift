import OrderedCollections

/// Configuration of VQ-BeT (LeRobot `configuration_vqbet.py`).
///
/// What each property means stands in `fields`.
package struct VQBeTConfig: ConfigRecord {
  package static let policyType = "vqbet"
  package var common = PolicyCommon()

  package var observationStepCount = 5
  package var actionTokenCount = 3
  package var actionChunkSize = 5
  package var normalization: OrderedDictionary<String, NormalizationMode> = [
    "VISUAL": .identity, "STATE": .minMax, "ACTION": .minMax,
  ]
  package var visionBackbone = "resnet18"
  package var cropShape: ImageSize? = ImageSize(height: 84, width: 84)
  package var cropsRandomly = true
  package var pretrainedBackboneWeights: String?
  package var usesGroupNorm = true
  package var keypointCount = 32
  package var quantizerTrainingSteps = 20_000
  package var codeCount = 16
  package var codeWidth = 256
  package var quantizerWidth = 128
  package var blockSize = 500
  package var inputWidth = 512
  package var outputWidth = 512
  package var layerCount = 8
  package var headCount = 8
  package var hiddenWidth = 512
  package var dropout = 0.1
  package var offsetLossWeight = 10000.0
  package var primaryCodeLossWeight = 5.0
  package var secondaryCodeLossWeight = 0.5
  package var samplingTemperature = 0.1
  package var selectsSequentially = false
  package var learningRate = 0.0001
  package var betas = AdamBetas(0.95, 0.999)
  package var epsilon = 1e-08
  package var weightDecay = 1e-06
  package var quantizerLearningRate = 0.001
  package var quantizerWeightDecay = 0.0001
  package var warmupStepCount = 500

  package init() {}

  package static let fields: [Field<Self>] =
    [
      Field("n_obs_steps", \.observationStepCount, "Observations the policy sees at once.")
    ] + commonFields + [
      Field(
        "n_action_pred_token", \.actionTokenCount,
        "Action tokens predicted, the present one and future ones."),
      Field("action_chunk_size", \.actionChunkSize, "Actions of one token."),
      Field("normalization_mapping", \.normalization, "How each kind of feature is scaled."),
    ] + visionFields + [
      Field(
        "n_vqvae_training_steps", \.quantizerTrainingSteps,
        "Steps that train the action quantizer first."),
      Field("vqvae_n_embed", \.codeCount, "Codes of each quantizer layer."),
      Field("vqvae_embedding_dim", \.codeWidth, "Width of a code."),
      Field(
        "vqvae_enc_hidden_dim", \.quantizerWidth,
        "Hidden width of the quantizer's encoder and decoder."),
      Field("gpt_block_size", \.blockSize, "Longest sequence of the transformer."),
      Field("gpt_input_dim", \.inputWidth, "Width of the transformer's input."),
      Field("gpt_output_dim", \.outputWidth, "Width of the transformer's output."),
      Field("gpt_n_layer", \.layerCount, "Layers of the transformer."),
      Field("gpt_n_head", \.headCount, "Attention heads."),
      Field("gpt_hidden_dim", \.hiddenWidth, "Width of the transformer's hidden states."),
      Field("dropout", \.dropout, "Dropout probability in the transformer."),
      Field("offset_loss_weight", \.offsetLossWeight, "Weight of the offset loss."),
      Field(
        "primary_code_loss_weight", \.primaryCodeLossWeight,
        "Weight of the primary code's loss."),
      Field(
        "secondary_code_loss_weight", \.secondaryCodeLossWeight,
        "Weight of the secondary code's loss."),
      Field(
        "bet_softmax_temperature", \.samplingTemperature, "Temperature codes are sampled with."),
      Field(
        "sequentially_select", \.selectsSequentially,
        "Picks the secondary code after the primary one."),
    ] + adamFields(betas: .tuple([.number, .number])) + [
      Field("optimizer_vqvae_lr", \.quantizerLearningRate, "Learning rate of the quantizer."),
      Field(
        "optimizer_vqvae_weight_decay", \.quantizerWeightDecay, "Weight decay of the quantizer."),
      Field(
        "scheduler_warmup_steps", \.warmupStepCount, "Steps over which the learning rate rises."),
    ]
}

extension VQBeTConfig: AdamPreset, KeypointVision {
  package var problems: [FieldProblem] {
    PolicyChecks.resNet(visionBackbone)
  }

  package var optimizerPreset: OptimizerConfig {
    .adam(adamOptions)
  }

  package var schedulerPreset: SchedulerConfig? {
    .vqbet(
      warmupSteps: warmupStepCount, vqvaeTrainingSteps: quantizerTrainingSteps, cycles: 0.5)
  }

  package var observationDeltaIndices: [Int]? { Array(PolicyChecks.past(observationStepCount)) }

  package var actionDeltaIndices: [Int]? {
    let first = 1 - observationStepCount
    return Array(first..<max(actionTokenCount + actionChunkSize - 1, first))
  }

  package mutating func completeFeatures() -> [FieldProblem] {
    let images = common.imageFeatures
    guard images.count == 1 else {
      return [
        FieldProblem(
          "input_features", "VQ-BeT takes exactly one camera, and there are \(images.count)")
      ]
    }
    return PolicyChecks.crop(cropShape, fits: images)
  }

  package func checkFeatures() throws(PolicyConfigError) { _ = try VQBeTFeatures(self) }

  package func makeProcessors(_ context: ProcessorContext) -> PolicyProcessors {
    .standard(for: self, context)
  }
}
