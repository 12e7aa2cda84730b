import Foundation
import LeRobotCore
import LeRobotData

/// A small dataset whose features are drawn: most can be trained on, some cannot, and some are odd.
///
/// Two episodes of six frames. Shapes have up to four axes of widths up to five; the tables mostly
/// hold what is declared.
package struct RandomFeatureTable {
  private struct Feature {
    var name: String
    var dtype: String?
    var shape: [Int]?
    var names: JSONValue?
    /// What the table holds; nil where it has no such column.
    var column: ParquetColumn?
  }

  private static let frameCount = 12
  private static let types: [String] = [
    "float32", "float32", "float32", "float32", "float64", "float16", "float", "double", "int64",
    "int32", "uint8", "bool", "string", "list", "image", "",
  ]
  private static let others = [
    "observation.velocity", "observation.state.arm", "action.extra", "next.reward", "next.done",
    "a b", "a/b", "müller", "observation.images.top", "observation.", "actions",
  ]

  private var random: SplitMix64
  private var features: [Feature] = []

  package init(seed: UInt64) {
    random = SplitMix64(seed: seed)
    var names = ["action", "observation.state", "observation.environment_state"]
    names.removeAll { _ in chance(25) }
    for _ in 0..<draw(0...3) { names.append(Self.others[draw(0...Self.others.count - 1)]) }
    for name in names where !features.contains(where: { $0.name == name }) {
      features.append(feature(name))
    }
  }

  // MARK: - Drawing

  private mutating func draw(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &random)
  }

  /// True once in `count` draws.
  private mutating func chance(_ count: Int) -> Bool { draw(1...count) == 1 }

  private mutating func feature(_ name: String) -> Feature {
    let isUsual = !chance(6)
    let dtype = isUsual ? "float32" : Self.types[draw(0...Self.types.count - 1)]
    let shape = isUsual ? [draw(1...5)] : (0..<draw(0...4)).map { _ in draw(0...5) }
    let stored = chance(15) ? (0..<draw(0...3)).map { _ in draw(0...4) } : shape
    return Feature(
      name: name, dtype: chance(60) ? nil : dtype,
      shape: chance(60) ? nil : dtype == "image" ? [8, 8, 3] : shape, names: names(shape),
      column: chance(40) ? nil : column(dtype, stored))
  }

  private mutating func names(_ shape: [Int]) -> JSONValue? {
    switch draw(0...6) {
    case 0: nil
    case 1: .object(["motors": .array([.string("a")])])
    case 2: .int(7)
    case 3: .array([.null, .string("b")])
    case 4: .array((0..<draw(0...6)).map { .string("n\($0)") })
    default: .null
    }
  }

  private mutating func column(_ dtype: String, _ shape: [Int]) -> ParquetColumn {
    let rows = Self.frameCount
    if dtype == "image" {
      let picture = PNGFile.encode(
        (0..<192).map { UInt8($0) }, width: 8, channels: 3, filters: Array(repeating: 0, count: 8))
      return .structure(
        rowCount: rows,
        [
          (name: "bytes", column: .bytes(Array(repeating: picture, count: rows))),
          (name: "path", column: .strings(Array(repeating: "", count: rows))),
        ])
    }
    let count = rows * shape.reduce(1, *)
    var column = values(chance(10) ? Self.types[draw(0...11)] : dtype, count)
    // A width of one is stored as a number or as a list of one.
    let axes = shape == [1] && chance(2) ? [] : shape
    var width = 1
    for axis in axes.reversed() {
      let lists = axes.prefix { _ in width < 1 }.isEmpty ? count / max(axis * width, 1) : 0
      let offsets = (0...max(axis == 0 ? rows : lists, 0)).map { Int32($0 * axis) }
      column = .list(offsets: offsets, column)
      width *= axis
      if axis == 0 { return column }
    }
    return column
  }

  private mutating func values(_ dtype: String, _ count: Int) -> ParquetColumn {
    let numbers = (0..<count).map { _ in Double.random(in: -2...2, using: &random) }
    switch dtype {
    case "int64", "int32", "uint8": return .integers(numbers.map { Int64($0) })
    case "bool": return .booleans(numbers.map { $0 > 0 })
    case "string", "list": return .strings(numbers.map { "\($0)" })
    case "float64", "double": return .doubles(numbers)
    default:
      var values = numbers.map { Float($0) }
      if !values.isEmpty, chance(40) { values[draw(0...values.count - 1)] = .nan }
      return .floats(values)
    }
  }
}

