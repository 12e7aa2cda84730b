import LeRobotCore
import OrderedCollections

extension FeatureStatistics {
  /// As `stats.json` holds them: nested lists by feature and statistic.
  var nested: JSONValue {
    .object(mapValues { feature in .object(feature.mapValues(\.nested)) })
  }

  /// The same numbers in float64, as `stats.json` gives them; integers stay.
  var inDouble: FeatureStatistics {
    mapValues { feature in
      feature.mapValues { tensor in
        tensor.scalarType == .float32 ? HostTensor(tensor.doubles, shape: tensor.shape) : tensor
      }
    }
  }

  /// Reads the object of `stats.json` or of one episode (LeRobot `datasets/utils.py`,
  /// `cast_stats_to_numpy`): NumPy's types, as `HostTensor(nested:)`.
  init(_ object: MetadataObject) throws(DataError) {
    self = [:]
    for key in object.members.keys {
      var feature: OrderedDictionary<String, HostTensor> = [:]
      for (name, value) in try object.object(key).members {
        guard let tensor = HostTensor(nested: value) else {
          throw .malformed(file: object.file, reason: "\(key): \(name) is no array of numbers")
        }
        feature[name] = tensor
      }
      self[key] = feature
    }
  }

  /// Statistics of cameras as [3, 1, 1], also where a writer left them as [3].
  mutating func giveAxes(to cameras: [String]) {
    for camera in cameras {
      self[camera] = self[camera]?.mapValues {
        $0.shape.count == 1 && $0.count > 1 ? $0.reshaped(to: [$0.count, 1, 1]) : $0
      }
    }
  }

  /// ImageNet's mean and deviation in place of the cameras' own, float32 [3, 1, 1]
  /// (LeRobot `datasets/factory.py`, `make_dataset`).
  mutating func useImageNet(for cameras: [String]) {
    for camera in cameras {
      self[camera, default: [:]]["mean"] = HostTensor(
        [0.485, 0.456, 0.406] as [Float], shape: [3, 1, 1])
      self[camera, default: [:]]["std"] = HostTensor(
        [0.229, 0.224, 0.225] as [Float], shape: [3, 1, 1])
    }
  }
}

extension HostTensor {
  /// Nested lists.
  fileprivate var nested: JSONValue {
    var level: [JSONValue] =
      values(of: Int64.self)?.map { .int(Int($0)) } ?? doubles.map { .double($0) }
    for size in shape.reversed().dropLast() {
      level = stride(from: 0, to: level.count, by: size).map { start in
        .array(Array(level[start..<start + size]))
      }
    }
    return .array(level)
  }

  /// A tensor from nested lists, as `numpy.array` makes it: boolean where all are truth values,
  /// int64 where all are integers, else float64. Nil where the lists are ragged or hold something
  /// else.
  package init?(nested value: JSONValue) {
    var shape: [Int] = []
    var level = value
    while case .array(let values) = level {
      shape.append(values.count)
      guard let first = values.first else { break }
      level = first
    }
    var numbers: [JSONValue] = []
    guard Self.flatten(value, shape[...], into: &numbers) else { return nil }
    let flags = numbers.compactMap(\.boolValue)
    let integers = numbers.compactMap { $0.intValue.map(Int64.init) }
    if flags.count == numbers.count, !flags.isEmpty {
      self.init(flags, shape: shape)
    } else if integers.count == numbers.count {
      self.init(integers, shape: shape)
    } else {
      self.init(numbers.map { $0.doubleValue ?? ($0.boolValue == true ? 1 : 0) }, shape: shape)
    }
  }

  private static func flatten(
    _ value: JSONValue, _ shape: ArraySlice<Int>, into numbers: inout [JSONValue]
  ) -> Bool {
    guard let length = shape.first else {
      numbers.append(value)
      return value.doubleValue != nil || value.boolValue != nil
    }
    guard case .array(let values) = value, values.count == length else { return false }
    return values.allSatisfy { flatten($0, shape.dropFirst(), into: &numbers) }
  }
}
