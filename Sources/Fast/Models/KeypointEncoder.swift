import LeRobotCore

/// [keypoint-encoder]
package struct KeypointEncoder: Layer {
  /// Without its classifier.
  package let backbone: ResNet
  /// Feature maps to keypoints.
  package let pool: SpatialSoftmax
  /// 2P → 2P.
  package let output: Linear
  private let cropSize: ImageSize?
  private let cropsRandomly: Bool
  private let pictureSize: ImageSize

  /// Draws the backbone, the keypoints' projection, the output.
  ///
  /// - Parameter size: of the pictures that reach the backbone, cropped.
  package init(_ config: some KeypointVision, pictureSize size: ImageSize, random: any RandomSource)
  {
    guard let architecture = ResNetArchitecture(rawValue: config.visionBackbone) else {
      FatalFailure.inconsistent("\(config.visionBackbone) is no residual network of this module")
        .end()
    }
    (cropSize, cropsRandomly, pictureSize) = (config.cropShape, config.cropsRandomly, size)
    backbone = ResNet(architecture, norm: config.usesGroupNorm ? .group : .batch, random: random)
    pool = SpatialSoftmax(
      inputChannels: backbone.featureChannels, height: (size.height + 31) / 32,
      width: (size.width + 31) / 32, keypointCount: config.keypointCount, random: random)
    output = Linear(
      inputWidth: 2 * config.keypointCount, outputWidth: 2 * config.keypointCount,
      random: random)
    if !config.usesGroupNorm { lookAtNothing() }
  }

  package var parameters: NamedParameters {
    named(("backbone", BackboneSequence(backbone: backbone)), ("pool", pool), ("out", output))
  }

  /// - Parameters:
  ///   - x: pictures [B, 3, H, W].
  ///   - pass: draws the crop, in training.
  /// - Returns: [B, 2P].
  package func callAsFunction(_ x: Tensor, _ pass: Pass) -> Tensor {
    let map = backbone(cropped(x, pass), pass.mode)  // [B, C, h, w]
    return relu(output(pool(map).reshaped([x.size(0), -1])))
  }

  /// [picture-crop]  A view: nothing is copied.
  func cropped(_ x: Tensor, _ pass: Pass) -> Tensor {
    guard let cropSize else { return x }
    let (rows, columns) = (x.size(2) - cropSize.height, x.size(3) - cropSize.width)
    var (top, left) = (
      centredStart(leavingOut: rows), centredStart(leavingOut: columns)
    )
    if cropsRandomly, pass.isTraining, rows > 0 || columns > 0 {
      top = pass.random.integer(below: rows + 1)
      left = pass.random.integer(below: columns + 1)
    }
    pass.crops.add(
      PictureCrop(top: top, left: left, height: cropSize.height, width: cropSize.width))
    return x.sliced(top..<top + cropSize.height, axis: 2)
      .sliced(left..<left + cropSize.width, axis: 3)
  }

  /// Batch norms see one black picture before any other (Q-DIFF-5). Their statistics are stored, so
  /// they are rounded as LeRobot's.
  private func lookAtNothing() {
    Torch.withRounding(.asLeRobot) {
      Torch.withoutGradients {
        let black = Tensor.zeros([1, 3, pictureSize.height, pictureSize.width])
        _ = backbone(black, .train)
      }
    }
  }

  /// Takes over torchvision's weights.
  ///
  /// - Throws: `PolicyConfigError` when a tensor is missing or has another shape.
  package func load(_ part: PretrainedPart, from weights: any WeightSource) throws {
    try backbone.parameters.load(part, from: weights)
    lookAtNothing()
  }
}

/// A residual network's parameters under their names in an `nn.Sequential` of its parts.
private struct BackboneSequence: Layer {
  let backbone: ResNet
  var parameters: NamedParameters {
    NamedParameters(
      uniqueKeysWithValues: backbone.parameters.map {
        (ResNetArchitecture.sequentialName(of: $0.key), $0.value)
      })
  }
}

/// [spatial-softmax]
package struct SpatialSoftmax: Layer {
  /// C → P, a 1×1 convolution.
  package let projection: Convolution
  /// x and y of every pixel in −1…1, [h·w, 2].
  package let positions: Parameter

  /// Draws the projection.
  package init(
    inputChannels: Int, height: Int, width: Int, keypointCount: Int, random: any RandomSource
  ) {
    projection = Convolution(
      inputChannels: inputChannels, outputChannels: keypointCount, kernelSize: 1, random: random)
    let (xs, ys) = (evenlySpaced(width), evenlySpaced(height))
    let grid = ys.flatMap { y in xs.flatMap { x in [x, y] } }
    positions = Parameter(
      Tensor(grid).to(.float32).reshaped([height * width, 2]), role: .buffer)
  }

  package var parameters: NamedParameters {
    ["pos_grid": positions] + named(("nets", projection))
  }

  /// - Parameter x: feature maps [B, C, h, w].
  /// - Returns: keypoints [B, P, 2].
  package func callAsFunction(_ x: Tensor) -> Tensor {
    let scores = projection(x)  // [B, P, h, w]
    let weights = scores.reshaped([-1, scores.size(2) * scores.size(3)]).softmax()  // [B·P, h·w]
    return matmul(weights, positions.variable).reshaped([-1, scores.size(1), 2])
  }
}
