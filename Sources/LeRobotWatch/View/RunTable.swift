import LeRobotCore
import LeRobotLogging

/// Many runs, each in a line.
struct RunTable {
  private let runs: [RunFigures]
  private let width: Int

  init(_ states: [WatchedState], now: Double, width: Int) {
    runs = states.map { RunFigures($0, now: now) }
    self.width = width
  }

  /// A column: its heading, its width, and what it says of a run.
  private struct Column: Sendable {
    var heading: String
    var width: Int
    var text: @Sendable (RunFigures) -> String
    /// Nil is the plain style.
    var style: (@Sendable (RunFigures) -> TextStyle)?
  }

  /// In the order in which they are worth their space.
  private static let columns: [Column] = [
    Column(heading: "done", width: 5) { $0.percent },
    Column(heading: "loss", width: 10) { $0.values("loss").last.map(NumberText.value) ?? "" },
    Column(
      heading: "status", width: 11, text: { $0.standing.word }, style: { $0.standing.style }),
    Column(heading: "left", width: 9) { $0.secondsLeft.map(formatClock) ?? "" },
    Column(heading: "step", width: 15) { $0.progress },
    Column(heading: "pace", width: 12) { $0.stepsPerSecond.map(ProgressLine.pace) ?? "" },
    Column(heading: "success", width: 8) {
      $0.evaluations.last?["pc_success"].map { NumberFormat.percent(1)($0) } ?? ""
    },
  ]

  private static let leastName = 14
  private static let leastCurve = 12
  /// The columns that are worth more than the curve of the loss.
  private static let firstCount = 4

  /// At most so many lines; where there are more runs, the last one counts the others.
  func lines(height: Int) -> [StyledLine] {
    let columns = fittingColumns
    let space = width - columns.reduce(0) { $0 + $1.width }
    let longest = runs.map { name($0).columns + 2 }.max() ?? 0
    // Beyond the names the curve of the loss takes what is left.
    let nameWidth = max(
      min(Self.leastName, space), min(longest, space - Self.leastCurve, space / 2 + 10))
    let curveWidth = space - nameWidth
    var heading = StyledLine("run".padded(toColumns: nameWidth), .quiet)
    for column in columns { heading.add(column.heading.padded(toColumns: column.width), .quiet) }
    let shown = runs.count < height ? runs.count : max(0, height - 2)
    var lines = [heading]
    for (index, run) in runs.prefix(shown).enumerated() {
      lines.append(line(run, index, columns, nameWidth, curveWidth))
    }
    if shown < runs.count {
      lines.append(StyledLine("and \(runs.count - shown) more; the window is too low", .quiet))
    }
    return lines.prefix(max(0, height)).map { $0.fitted(to: width) }
  }

  private var fittingColumns: [Column] {
    var (columns, space) = ([Column](), width - Self.leastName)
    for (index, column) in Self.columns.enumerated() {
      guard column.width <= space - (index < Self.firstCount ? 0 : Self.leastCurve) else {
        continue
      }
      columns.append(column)
      space -= column.width
    }
    return columns
  }

  private func line(
    _ run: RunFigures, _ index: Int, _ columns: [Column], _ nameWidth: Int, _ curveWidth: Int
  ) -> StyledLine {
    let name = name(run).fittedAtEnd(to: nameWidth - 1).padded(toColumns: nameWidth)
    var line = StyledLine(name, .series(index))
    for column in columns {
      line.add(
        column.text(run).fitted(to: column.width - 1).padded(toColumns: column.width),
        column.style?(run) ?? .plain)
    }
    if curveWidth >= Self.leastCurve {
      let curve = Sparkline(
        run.values("loss"), width: curveWidth, mayBeLogarithmic: true)
      line.add(curve.text, .series(index))
    }
    return line
  }

  /// A table of one job's runs would hold its name in every line: their folders tell them apart.
  private func name(_ run: RunFigures) -> String { FileSystem.name(of: run.history.folder) }
}
