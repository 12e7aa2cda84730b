import OrderedCollections

/// Configuration of the Action Chunking Transformer (LeRobot `configuration_act.py`).
package struct ACTConfig: Sendable, Equatable {
  package var common = PolicyCommon()

  package var observationStepCount = 1
  package var chunkSize = 100
  package var actionStepCount = 100
  package var normalization: OrderedDictionary<String, NormalizationMode> = [
    "VISUAL": .meanStd, "STATE": .meanStd, "ACTION": .meanStd,
  ]

  package var visionBackbone = "resnet18"
  package var pretrainedBackboneWeights: String? = "ResNet18_Weights.IMAGENET1K_V1"
  /// LeRobot declares an integer whose default is `False`; any non-zero value dilates.
  package var replaceFinalStrideWithDilation = false

  package var preNorm = false
  package var modelWidth = 512
  package var headCount = 8
  package var feedForwardWidth = 3200
  package var feedForwardActivation = "relu"
  package var encoderLayerCount = 4
  package var decoderLayerCount = 1

  package var usesVAE = true
  package var latentWidth = 32
  package var vaeEncoderLayerCount = 4

  package var temporalEnsembleCoefficient: Double?

  package var dropout = 0.1
  package var klWeight = 10.0

  package var learningRate = 1e-5
  package var weightDecay = 1e-4
  package var backboneLearningRate = 1e-5

  package init() {}
}
