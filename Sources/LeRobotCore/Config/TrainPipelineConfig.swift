import OrderedCollections

/// Everything a training run is told (LeRobot `configs/train.py`, `TrainPipelineConfig`).
package struct TrainPipelineConfig: Sendable, Equatable {
  package var dataset: DatasetConfig
  package var environment: EnvironmentConfig?
  package var policy: PolicyConfig?
  package var outputDirectory: String?
  package var jobName: String?
  package var resume = false
  package var seed: Int? = 1000
  package var workerCount = 4
  package var batchSize = 8
  package var steps = 100_000
  package var evaluationFrequency = 20_000
  package var logFrequency = 200
  package var savesCheckpoints = true
  package var saveFrequency = 20_000
  package var usesPolicyTrainingPreset = true
  package var optimizer: OptimizerConfig?
  package var scheduler: SchedulerConfig?
  package var evaluation = EvaluationConfig()
  package var wandb = WandBConfig()
  package var checkpointPath: String?
  package var renameMap: OrderedDictionary<String, String> = [:]

  package init(dataset: DatasetConfig) {
    self.dataset = dataset
  }
}

/// Which dataset, which part of it, and how it is read (LeRobot `configs/default.py`).
package struct DatasetConfig: Sendable, Equatable {
  package var repositoryID: String
  package var root: String?
  package var episodes: [Int]?
  package var imageTransforms = ImageTransformsConfig()
  package var revision: String?
  package var usesImageNetStatistics = true
  package var videoBackend = "torchcodec"
  package var streaming = false

  package init(repositoryID: String) {
    self.repositoryID = repositoryID
  }
}

/// Random changes of camera images during training (LeRobot `datasets/transforms.py`).
package struct ImageTransformsConfig: Sendable, Equatable {
  package var enable = false
  package var maximumCount = 3
  package var randomOrder = false
  package var transforms: OrderedDictionary<String, ImageTransformConfig> = [
    "brightness": ImageTransformConfig(
      type: "ColorJitter", arguments: ["brightness": .array([.double(0.8), .double(1.2)])]),
    "contrast": ImageTransformConfig(
      type: "ColorJitter", arguments: ["contrast": .array([.double(0.8), .double(1.2)])]),
    "saturation": ImageTransformConfig(
      type: "ColorJitter", arguments: ["saturation": .array([.double(0.5), .double(1.5)])]),
    "hue": ImageTransformConfig(
      type: "ColorJitter", arguments: ["hue": .array([.double(-0.05), .double(0.05)])]),
    "sharpness": ImageTransformConfig(
      type: "SharpnessJitter", arguments: ["sharpness": .array([.double(0.5), .double(1.5)])]),
    "affine": ImageTransformConfig(
      type: "RandomAffine",
      arguments: [
        "degrees": .array([.double(-5), .double(5)]),
        "translate": .array([.double(0.05), .double(0.05)]),
      ]),
  ]

  package init() {}
}

/// One image transform: its class in torchvision, its arguments and how often it is drawn.
package struct ImageTransformConfig: Sendable, Equatable {
  package var weight = 1.0
  package var type = "Identity"
  package var arguments: OrderedDictionary<String, JSONValue> = [:]

  package init(
    type: String = "Identity", arguments: OrderedDictionary<String, JSONValue> = [:]
  ) {
    self.type = type
    self.arguments = arguments
  }
}

/// How evaluation in simulation is run (LeRobot `configs/default.py`, `EvalConfig`).
package struct EvaluationConfig: Sendable, Equatable {
  package var episodeCount = 50
  package var batchSize = 50
  package var usesAsyncEnvironments = false

  package init() {}
}

/// Weights & Biases options (LeRobot `configs/default.py`, `WandBConfig`).
package struct WandBConfig: Sendable, Equatable {
  package var enable = false
  package var disablesArtifact = false
  package var project = "lerobot"
  package var entity: String?
  package var notes: String?
  package var runID: String?
  package var mode: String?

  package init() {}
}

/// A simulation environment's configuration (LeRobot `envs/configs.py`): its type and fields.
package struct EnvironmentConfig: Sendable, Equatable {
  package var type: String
  package var fields: OrderedDictionary<String, JSONValue>

  package init(type: String, fields: OrderedDictionary<String, JSONValue> = [:]) {
    self.type = type
    self.fields = fields
  }
}
