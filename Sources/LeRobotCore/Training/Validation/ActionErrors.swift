import OrderedCollections

/// Absolute errors of planned actions, collected frame by frame.
package struct ActionErrors: Sendable {
  /// A, numbers of an action.
  private let width: Int
  /// Σ |â − a| by step of the chunk and joint, [T][A], and how many frames have that step.
  private var sums: [[Double]] = []
  private var counts: [Int] = []
  /// Of each episode Σ over all its errors, and their number.
  private var episodes: OrderedDictionary<Int, (sum: Double, count: Int)> = [:]

  /// - Parameter width: numbers of an action.
  package init(width: Int) { self.width = width }

  /// Adds the actions planned from one frame.
  ///
  /// - Parameters:
  ///   - planned: â, T rows of A numbers.
  ///   - recorded: a, as many rows or more.
  ///   - isPadding: of each row of `recorded`, whether it lies beyond the episode's end.
  ///   - episode: the frame's.
  package mutating func add(
    _ planned: ArraySlice<Double>, recorded: ArraySlice<Double>, isPadding: ArraySlice<Bool>,
    episode: Int
  ) {
    let stepCount = min(planned.count / width, isPadding.count)
    while sums.count < stepCount {
      sums.append([Double](repeating: 0, count: width))
      counts.append(0)
    }
    var (sum, count) = episodes[episode] ?? (0, 0)
    for step in 0..<stepCount where !isPadding[isPadding.startIndex + step] {
      counts[step] += 1
      for joint in 0..<width {
        let place = step * width + joint
        let error = abs(
          planned[planned.startIndex + place] - recorded[recorded.startIndex + place])
        sums[step][joint] += error
        sum += error
      }
      count += width
    }
    if count > 0 { episodes[episode] = (sum, count) }
  }

  /// The means.
  ///
  /// [VAL-error]  eₖⱼ = Σᵢ |âᵢₖⱼ − aᵢₖⱼ| / Nₖ over the frames i that have a step k; of the first K steps
  /// Σₖ Nₖ eₖⱼ / Σₖ Nₖ.
  /// - Parameter prefixes: numbers K of first steps to report, beside all of them.
  /// - Returns: nil where nothing was added.
  package func report(prefixes: [Int] = [1, 5, 10]) -> ActionErrorReport? {
    guard let all = mean(ofFirst: sums.count) else { return nil }
    let means = episodes.map {
      ActionErrorReport.Episode(number: $0.key, error: $0.value.sum / Double($0.value.count))
    }.sorted { ($0.error, $0.number) < ($1.error, $1.number) }
    guard let worst = means.last else { return nil }
    return ActionErrorReport(
      error: all.reduce(0, +) / Double(width), joints: all,
      prefixes: prefixes.filter { $0 < sums.count }.compactMap { steps in
        mean(ofFirst: steps).map {
          ActionErrorReport.Prefix(steps: steps, error: $0.reduce(0, +) / Double(width), joints: $0)
        }
      },
      stepCount: sums.count, median: means[(means.count - 1) / 2], worst: worst)
  }

  /// By joint, over the first steps; nil where no frame has them.
  private func mean(ofFirst steps: Int) -> [Double]? {
    let count = counts.prefix(steps).reduce(0, +)
    guard count > 0 else { return nil }
    return (0..<width).map { joint in
      sums.prefix(steps).reduce(0) { $0 + $1[joint] } / Double(count)
    }
  }
}

/// How far planned actions are from recorded ones, in the dataset's units.
package struct ActionErrorReport: Sendable, Equatable {
  /// Over the first steps of the chunk.
  package struct Prefix: Sendable, Equatable {
    package var steps: Int
    package var error: Double
    package var joints: [Double]

    package init(steps: Int, error: Double, joints: [Double]) {
      (self.steps, self.error, self.joints) = (steps, error, joints)
    }
  }

  /// Over all frames of an episode.
  package struct Episode: Sendable, Equatable {
    /// The number the dataset gives it.
    package var number: Int
    package var error: Double

    package init(number: Int, error: Double) { (self.number, self.error) = (number, error) }
  }

  /// The mean over frames, steps and joints.
  package var error: Double
  /// The mean over frames and steps, by joint.
  package var joints: [Double]
  /// Of the first 1, 5, 10 steps, as far as the chunk is longer.
  package var prefixes: [Prefix]
  /// Steps of the chunk.
  package var stepCount: Int
  /// The episode in the middle when they are sorted by error, and the last of them.
  package var median: Episode
  package var worst: Episode

  package init(
    error: Double, joints: [Double], prefixes: [Prefix], stepCount: Int, median: Episode,
    worst: Episode
  ) {
    self.error = error
    self.joints = joints
    self.prefixes = prefixes
    self.stepCount = stepCount
    self.median = median
    self.worst = worst
  }
}
