import LeRobotLogging

/// What a terminal shows of runs: pure text for a size.
package struct WatchScreen {
  private let runs: [WatchedState]
  private let now: Double

  /// - Parameter now: seconds since 1970.
  package init(_ runs: [WatchedState], now: Double) {
    (self.runs, self.now) = (runs, now)
  }

  /// Fewer lines than these say too little of a run; the table says more of many.
  private static let leastBlock = 4

  /// The lines of a terminal, none wider than it and not more than it has.
  package func lines(width: Int, height: Int) -> [StyledLine] {
    let footer = StyledLine("q ends the view, not the training", .quiet).fitted(to: width)
    let space = height - 1
    var lines = content(width: width, height: space)
    if lines.count < space { lines.append(StyledLine()) }
    if lines.count < height { lines.append(footer) }
    return Array(lines.prefix(max(0, height)))
  }

  private func content(width: Int, height: Int) -> [StyledLine] {
    // Between two blocks is an empty line.
    let share = (height + 1) / max(1, runs.count) - 1
    if runs.count > 1, share < Self.leastBlock {
      return RunTable(runs, now: now, width: width).lines(height: height)
    }
    var lines: [StyledLine] = []
    for (index, run) in runs.enumerated() {
      if index > 0 { lines.append(StyledLine()) }
      lines += RunBlock(run, index: index, now: now, width: width)
        .lines(height: runs.count == 1 ? height : share)
    }
    return lines
  }

  /// All that there is to say, without curves, for a file or another program.
  package var summary: String {
    let blocks = runs.map { run in
      RunBlock(run, now: now, width: RunBlock.unlimited).lines(height: .max)
        .map { $0.plain + "\n" }.joined()
    }
    return blocks.joined(separator: "\n")
  }
}
