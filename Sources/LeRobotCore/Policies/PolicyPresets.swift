/// A policy whose preset is Adam or AdamW with rates, epsilon and weight decay of its own.
package protocol AdamPreset: PolicyConfiguration {
  var learningRate: Double { get set }
  var betas: AdamBetas { get set }
  var epsilon: Double { get set }
  var weightDecay: Double { get set }
}

extension AdamPreset {
  /// - Parameter type: of the decay rates, which some policies declare as a plain pair.
  static func adamFields(betas type: ValueType = AdamBetas.valueType) -> [Field<Self>] {
    [
      Field("optimizer_lr", \.learningRate, "Learning rate of the preset optimizer."),
      Field("optimizer_betas", \.betas, "Decay rates of the preset optimizer.", as: type),
      Field("optimizer_eps", \.epsilon, "Epsilon of the preset optimizer."),
      Field("optimizer_weight_decay", \.weightDecay, "Weight decay of the preset optimizer."),
    ]
  }

  var adamOptions: AdamOptions {
    var options = AdamOptions(weightDecay: weightDecay)
    options.learningRate = learningRate
    options.betas = betas
    options.epsilon = epsilon
    return options
  }
}

/// A policy whose preset learning rate rises for some steps, then falls along a cosine.
package protocol CosinePreset: AdamPreset {
  var warmupStepCount: Int { get set }
  var decayStepCount: Int { get set }
  var decayLearningRate: Double { get set }
}

extension CosinePreset {
  static var cosineFields: [Field<Self>] {
    [
      Field(
        "scheduler_warmup_steps", \.warmupStepCount, "Steps over which the learning rate rises."),
      Field("scheduler_decay_steps", \.decayStepCount, "Steps over which the learning rate falls."),
      Field("scheduler_decay_lr", \.decayLearningRate, "Learning rate at the end."),
    ]
  }

  package var schedulerPreset: SchedulerConfig? {
    .cosineDecayWithWarmup(
      warmupSteps: warmupStepCount, decaySteps: decayStepCount, peakLearningRate: learningRate,
      decayLearningRate: decayLearningRate)
  }
}

/// A policy that predicts a chunk of actions and carries out its beginning.
package protocol ChunkedPolicy: PolicyConfiguration {
  var chunkSize: Int { get set }
  var actionStepCount: Int { get set }
}

extension ChunkedPolicy {
  static var chunkFields: [Field<Self>] {
    [
      Field("chunk_size", \.chunkSize, "Actions predicted at once."),
      Field("n_action_steps", \.actionStepCount, "Actions carried out before the next prediction."),
    ]
  }

  var chunkProblems: [FieldProblem] {
    guard actionStepCount > chunkSize else { return [] }
    return [
      FieldProblem(
        "chunk_size",
        "\(chunkSize) is less than n_action_steps (\(actionStepCount)); raise chunk_size or lower "
          + "n_action_steps")
    ]
  }
}

/// A policy whose pictures go through a residual network of torchvision.
package protocol TorchvisionBackbone: PolicyConfiguration {
  var visionBackbone: String { get set }
  var pretrainedBackboneWeights: String? { get set }
}

extension TorchvisionBackbone {
  /// The backbone, where the configuration names weights and there is a camera.
  package var pretrainedParts: [PretrainedPart] {
    guard let name = pretrainedBackboneWeights, !common.imageFeatures.isEmpty else { return [] }
    return [PretrainedPart(option: "pretrained_backbone_weights", source: .torchvision(name))]
  }
}

/// A policy whose pictures go through a residual network and become keypoints.
package protocol KeypointVision: TorchvisionBackbone {
  var cropShape: ImageSize? { get set }
  var cropsRandomly: Bool { get set }
  var usesGroupNorm: Bool { get set }
  var keypointCount: Int { get set }
}

extension KeypointVision {
  static var visionFields: [Field<Self>] {
    [
      Field("vision_backbone", \.visionBackbone, "The torchvision ResNet that encodes images."),
      Field(
        "crop_shape", \.cropShape, "Height and width images are cropped to; null does not crop."),
      Field("crop_is_random", \.cropsRandomly, "Crops at random places in training."),
      Field(
        "pretrained_backbone_weights", \.pretrainedBackboneWeights,
        "torchvision weights the backbone starts from; null starts at random."),
      Field(
        "use_group_norm", \.usesGroupNorm,
        "Replaces the backbone's batch norms with group norms."),
      Field("spatial_softmax_num_keypoints", \.keypointCount, "Keypoints of the spatial softmax."),
    ]
  }

  package var unusedFields: [UnusedFields] { unusedCropFields }

  /// Where nothing is cropped, no crop is random.
  var unusedCropFields: [UnusedFields] {
    guard cropShape == nil else { return [] }
    return [
      UnusedFields(
        ["crop_is_random"], reason: "pictures are not cropped",
        remedy: "give --policy.crop_shape=[84,84]")
    ]
  }
}
