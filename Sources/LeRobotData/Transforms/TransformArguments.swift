import LeRobotCore
import OrderedCollections

/// A transform's `kwargs`, read with the checks torchvision makes when it builds the transform.
struct TransformArguments {
  /// The key under `tfs`.
  let transform: String
  let type: String
  let values: OrderedDictionary<String, JSONValue>

  /// Refuses arguments that are not in `known`.
  init(
    transform: String, config: ImageTransformConfig, known: [String]
  ) throws(ImageTransformError) {
    self.transform = transform
    type = config.type
    values = config.arguments
    for argument in values.keys where !known.contains(argument) {
      throw .unknownArgument(transform: transform, type: type, argument: argument, known: known)
    }
  }

  func wrong(_ argument: String, expected: String) -> ImageTransformError {
    .wrongArgument(
      transform: transform, argument: argument,
      value: values[argument]?.pythonText() ?? "nothing", expected: expected)
  }

  /// The value, nil where it is absent or null.
  func optional(_ argument: String) -> JSONValue? {
    values[argument].flatMap { $0 == .null ? nil : $0 }
  }

  func required(_ argument: String) throws(ImageTransformError) -> JSONValue {
    guard let value = optional(argument) else {
      throw .missingArgument(transform: transform, type: type, argument: argument)
    }
    return value
  }

  /// A range given as [low, high], or as one number v for centre − v … centre + v, not below
  /// `floor`; both ends within `bounds`.
  func range(
    _ argument: String, center: Double, floor: Double? = nil, bounds: ClosedRange<Double>
  ) throws(ImageTransformError) -> ClosedRange<Double>? {
    guard let value = optional(argument) else { return nil }
    var ends: [Double]
    if let half = value.number {
      ends = [center - half, center + half]
      if let floor, half >= 0 { ends[0] = max(ends[0], floor) }
    } else {
      ends = value.numbers ?? []
    }
    guard ends.count == 2, bounds.lowerBound <= ends[0], ends[0] <= ends[1],
      ends[1] <= bounds.upperBound
    else {
      let limit = bounds.upperBound.isFinite ? " and \(bounds.upperBound)" : " up"
      throw wrong(
        argument,
        expected: "a number from 0 or an increasing pair from \(bounds.lowerBound)\(limit)")
    }
    return ends[0]...ends[1]
  }

  /// Numbers of one of the lengths, each fulfilling `check`.
  func numbers(
    _ argument: String, lengths: [Int], expected: String, check: (Double) -> Bool = { _ in true }
  ) throws(ImageTransformError) -> [Double]? {
    guard let value = optional(argument) else { return nil }
    guard let numbers = value.numbers, lengths.contains(numbers.count), numbers.allSatisfy(check)
    else { throw wrong(argument, expected: expected) }
    return numbers
  }

  /// Angles in degrees: one number v ≥ 0 stands for −v … v.
  func angles(_ argument: String, lengths: [Int]) throws(ImageTransformError) -> [Double]? {
    guard let value = optional(argument) else { return nil }
    let expected =
      "a number from 0 or \(lengths.map(String.init).joined(separator: " or ")) "
      + "numbers, each pair increasing"
    if let half = value.number {
      guard half >= 0 else { throw wrong(argument, expected: expected) }
      return [-half, half]
    }
    guard let ends = try numbers(argument, lengths: lengths, expected: expected),
      stride(from: 0, to: ends.count, by: 2).allSatisfy({ ends[$0] <= ends[$0 + 1] })
    else { throw wrong(argument, expected: expected) }
    return ends
  }
}

extension JSONValue {
  /// A finite number, whether written with a point or not.
  fileprivate var number: Double? { doubleValue.flatMap { $0.isFinite ? $0 : nil } }

  /// An array of finite numbers.
  fileprivate var numbers: [Double]? {
    guard case .array(let elements) = self else { return nil }
    let numbers = elements.compactMap(\.number)
    return numbers.count == elements.count ? numbers : nil
  }
}

extension TransformArguments {
  /// One finite number or none.
  func number(_ argument: String) -> Double? { optional(argument)?.number }
}
