import LeRobotCore

/// [resnet]  A residual network without its classifier: the features of its last stage.
///
/// He et al. (arXiv:1512.03385), table 1, with the stride of a bottleneck in its 3×3 convolution;
/// torchvision `models/resnet.py`.
package struct ResNet: Layer {
  /// 7×7, stride 2.
  package let stem: Convolution
  /// After the stem.
  package let stemNorm: any ChannelNorm
  /// 3×3, stride 2.
  package let pool = MaxPool(kernelSize: 3, stride: 2, padding: 1)
  /// The four stages: `layer1` … `layer4`.
  package let stages: [[ResidualBlock]]

  /// Channels of the feature map.
  package let featureChannels: Int

  /// Draws every layer once as torch's constructors do, the unused classifier too, then all
  /// convolutions again ([kaiming-normal]).
  ///
  /// - Parameters:
  ///   - architecture: which network.
  ///   - replacesFinalStrideWithDilation: keeps the last stage's resolution; bottlenecks only.
  ///   - norm: what stands behind every convolution.
  package init(
    _ architecture: ResNetArchitecture, replacesFinalStrideWithDilation: Bool = false,
    norm: ResNetNorm = .frozenBatch, random: any RandomSource
  ) {
    stem = Convolution(
      inputChannels: 3, outputChannels: ResNetArchitecture.stemChannels, kernelSize: 7, stride: 2,
      padding: 3, hasBias: false,
      random: random)
    stemNorm = norm.layer(channels: ResNetArchitecture.stemChannels)
    let expansion = ResNetArchitecture.expansion(hasBottlenecks: architecture.hasBottlenecks)
    var channels = ResNetArchitecture.stemChannels
    var stages: [[ResidualBlock]] = []
    for (stage, count) in architecture.blockCounts.enumerated() {
      let dilates = replacesFinalStrideWithDilation && stage == 3
      let width = ResNetArchitecture.widths[stage]
      stages.append(
        (0..<count).map { position in
          defer { channels = width * expansion }
          return ResidualBlock(
            inputChannels: channels, width: width, isBottleneck: architecture.hasBottlenecks,
            stride: position == 0 && stage > 0 && !dilates ? 2 : 1,
            dilation: position > 0 && dilates ? 2 : 1, norm: norm, random: random)
        })
    }
    self.stages = stages
    featureChannels = architecture.featureChannels
    _ = Linear(
      inputWidth: featureChannels, outputWidth: ResNetArchitecture.classCount, random: random)
    for convolution in [stem] + stages.joined().flatMap(\.convolutions) {
      convolution.weight.value = random.kaimingNormal(convolution.weight.value.shape)
    }
  }

  package var parameters: NamedParameters {
    named(("conv1", stem), ("bn1", stemNorm))
      + stages.enumerated().reduce([:]) { all, stage in
        all
          + named(
            stage.element.enumerated().map { block in
              ("layer\(stage.offset + 1).\(block.offset)", block.element)
            })
      }
  }

  /// - Parameters:
  ///   - x: pictures [B, 3, H, W].
  ///   - mode: for batch norms.
  /// - Returns: [B, C, ⌈H/32⌉, ⌈W/32⌉], twice that with dilation.
  package func callAsFunction(_ x: Variable, _ mode: Pass.Mode) -> Variable {
    let y = pool(relu(stemNorm(x, after: stem, mode)))
    return stages.joined().reduce(y) { $1($0, mode) }
  }
}

/// [residual-block]  y = relu(F(x) + x), where F is a chain of convolutions with norms and x passes
/// a 1×1 convolution where its shape changes.
package struct ResidualBlock: Layer {
  /// `conv1`, `conv2` and, in a bottleneck, `conv3`.
  package let chain: [Convolution]
  /// `bn1`, `bn2`, `bn3`.
  package let norms: [any ChannelNorm]
  /// `downsample.0`, where the shape changes.
  package let shortcut: Convolution?
  /// `downsample.1`.
  package let shortcutNorm: (any ChannelNorm)?

  /// Draws the shortcut first, as torchvision does.
  package init(
    inputChannels: Int, width: Int, isBottleneck: Bool, stride: Int, dilation: Int,
    norm: ResNetNorm = .frozenBatch, random: any RandomSource
  ) {
    func convolution(_ inputs: Int, _ outputs: Int, size: Int, stride: Int) -> Convolution {
      Convolution(
        inputChannels: inputs, outputChannels: outputs, kernelSize: size, stride: stride,
        padding: size == 3 ? dilation : 0, dilation: size == 3 ? dilation : 1, hasBias: false,
        random: random)
    }
    let outputs = ResNetArchitecture.expansion(hasBottlenecks: isBottleneck) * width
    let changesShape = stride != 1 || inputChannels != outputs
    shortcut = changesShape ? convolution(inputChannels, outputs, size: 1, stride: stride) : nil
    shortcutNorm = changesShape ? norm.layer(channels: outputs) : nil
    chain =
      isBottleneck
      ? [
        convolution(inputChannels, width, size: 1, stride: 1),
        convolution(width, width, size: 3, stride: stride),
        convolution(width, outputs, size: 1, stride: 1),
      ]
      : [
        convolution(inputChannels, width, size: 3, stride: stride),
        convolution(width, width, size: 3, stride: 1),
      ]
    norms = chain.map { norm.layer(channels: $0.weight.value.size(0)) }
  }

  /// All convolutions in torch's module order.
  package var convolutions: [Convolution] { chain + (shortcut.map { [$0] } ?? []) }

  package var parameters: NamedParameters {
    let links = zip(chain, norms).enumerated().flatMap { position, link in
      [("conv\(position + 1)", link.0 as any Layer), ("bn\(position + 1)", link.1)]
    }
    return named(links.map { (name: $0.0, layer: $0.1) })
      + named(("downsample.0", shortcut), ("downsample.1", shortcutNorm))
  }

  /// - Parameters:
  ///   - x: [B, C, H, W].
  ///   - mode: for batch norms.
  /// - Returns: [B, C′, H/stride, W/stride].
  package func callAsFunction(_ x: Variable, _ mode: Pass.Mode) -> Variable {
    var y = x
    for (position, (convolution, norm)) in zip(chain, norms).enumerated() {
      y = norm(y, after: convolution, mode)
      if position < chain.count - 1 { y = relu(y) }
    }
    var identity = x
    if let shortcut, let shortcutNorm {
      identity = shortcutNorm(x, after: shortcut, mode)
    }
    return relu(y + identity)
  }
}

extension ResNetNorm {
  /// A norm of this kind, the identity up to ε.
  func layer(channels: Int) -> any ChannelNorm {
    switch self {
    case .frozenBatch: FrozenBatchNorm(channels: channels)
    case .batch: BatchNorm(channels: channels)
    case .group: GroupNorm(groupCount: channels / 16, channels: channels)
    }
  }
}
