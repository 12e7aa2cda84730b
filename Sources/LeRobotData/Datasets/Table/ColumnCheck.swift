import LeRobotCore

/// What is noticed about a column while it is read.
struct ColumnCheck: Sendable, Equatable {
  /// Frames of one kind: how many there are, and the first one's row in the table.
  struct Frames: Sendable, Equatable {
    var count = 0
    var first = 0

    mutating func add(_ row: Int) {
      if count == 0 { first = row }
      count += 1
    }
  }

  /// Means are kept of columns up to this width.
  static let widthLimit = 64

  /// Frames in which a value is null.
  var nulls = Frames()
  /// Frames in which a value is NaN or infinite.
  var notFinite = Frames()
  /// Of each component, over all frames looked at; empty for wide columns.
  private(set) var means: [Double] = []
  private var looked = 0

  init() {}

  /// Looks at the values of some frames.
  ///
  /// - Parameters:
  ///   - values: [frames, width].
  ///   - first: the table's row of the first frame.
  mutating func look(at values: [Float], width: Int, from first: Int) {
    guard width > 0, !values.isEmpty else { return }
    if Self.holdsNotFinite(values) {
      for frame in 0..<values.count / width
      where !values[frame * width..<(frame + 1) * width].allSatisfy(\.isFinite) {
        notFinite.add(first + frame)
      }
      return
    }
    if width <= Self.widthLimit { addMeans(values, width) }
  }

  private mutating func addMeans(_ values: [Float], _ width: Int) {
    let frames = values.count / width
    var sums = [Double](repeating: 0, count: width)
    values.withUnsafeBufferPointer { values in
      for frame in 0..<frames {
        for component in 0..<width { sums[component] += Double(values[frame * width + component]) }
      }
    }
    let (before, total) = (Double(looked), Double(looked + frames))
    if means.isEmpty { means = [Double](repeating: 0, count: width) }
    for component in 0..<width {
      means[component] = (means[component] * before + sums[component]) / total
    }
    looked += frames
  }

  /// Whether any value has the exponent of NaN and infinity.
  private static func holdsNotFinite(_ values: [Float]) -> Bool {
    values.withUnsafeBufferPointer { values in
      var found: UInt32 = 0
      for value in values {
        found |= value.bitPattern & 0x7f80_0000 == 0x7f80_0000 ? 1 : 0
      }
      return found != 0
    }
  }
}

// MARK: - As text

extension ColumnCheck {
  /// What `init(_:)` reads, to be kept beside the column.
  var json: JSONValue {
    .array([
      .int(nulls.count), .int(nulls.first), .int(notFinite.count), .int(notFinite.first),
      .array(means.map { .double($0) }),
    ])
  }

  init?(_ json: JSONValue) {
    guard case .array(let parts) = json, parts.count == 5, case .array(let means) = parts[4]
    else { return nil }
    let numbers = parts[..<4].compactMap(\.intValue)
    guard numbers.count == 4 else { return nil }
    nulls = Frames(count: numbers[0], first: numbers[1])
    notFinite = Frames(count: numbers[2], first: numbers[3])
    self.means = means.compactMap(\.doubleValue)
  }
}
