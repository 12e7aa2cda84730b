import CPixels
import Foundation
import LeRobotCore

/// Random rotation, shift, scale and shear about the centre
/// (torchvision 0.22 `transforms/v2/_geometry.py`, `RandomAffine`).
struct RandomAffine: Sendable {
  /// Rotation in degrees, clockwise.
  let degrees: [Double]
  /// Largest shift as a part of width and height.
  let translate: [Double]?
  let scale: [Double]?
  /// Degrees: [low, high] along x, and perhaps again along y.
  let shear: [Double]?
  let isBilinear: Bool
  /// One value for all channels or one for each; nil is torchvision's None.
  let fill: [Float]?
  /// In pixels from the upper left corner; nil is the middle.
  let center: [Double]?

  init(transform: String, config: ImageTransformConfig) throws(ImageTransformError) {
    let arguments = try TransformArguments(
      transform: transform, config: config,
      known: ["degrees", "translate", "scale", "shear", "interpolation", "fill", "center"])
    _ = try arguments.required("degrees")
    degrees = try arguments.angles("degrees", lengths: [2]) ?? [0, 0]
    translate = try arguments.numbers(
      "translate", lengths: [2], expected: "two numbers from 0 to 1",
      check: { (0...1).contains($0) })
    let scales = "two increasing positive numbers"
    scale = try arguments.numbers("scale", lengths: [2], expected: scales, check: { $0 > 0 })
    if let scale, scale[0] > scale[1] { throw arguments.wrong("scale", expected: scales) }
    shear = try arguments.angles("shear", lengths: [2, 4])
    center = try arguments.numbers("center", lengths: [2], expected: "two numbers, in pixels")
    isBilinear = try Self.isBilinear(arguments)
    fill = try Self.fill(arguments)
  }

  /// Pillow's number of an interpolation, which LeRobot passes on, or its name.
  private static func isBilinear(
    _ arguments: TransformArguments
  ) throws(ImageTransformError) -> Bool {
    switch arguments.values["interpolation"] {
    case nil, .int(0), .string("nearest"): return false
    case .int(2), .string("bilinear"): return true
    default:
      throw arguments.wrong("interpolation", expected: "nearest (0) or bilinear (2)")
    }
  }

  private static func fill(_ arguments: TransformArguments) throws(ImageTransformError) -> [Float]?
  {
    guard arguments.values["fill"] != .null else { return nil }
    if arguments.values["fill"] == nil { return [0] }
    if let number = arguments.number("fill") { return [Float(number)] }
    let numbers = try arguments.numbers(
      "fill", lengths: [1, 3], expected: "a number or one for each of three channels")
    return numbers?.map { Float($0) }
  }

  /// Angle, then the two shifts, the scale and the shears, each only where it is in use.
  func draw(width: Int, height: Int, _ generator: inout TorchGenerator) -> [ImageAdjustment] {
    func uniform(_ low: Double, _ high: Double) -> Double {
      Double(generator.uniform(in: low...high))
    }
    var drawn = AffineParameters(angle: uniform(degrees[0], degrees[1]))
    if let translate {
      let (reachX, reachY) = (translate[0] * Double(width), translate[1] * Double(height))
      drawn.shiftX = uniform(-reachX, reachX).rounded(.toNearestOrEven)
      drawn.shiftY = uniform(-reachY, reachY).rounded(.toNearestOrEven)
    }
    if let scale { drawn.scale = uniform(scale[0], scale[1]) }
    if let shear {
      drawn.shearX = uniform(shear[0], shear[1])
      if shear.count == 4 { drawn.shearY = uniform(shear[2], shear[3]) }
    }
    if let center {
      drawn.centerX = center[0] - Double(width) * 0.5
      drawn.centerY = center[1] - Double(height) * 0.5
    }
    return [
      .affine(
        map: drawn.inverseMap(width: width, height: height), isBilinear: isBilinear, fill: fill)
    ]
  }
}

/// One drawn affine map: degrees, pixels; the centre counted from the middle of the picture.
struct AffineParameters {
  var angle: Double
  var shiftX = 0.0, shiftY = 0.0
  var scale = 1.0
  var shearX = 0.0, shearY = 0.0
  var centerX = 0.0, centerY = 0.0

  /// The map from output to input positions that sampling needs, in the units of `cpx_affine`.
  ///
  /// C · (R(angle) · S(scale) · Shear)⁻¹ · C⁻¹ · T⁻¹, computed in double, then rounded and divided
  /// in float (torchvision `_get_inverse_affine_matrix`, `_affine_grid`).
  func inverseMap(width: Int, height: Int) -> [Float] {
    let rotation = angle * (Double.pi / 180)
    let (shearX, shearY) = (shearX * (Double.pi / 180), shearY * (Double.pi / 180))
    let (cosine, tangent) = (cos(shearY), tan(shearX))
    let a = cos(rotation - shearY) / cosine
    let b = -(a * tangent + sin(rotation))
    let c = sin(rotation - shearY) / cosine
    let d = cos(rotation) - c * tangent
    let (movedX, movedY) = (centerX + shiftX, centerY + shiftY)
    let x = [d / scale, -b / scale], y = [-c / scale, a / scale]
    let offsetX = centerX - x[0] * movedX - x[1] * movedY
    let offsetY = centerY - y[0] * movedX - y[1] * movedY
    let (halfWidth, halfHeight) = (Float(0.5 * Double(width)), Float(0.5 * Double(height)))
    return [x[0], x[1], offsetX].map { Float($0) / halfWidth }
      + [y[0], y[1], offsetY].map { Float($0) / halfHeight }
  }
}
