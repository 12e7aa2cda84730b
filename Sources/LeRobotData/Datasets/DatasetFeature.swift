import LeRobotCore
import OrderedCollections

/// One feature as `info.json` declares it.
package struct DatasetFeature: Sendable, Equatable {
  /// LeRobot's name: `float32`, `int64`, `bool`, `string`, `image`, `video`, …
  package var dtype: String
  /// The shape of one value; [1] for a scalar, [H, W, C] for a camera.
  package var shape: [Int]
  /// Names of the axes or components, where they are a plain list.
  package var names: [String]?
  /// Its name in the dataset's files, where `--rename_map` gives it another; nil where not.
  package var storedName: String?

  package init(dtype: String, shape: [Int], names: [String]? = nil) {
    self.dtype = dtype
    self.shape = shape
    self.names = names
  }

  /// The name of its column in the dataset's files.
  func column(named name: String) -> String { storedName ?? name }

  package var isCamera: Bool { dtype == "image" || dtype == "video" }

  /// Whether values are numbers (or booleans), which become tensors; text does not.
  package var isNumeric: Bool { elementType != nil }

  /// What torch makes of its values: `bool`, `int64` or `float32`; nil where they are no numbers.
  ///
  /// The names are those of `datasets.Value`, which LeRobot hands them to.
  var elementType: ScalarType? {
    switch dtype {
    case "bool": .bool
    case "float16", "float32", "float64", "float", "double", "half", "bfloat16": .float32
    case "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "int", "long":
      .int64
    default: nil
    }
  }

  /// Elements of one value.
  var elementCount: Int { shape.reduce(1, *) }
  /// Bytes of an element in a table.
  var elementSize: Int { elementType?.size ?? 0 }
}

// MARK: - Reading

extension DatasetFeature {
  /// Columns that have a meaning for a dataset or a policy. What is wrong with the declaration of
  /// another one matters to nobody.
  private static func matters(_ name: String) -> Bool {
    name.hasPrefix("observation") || name.hasPrefix("action")
      || ["timestamp", "frame_index", "episode_index", "index", "task_index"].contains(name)
  }

  /// - Throws: `DataError.malformed` where a declaration that matters lacks something.
  init(_ value: JSONValue, in file: String, at name: String) throws(DataError) {
    do throws(DataError) {
      try self.init(MetadataObject(value, in: file, at: name))
    } catch {
      if Self.matters(name) { throw error }
      self.init(dtype: "not declared", shape: [])
    }
  }

  private init(_ object: MetadataObject) throws(DataError) {
    dtype = try object.string("dtype")
    shape = try Self.shape(object)
    names = object["names"]?.stringsValue ?? object["names"]?.onlyList
    let learned = ["action", "observation.state", "observation.environment_state"]
    if dtype == "string", learned.contains(object.place) {
      throw .malformed(file: object.file, reason: "\(object.place) is text, not numbers")
    }
    guard shape.allSatisfy({ $0 >= 0 }), Self.isWithinReach(shape) else {
      throw .malformed(file: object.file, reason: "\(object.place) has the shape \(shape)")
    }
  }

  /// A list of whole numbers, or one alone.
  private static func shape(_ object: MetadataObject) throws(DataError) -> [Int] {
    if let extent = object["shape"]?.integerValue { return [extent] }
    return try object.integers("shape")
  }

  /// Whether a value has at most 2³¹ elements, so that a size computed from it is a number.
  private static func isWithinReach(_ shape: [Int]) -> Bool {
    shape.reduce(1) { count, extent in
      let (product, isTooLarge) = count.multipliedReportingOverflow(by: extent)
      return isTooLarge ? .max : product
    } <= 1 << 31
  }
}

// MARK: - Cameras

extension DatasetFeature {
  private static let channelNames = ["channel", "channels", "c", "rgb", "bgr", "rgba", "depth"]
  private static let channelCounts = [1, 3, 4]

