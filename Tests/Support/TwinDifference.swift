/// Declarations that only one of the two towers has, and why.
package struct TwinDifference: Sendable {
  /// Below `Sources/Reference` and `Sources/Fast`.
  package let file: String
  /// What only the reference declares.
  package let reference: [String]
  /// What only Fast declares.
  package let fast: [String]
  /// Why the towers differ here.
  package let reason: String

  init(_ file: String, reference: [String] = [], fast: [String] = [], _ reason: String) {
    (self.file, self.reference, self.fast, self.reason) = (file, reference, fast, reason)
  }

  /// All that are allowed, as `SwiftDeclaration` describes them with the types of both towers under
  /// one name.
  package static let allowed = layers + optimizers + policies + smolVLA + pi + tdmpc

  private static let layers = [
    TwinDifference(
      "Layers/Convolution.swift",
      fast: [
        "Convolution: func callAsFunction(_ x: Tensor, scale: Tensor, shift: Tensor) -> Tensor"
      ],
      "A frozen norm is folded into the kernel: one pass over the picture instead of two."),
    TwinDifference(
      "Layers/Convolution1D.swift",
      reference: [
        "func weighted(_ x: Tensor, kernel: Tensor, bias: Tensor, length: Int, "
          + "place: (_ position: Int, _ tap: Int) -> Int?) -> Tensor"
      ],
      "The sum is spelled out; libtorch has it as one operation."),
    TwinDifference(
      "Layers/Dropout.swift",
      fast: [
        "Dropout: func callAsFunction(_ activation: Activation, of x: Tensor, _ pass: Pass) -> Tensor",
        "Dropout: func probability(in pass: Pass) -> Double",
        "Dropout: func injectedMask(_ shape: [Int], _ pass: Pass) -> Tensor?",
      ],
      "Kernels rectify, attend and drop out in one pass, and may draw the mask themselves."),
    TwinDifference(
      "Layers/FrozenBatchNorm.swift",
      reference: ["FrozenBatchNorm: func callAsFunction(_ x: Tensor) -> Tensor"],
      fast: [
        "FrozenBatchNorm: func callAsFunction(_ x: Tensor, after convolution: Convolution) -> Tensor"
      ],
      "A frozen norm is folded into the kernel of the convolution before it."),
    TwinDifference(
      "Layers/Layer.swift",
      reference: [
        "Parameter: init(_ value: Tensor, role: ParameterRole = .trained, "
          + "storedAs storedType: ScalarType = .float32)",
        "Parameter: var stored: HostTensor", "Parameter: func keep(in type: ScalarType)",
      ],
      fast: [
        "Parameter: var precision: DataType?", "Parameter: var file: HostTensor?",
        "Parameter: init(_ value: Tensor, role: ParameterRole = .trained, precision: DataType? = nil, "
          + "isOnHost: Bool = false)",
        "Parameter: func move(to dataType: DataType, device: Device)",
        "Parameter: func store(in type: ScalarType)", "Layer: func store(in type: ScalarType)",
      ],
      "libtorch's tensors have a type and a device, and may share a mapped file's memory; the "
        + "reference's are Doubles on the host."),
    TwinDifference(
      "Layers/LayerNorm.swift",
      reference: [
        "func standardized(_ x: Tensor, over axes: [Int], epsilon: Double) -> Tensor"
      ],
      "The formula of all norms is spelled out; libtorch has each norm as one operation."),
    TwinDifference(
      "Layers/Linear.swift",
      reference: ["func linear(_ x: Tensor, weight: Tensor, bias: Tensor?) -> Tensor"],
      fast: ["Linear: var dataType: DataType"],
      "Spelled out; libtorch has it as one operation, of tensors of one type."),
    TwinDifference(
      "Layers/Pooling.swift",
      fast: ["MaxPool: func callAsFunction(rectifying x: Tensor) -> Tensor"],
      "Rectifier and pool are one pass over the largest feature map of a ResNet."),
    TwinDifference(
      "Layers/RandomSource.swift",
      reference: [
        "RandomSource: func integer(below bound: Int) -> Int",
        "class TorchRandom: RandomSource, GlobalGenerator",
        "TorchRandom: var defaultSeed: UInt64", "TorchRandom: var generator: TorchGenerator",
        "TorchRandom: init(_ generator: TorchGenerator, numPy: NumPyStream = NumPyStream())",
        "TorchRandom: func draw<Result>(_ body: (inout TorchGenerator) -> Result) -> Result",
      ],
      fast: [
        "RandomSource: var drawsWithinOperations: Bool",
        "RandomSource: func integer(below bound: Int) -> Int", "class TorchRandom: RandomSource",
        "TorchRandom: var dataType: DataType", "TorchRandom: var device: Device",
        "TorchRandom: init(dataType: DataType = .float32, device: Device = .cpu, "
          + "numPy: NumPyStream = NumPyStream(), drawsWeights: Bool = true)",
        "TorchRandom: var drawsWithinOperations: Bool",
        "TorchRandom: func integer(below bound: Int) -> Int",
      ],
      "The reference draws from a generator of its own, Fast from libtorch's, one per device."),
  ]

  private static let pi = [
    TwinDifference(
      "Models/VisionTransformer.swift",
      reference: ["VisionTransformer: func callAsFunction(_ pictures: Tensor) -> Tensor"],
      fast: [
        "VisionTransformer: func callAsFunction(_ pictures: Tensor, "
          + "_ saving: MemorySaving = MemorySaving(isOn: false)) -> Tensor"
      ],
      "Layers may be computed again for their gradients."),
    TwinDifference(
      "Models/PaliGemma.swift",
      reference: [
        "PaliGemma: init(_ sizes: PISizes, random: any RandomSource)",
        "PaliGemma: func tokens(_ pictures: Tensor) -> Tensor",
      ],
      fast: [
        "PaliGemma: init(_ sizes: PISizes, random: any RandomSource, storedIn type: ScalarType)",
        "PaliGemma: func tokens(_ pictures: Tensor, _ saving: MemorySaving) -> Tensor",
      ],
      "New weights are rounded layer by layer; layers may be computed again for their gradients."),
    TwinDifference(
      "Models/TransformerDecoder.swift",
      reference: [
        "TransformerDecoder: init(_ sizes: DecoderSizes, random: any RandomSource)"
      ],
      fast: [
        "TransformerDecoder: init(_ sizes: DecoderSizes, random: any RandomSource, "
          + "storedIn type: ScalarType = .float32)"
      ],
      "New weights are rounded layer by layer."),
    TwinDifference(
      "Policies/PI/PI.swift", fast: ["PI: var saving: MemorySaving", "PI: var trainsTower: Bool"],
      "Layers may be computed again for their gradients."),
    TwinDifference(
      "Policies/PI/PIExpert.swift",
      reference: [
        "PIExpert: init(_ sizes: PISizes, random: any RandomSource)",
        "PIExpert: func callAsFunction(_ suffix: PISuffix, memory: PIMemory, isReal: Tensor) -> Tensor",
      ],
      fast: [
        "PIExpert: init(_ sizes: PISizes, random: any RandomSource, storedIn type: ScalarType)",
        "PIExpert: func callAsFunction(_ suffix: PISuffix, memory: PIMemory, isReal: Tensor, "
          + "_ saving: MemorySaving) -> Tensor",
      ],
      "New weights are rounded layer by layer; layers may be computed again for their gradients."),
  ]

  private static let smolVLA = [
    TwinDifference(
      "Policies/SmolVLA/SmolVLAPrefix.swift",
      reference: ["SmolVLAPrefix: var tokens: Tensor", "SmolVLAPrefix: var stateCount: Int"],
      fast: ["SmolVLAPrefix: var seen: Tensor", "SmolVLAPrefix: var state: Tensor"],
      "The state looks at pictures and words, not they at it. Fast takes it apart, so that beside a "
        + "frozen model one token is differentiated and not all.")
  ]

  private static let optimizers = [
    TwinDifference(
      "Optimizers/Adam.swift",
      reference: [
        "func direction(gradient g: Tensor, state: inout ParameterState, _ options: AdamOptions) "
          + "-> Tensor"
      ],
      fast: [
        "func advance(_ updates: inout [ParameterUpdate], _ options: AdamOptions, "
          + "learningRate η: Double, decaysApart: Bool)"
      ],
      "One kernel computes moments, decay and step of all parameters of a group."),
    TwinDifference(
      "Optimizers/GradientClipping.swift",
      reference: [
        "func gradientNorm(_ gradients: [Tensor?]) -> Double",
        "func clipped(_ gradients: [Tensor?], maximumNorm c: Double) "
          + "-> (gradients: [Tensor?], norm: Double)",
      ],
      fast: [
        "func gradientNorm(of weights: [Tensor]) -> Tensor",
        "func clipGradients(of weights: [Tensor], norm: Tensor, value: Double, maximumNorm c: Double)",
      ],
      "Fast's gradients stay at the weights, some as factors of a product, and change in place."),
    TwinDifference(
      "Optimizers/Optimizer.swift",
      reference: [
        "extension [ParameterUpdate]",
        "[ParameterUpdate]: func move(_ rule: (_ θ: Tensor, _ g: Tensor, "
          + "_ state: inout ParameterState) -> Tensor)",
        "Optimizer: func step(_ gradients: [Tensor?], learningRates: [Double])",
      ],
      fast: ["Optimizer: func step(learningRates: [Double])"],
      "Fast's gradients stay at the weights, and a kernel moves all parameters of a group."),
    TwinDifference(
      "Optimizers/Optimizer.swift",
      reference: [
        "Optimizer: var tensors: OrderedDictionary<String, Tensor>",
        "Optimizer: func refine(_ exact: (String) -> Tensor?)",
      ],
      "A checkpoint's float32 loses digits of the reference's Doubles, which are saved beside it."),
    TwinDifference(
      "Optimizers/Optimizer.swift",
      fast: [
        "Optimizer: var memory: OptimizerMemory", "struct OptimizerMemory",
        "OptimizerMemory: var states: [Int: ParameterState]",
        "OptimizerMemory: var countsSteps: [Bool]", "OptimizerMemory: var groups: [Range<Int>]",
        "OptimizerMemory: func slots<Failure: Error>(_ host: (Int, String, Tensor) -> HostTensor) "
          + "-> [Int: NamedTensors]",
      ],
      "A snapshot is copied while the next step computes."),
  ]

  private static let tdmpc = [
    TwinDifference(
      "Policies/TDMPC/TDMPCNetworks.swift",
      fast: [
        "struct TDMPCJoinedNetworks", "TDMPCJoinedNetworks: init(_ networks: [TDMPCValueNetwork])",
        "TDMPCJoinedNetworks: func callAsFunction(_ x: Tensor) -> Tensor",
      ],
      "Each layer is one product for all Qs."),
    TwinDifference(
      "Policies/TDMPC/TDMPCPlanner.swift",
      reference: [
        "TDMPCPlanner: func value(of candidates: Tensor, from z: Tensor, _ random: any RandomSource) "
          + "-> Tensor"
      ],
      fast: [
        "TDMPCPlanner: func value(of candidates: Tensor, from z: Tensor, _ qs: TDMPCJoinedNetworks, "
          + "_ random: any RandomSource) -> Tensor"
      ],
      "The weights of all Qs are joined once for a plan."),
  ]

  private static let policies = [
    TwinDifference(
      "Policies/ACT/ACTPositions.swift",
      reference: [
        "func sinusoidalPositions2D(height: Int, width: Int, channels: Int) -> Tensor"
      ],
      fast: [
        "func sinusoidalPositions2D(height: Int, width: Int, channels: Int, dataType: DataType) "
          + "-> Tensor",
        "class PositionTables",
        "PositionTables: func table(for map: Tensor, channels: Int, like: Tensor) -> Tensor",
      ],
      "In float32 the table has LeRobot's bits; it is made once for each size of picture."),
    TwinDifference(
      "Policies/Diffusion/DiffusionScheduler.swift",
      reference: ["DiffusionScheduler: var steps: [DenoisingStep]"],
      fast: ["DiffusionScheduler: func steps(of sample: Tensor) -> [DenoisingStep]"],
      "In float32 square roots are libtorch's, as LeRobot takes them."),
  ]
}
