/// The residual networks: the kind of their blocks, and their number in each stage.
///
/// He et al. (arXiv:1512.03385), table 1; torchvision `models/resnet.py`.
package enum ResNetArchitecture: String, Sendable, CaseIterable {
  case resnet18, resnet34, resnet50, resnet101, resnet152

  /// Blocks of each of the four stages.
  package var blockCounts: [Int] {
    switch self {
    case .resnet18: [2, 2, 2, 2]
    case .resnet34, .resnet50: [3, 4, 6, 3]
    case .resnet101: [3, 4, 23, 3]
    case .resnet152: [3, 8, 36, 3]
    }
  }

  /// Whether blocks are bottlenecks (1×1, 3×3, 1×1) or basic (3×3, 3×3).
  package var hasBottlenecks: Bool {
    switch self {
    case .resnet18, .resnet34: false
    case .resnet50, .resnet101, .resnet152: true
    }
  }

  /// Channels of the stem.
  package static let stemChannels = 64

  /// Channels of the 3×3 convolutions of each stage.
  package static let widths = [64, 128, 256, 512]

  /// Channels that a block gives for each channel of its width.
  package static func expansion(hasBottlenecks: Bool) -> Int { hasBottlenecks ? 4 : 1 }

  /// Channels of the feature map behind the last stage.
  package var featureChannels: Int {
    Self.expansion(hasBottlenecks: hasBottlenecks) * Self.widths[Self.widths.count - 1]
  }

  /// Outputs of the classifier, which policies leave out.
  package static let classCount = 1000

  /// The name of a parameter in an `nn.Sequential` of a network's parts, its classifier left out:
  /// `layer1.0.conv1.weight` is `4.0.conv1.weight` there.
  package static func sequentialName(of parameter: String) -> String {
    let parts = parameter.split(separator: ".", maxSplits: 1)
    guard let module = parts.first, let place = sequentialPlaces[String(module)] else {
      return parameter
    }
    return place + parameter.dropFirst(module.count)
  }

  /// Modules with parameters; `2` is the rectifier and `3` the pool.
  private static let sequentialPlaces = [
    "conv1": "0", "bn1": "1", "layer1": "4", "layer2": "5", "layer3": "6", "layer4": "7",
  ]
}

/// The norm behind every convolution of a residual network.
package enum ResNetNorm: Sendable {
  /// Batch norm whose statistics are given: ACT's.
  case frozenBatch
  /// Batch norm as torchvision has it.
  case batch
  /// Groups of 16 channels in place of it (LeRobot `modeling_diffusion.py`,
  /// `DiffusionRgbEncoder`).
  case group
}
