import LeRobotCore

/// Random changes of camera images: for each stack of frames a random subset of the configured
/// transforms (LeRobot `datasets/transforms.py`, `ImageTransforms`).
///
/// The draws are torch's, in its order, and the arithmetic is torchvision 0.22's in float32, bit
/// for bit but for contrast: torch's sum of a picture depends on processor and threads, here it
/// is exact.
package struct ImageTransforms: Sendable {
  /// The transforms with a positive weight, in the order of the configuration.
  private let transforms: [Transform]
  /// Their chances; they sum to one.
  private let weights: [Float]
  private let count: Int
  private let randomOrder: Bool

  private enum Transform: Sendable {
    case identity
    case colorJitter(ColorJitter)
    case sharpnessJitter(SharpnessJitter)
    case randomAffine(RandomAffine)
  }

  /// Checks the configuration as LeRobot does when it builds the transforms.
  ///
  /// - Throws: `ImageTransformError` naming the option.
  package init(config: ImageTransformsConfig) throws(ImageTransformError) {
    guard config.maximumCount >= 0 else { throw .negativeCount(config.maximumCount) }
    let used = config.enable ? config.transforms.filter { $0.value.weight > 0 } : [:]
    var transforms: [Transform] = []
    for (name, transform) in used {
      transforms.append(try Self.make(name, transform))
    }
    let total = used.values.reduce(0) { $0 + $1.weight }
    self.transforms = transforms
    weights = used.values.map { Float($0.weight / total) }
    count = min(transforms.count, config.maximumCount)
    randomOrder = config.randomOrder
  }

  private static func make(
    _ name: String, _ config: ImageTransformConfig
  ) throws(ImageTransformError) -> Transform {
    switch config.type {
    case "Identity":
      _ = try TransformArguments(transform: name, config: config, known: [])
      return .identity
    case "ColorJitter":
      return .colorJitter(try ColorJitter(transform: name, config: config))
    case "SharpnessJitter":
      return .sharpnessJitter(try SharpnessJitter(transform: name, config: config))
    case "RandomAffine":
      return .randomAffine(try RandomAffine(transform: name, config: config))
    default: throw .unknownType(transform: name, type: config.type)
    }
  }

  /// Draws what will be done to one stack of frames.
  package func draw(
    width: Int, height: Int, generator: inout TorchGenerator
  ) -> [ImageAdjustment] {
    guard count > 0 else { return [] }
    var chosen = generator.multinomial(weights: weights, count: count, replacement: false)
    if !randomOrder { chosen.sort() }
    return chosen.flatMap { index -> [ImageAdjustment] in
      switch transforms[index] {
      case .identity: []
      case .colorJitter(let jitter): jitter.draw(&generator)
      case .sharpnessJitter(let jitter): jitter.draw(&generator)
      case .randomAffine(let affine): affine.draw(width: width, height: height, &generator)
      }
    }
  }

  /// Makes drawn changes to a stack of frames.
  ///
  /// - Parameters:
  ///   - frames: [T, C, H, W] or [C, H, W] in 0…1.
  ///   - shape: of `frames`.
  /// - Throws: `ImageTransformError.wrongChannels`.
  package static func apply(
    _ adjustments: [ImageAdjustment], to frames: UnsafeMutableBufferPointer<Float>, shape: [Int]
  ) throws(ImageTransformError) {
    guard shape.count >= 3, [1, 3].contains(shape[shape.count - 3]) else {
      throw .wrongChannels(shape: shape)
    }
    precondition(
      frames.count == shape.reduce(1, *), "\(frames.count) values do not fill shape \(shape)")
    guard !adjustments.isEmpty, !frames.isEmpty, let start = frames.baseAddress else { return }
    let size = shape.suffix(3).reduce(1, *)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: size) { scratch in
      guard let scratch = scratch.baseAddress else { return }
      for frame in 0..<frames.count / size {
        let picture = ImageAdjustment.Picture(
          values: start + frame * size, channels: shape[shape.count - 3],
          height: shape[shape.count - 2], width: shape[shape.count - 1])
        for adjustment in adjustments {
          adjustment.apply(to: picture, scratch: scratch)
        }
      }
    }
  }

  /// Draws and makes changes: every frame of the stack is changed alike.
  ///
  /// - Parameters:
  ///   - frames: [T, C, H, W] or [C, H, W] in 0…1.
  ///   - shape: of `frames`.
  ///   - generator: torch's, advanced by exactly LeRobot's draws.
  package func apply(
    frames: inout [Float], shape: [Int], generator: inout TorchGenerator
  ) throws(ImageTransformError) {
    guard shape.count >= 3 else { throw .wrongChannels(shape: shape) }
    let adjustments = draw(
      width: shape[shape.count - 1], height: shape[shape.count - 2], generator: &generator)
    let result: Result<Void, ImageTransformError> = frames.withUnsafeMutableBufferPointer {
      buffer in
      Result { () throws(ImageTransformError) in
        try Self.apply(adjustments, to: buffer, shape: shape)
      }
    }
    try result.get()
  }
}