  /// Which axis of a camera's shape counts channels.
  ///
  /// LeRobot looks for `channel` or `channels` as the third name, and otherwise takes the shape as
  /// [C, H, W]. Other writers use other names, so the shape has a say where the names have none
  /// (Q-DATA-4).
  private var channelAxis: Int? {
    guard shape.count == 3 else { return nil }
    let plausible = [2, 0].filter { Self.channelCounts.contains(shape[$0]) }
    let named = plausible.first { axis in
      names?.count == 3 && Self.channelNames.contains(names?[axis].lowercased() ?? "")
    }
    return named ?? plausible.first
  }

  /// Channels that the pictures are declared to have.
  var channelCount: Int? { channelAxis.map { shape[$0] } }

  /// A camera's [C, H, W]. Whatever a video is declared to have, it is decoded to three channels.
  package var channelsFirstShape: [Int] {
    guard let axis = channelAxis else { return shape }
    let size = axis == 2 ? [shape[0], shape[1]] : [shape[1], shape[2]]
    return [dtype == "video" ? 3 : shape[axis]] + size
  }

  /// This camera with the real size of its pictures, on which LeRobot trains, and a sentence about
  /// it; nil where it is declared so.
  func corrected(
    to size: (height: Int, width: Int), named key: String, seenIn file: String
  ) -> (feature: DatasetFeature, warning: String)? {
    let declared = channelsFirstShape
    guard declared.count == 3, declared[1] != size.height || declared[2] != size.width else {
      return nil
    }
    var feature = self
    // In one order, as a picture that is three pixels wide could pass for one of channels first.
    feature.shape = [size.height, size.width, declared[0]]
    feature.names = ["height", "width", "channels"]
    return (
      feature,
      "\(file): pictures of \(key) are \(size.height)x\(size.width), meta/info.json declares "
        + "\(declared[1])x\(declared[2]); the real size is used"
    )
  }
}

extension OrderedDictionary<String, DatasetFeature> {
  /// Gives the cameras the size of their pictures.
  ///
  /// - Returns: a sentence for each that is declared to have another.
  mutating func takeSizes(of cameras: OrderedDictionary<String, any CameraSource>) -> [String] {
    var sentences: [String] = []
    for (key, camera) in cameras {
      let file = camera.origin(of: 0).file
      guard let (feature, warning) = self[key]?.corrected(to: camera.size, named: key, seenIn: file)
      else { continue }
      self[key] = feature
      sentences.append(warning)
    }
    return sentences
  }

  var cameraKeys: [String] { filter { $0.value.isCamera }.map(\.key) }
  /// Under their names in the files.
  var storedVideoKeys: [String] {
    filter { $0.value.dtype == "video" }.map { $0.value.column(named: $0.key) }
  }

  /// The features a policy may use.
  ///
  /// LeRobot `datasets/utils.py`, `dataset_to_policy_features`: cameras are VISUAL,
  /// `observation.environment_state` is ENV, other `observation*` STATE, `action*` ACTION.
  package var policyFeatures: OrderedDictionary<String, PolicyFeature> {
    var result: OrderedDictionary<String, PolicyFeature> = [:]
    for (key, feature) in self {
      if feature.isCamera {
        result[key] = PolicyFeature(type: .visual, shape: feature.channelsFirstShape)
      } else if key == "observation.environment_state" {
        result[key] = PolicyFeature(type: .environment, shape: feature.shape)
      } else if key.hasPrefix("observation") {
        result[key] = PolicyFeature(type: .state, shape: feature.shape)
      } else if key.hasPrefix("action") {
        result[key] = PolicyFeature(type: .action, shape: feature.shape)
      }
    }
    return result
  }
}

extension JSONValue {
  /// The strings of `{"motors": […]}`, as older datasets name their joints.
  fileprivate var onlyList: [String]? {
    guard let members = objectValue, members.count == 1 else { return nil }
    return members.values.first?.stringsValue
  }
}
