import LeRobotCore

/// Random brightness, contrast, saturation and hue, in random order
/// (torchvision 0.22 `transforms/v2/_color.py`, `ColorJitter`).
struct ColorJitter: Sendable {
  /// Factors around 1; nil is never changed and draws nothing.
  let brightness: ClosedRange<Double>?
  let contrast: ClosedRange<Double>?
  let saturation: ClosedRange<Double>?
  /// Parts of a full circle around 0, at most half of it.
  let hue: ClosedRange<Double>?

  init(transform: String, config: ImageTransformConfig) throws(ImageTransformError) {
    let arguments = try TransformArguments(
      transform: transform, config: config, known: ["brightness", "contrast", "saturation", "hue"])
    func factors(_ name: String) throws(ImageTransformError) -> ClosedRange<Double>? {
      let range = try arguments.range(name, center: 1, floor: 0, bounds: 0...Double.infinity)
      return range == 1...1 ? nil : range
    }
    brightness = try factors("brightness")
    contrast = try factors("contrast")
    saturation = try factors("saturation")
    let turns = try arguments.range("hue", center: 0, bounds: -0.5...0.5)
    hue = turns == 0...0 ? nil : turns
  }

  /// The order of the four is drawn first, always; then one number for each that is in use.
  func draw(_ generator: inout TorchGenerator) -> [ImageAdjustment] {
    let order = generator.permutation(4)
    let changes: [ImageAdjustment?] = [
      brightness.map { .brightness(generator.uniform(in: $0)) },
      contrast.map { .contrast(generator.uniform(in: $0)) },
      saturation.map { .saturation(generator.uniform(in: $0)) },
      hue.map { .hue(generator.uniform(in: $0)) },
    ]
    return order.compactMap { changes[$0] }
  }
}

/// Random sharpness (LeRobot `datasets/transforms.py`, `SharpnessJitter`).
struct SharpnessJitter: Sendable {
  /// 0 blurs, 1 leaves as is, 2 sharpens.
  let sharpness: ClosedRange<Double>

  init(transform: String, config: ImageTransformConfig) throws(ImageTransformError) {
    let arguments = try TransformArguments(
      transform: transform, config: config, known: ["sharpness"])
    _ = try arguments.required("sharpness")
    guard
      let range = try arguments.range("sharpness", center: 1, floor: 0, bounds: 0...Double.infinity)
    else { throw arguments.wrong("sharpness", expected: "a number") }
    sharpness = range
  }

  func draw(_ generator: inout TorchGenerator) -> [ImageAdjustment] {
    [.sharpness(generator.uniform(in: sharpness))]
  }
}

extension TorchGenerator {
  /// `torch.empty(1).uniform_(low, high).item()`.
  mutating func uniform(in range: ClosedRange<Double>) -> Float {
    uniform(from: Float(range.lowerBound), to: Float(range.upperBound))
  }
}