// MARK: - Writing

extension RandomFeatureTable {
  /// Writes the dataset as v3.0 into a folder that is not there yet.
  package mutating func write(to root: String) throws {
    for folder in ["data/chunk-000", "meta/episodes/chunk-000"] {
      try FileManager.default.createDirectory(
        atPath: "\(root)/\(folder)", withIntermediateDirectories: true)
    }
    try write(information, to: "\(root)/meta/info.json")
    try write(statistics, to: "\(root)/meta/stats.json")
    try ParquetWriter.write(
      [("task_index", .integers([0])), ("task", .strings(["push"]))],
      to: "\(root)/meta/tasks.parquet")
    try ParquetWriter.write(
      [
        ("episode_index", .integers([0, 1])), ("data/chunk_index", .integers([0, 0])),
        ("data/file_index", .integers([0, 0])), ("dataset_from_index", .integers([0, 6])),
        ("dataset_to_index", .integers([6, 12])),
      ], to: "\(root)/meta/episodes/chunk-000/file-000.parquet")
    try ParquetWriter.write(
      features.compactMap { feature in feature.column.map { (feature.name, $0) } } + counters,
      to: "\(root)/data/chunk-000/file-000.parquet")
  }

  private func write(_ value: JSONValue, to path: String) throws {
    try value.pythonText().write(toFile: path, atomically: false, encoding: .utf8)
  }

  private var counters: [(name: String, column: ParquetColumn)] {
    let rows = 0..<Int64(Self.frameCount)
    return [
      ("timestamp", .floats(rows.map { Float($0 % 6) / 10 })),
      ("frame_index", .integers(rows.map { $0 % 6 })),
      ("episode_index", .integers(rows.map { $0 / 6 })), ("index", .integers(Array(rows))),
      ("task_index", .integers(rows.map { _ in 0 })),
    ]
  }

  private var information: JSONValue {
    var declared: [(String, JSONValue)] = features.map { feature in
      var members: [(String, JSONValue)] = []
      if let dtype = feature.dtype { members.append(("dtype", .string(dtype))) }
      if let shape = feature.shape { members.append(("shape", .array(shape.map { .int($0) }))) }
      if let names = feature.names { members.append(("names", names)) }
      return (feature.name, .object(.init(uniqueKeysWithValues: members)))
    }
    for (name, column) in counters {
      let dtype = if case .floats = column { "float32" } else { "int64" }
      declared.append(
        (name, ["dtype": .string(dtype), "shape": .array([.int(1)]), "names": .null]))
    }
    return [
      "codebase_version": .string("v3.0"), "fps": .int(10), "total_episodes": .int(2),
      "total_frames": .int(12),
      "data_path": .string("data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"),
      "video_path": .null, "features": .object(.init(uniqueKeysWithValues: declared)),
    ]
  }

  /// Of the declared shapes, but now and then of another one, or none.
  private var statistics: JSONValue {
    var result: [(String, JSONValue)] = []
    var random = random
    for feature in features {
      guard Int.random(in: 1...10, using: &random) > 1 else { continue }
      let width = Int.random(in: 1...30, using: &random) > 1 ? feature.shape?.reduce(1, *) ?? 1 : 2
      func constant(_ value: Double) -> JSONValue {
        .array(Array(repeating: .double(value), count: min(width, 64)))
      }
      result.append(
        (
          feature.name,
          [
            "min": constant(-2), "max": constant(2), "mean": constant(0.1), "std": constant(1.2),
            "count": .array([.int(12)]),
          ]
        ))
    }
    return .object(.init(uniqueKeysWithValues: result))
  }
}
