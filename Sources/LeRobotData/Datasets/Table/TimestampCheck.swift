import LeRobotCore

/// Which frames' times are not those of the frame rate.
struct TimestampCheck: Sendable, Equatable {
  /// Seconds by which a time may differ.
  let tolerance: Double
  let fps: Double
  private(set) var frames = ColumnCheck.Frames()
  /// Frames that are not later than the one before in their episode.
  private(set) var standing = ColumnCheck.Frames()
  private var last: Float = -.infinity
  /// The row that differs most, and by how many seconds.
  private(set) var worst: (row: Int, seconds: Double)?

  init(tolerance: Double, fps: Double) {
    (self.tolerance, self.fps) = (tolerance, fps)
  }

  /// Looks at the times of frames that follow each other in one episode.
  ///
  /// - Parameters:
  ///   - times: in seconds.
  ///   - first: the table's row of the first frame.
  ///   - start: the table's row of the episode's first frame.
  mutating func look(at times: ArraySlice<Float>, from first: Int, of start: Int) {
    for (offset, time) in times.enumerated() {
      let row = first + offset
      if row > start, !(time > last) { standing.add(row) }
      last = time
      let difference = abs(Double(time) - Double(row - start) / fps)
      guard !(difference < tolerance + Double(time.ulp)) else { continue }
      frames.add(row)
      if difference > worst?.seconds ?? 0 { worst = (row, difference) }
    }
  }

  static func == (a: TimestampCheck, b: TimestampCheck) -> Bool {
    a.json == b.json && a.tolerance == b.tolerance && a.fps == b.fps
  }

  /// What `read` takes, to be kept beside the column.
  var json: JSONValue {
    .array([
      .int(frames.count), .int(frames.first), .int(worst?.row ?? -1), .double(worst?.seconds ?? 0),
      .int(standing.count), .int(standing.first),
    ])
  }

  /// Takes over what another look at the same times found; nothing where the text is damaged.
  mutating func read(_ json: JSONValue?) {
    guard case .array(let parts)? = json, parts.count == 6, let count = parts[0].intValue,
      let first = parts[1].intValue, let row = parts[2].intValue,
      let seconds = parts[3].doubleValue, let standing = parts[4].intValue,
      let standingFirst = parts[5].intValue
    else { return }
    frames = ColumnCheck.Frames(count: count, first: first)
    self.standing = ColumnCheck.Frames(count: standing, first: standingFirst)
    worst = row < 0 ? nil : (row, seconds)
  }
}
