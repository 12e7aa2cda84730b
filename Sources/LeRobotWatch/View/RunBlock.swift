import LeRobotCore
import LeRobotLogging

/// A run as lines of text: how it stands, how far it is, its curves and its evaluations.
struct RunBlock {
  private let figures: RunFigures
  private let hasReport: Bool
  private let series: TextStyle
  private let width: Int

  /// - Parameters:
  ///   - index: tells the run apart from others that are shown.
  ///   - width: columns; a block without limits has no curves.
  init(_ state: WatchedState, index: Int = 0, now: Double, width: Int) {
    figures = RunFigures(state, now: now)
    hasReport = state.hasReport
    series = .series(index)
    self.width = width
  }

  /// No limit: text for a file or another program.
  static let unlimited = 10_000

  private var isUnlimited: Bool { width == Self.unlimited }

  /// At most so many lines.
  func lines(height: Int) -> [StyledLine] {
    var lines = RankedLines()
    addTitle(&lines)
    addProgress(&lines)
    addCurves(&lines)
    addUse(&lines)
    addEvaluations(&lines)
    if hasReport {
      lines.addSpace()
      let path = RunDirectory(path: figures.history.folder).report
      add("report", [path.fittedAtEnd(to: width - CurveRow.labelWidth)], .report, &lines)
    }
    return lines.fitted(to: height).map { $0.fitted(to: width) }
  }

  // MARK: - Title and progress

  private func addTitle(_ lines: inout RankedLines) {
    let title = StyledLine(figures.history.title, .title)
    let (words, _, style) = figures.standing
    if !isUnlimited, let line = title.withRight(words, style, width: width) {
      lines.add(line, .title)
    } else {
      lines.add(title, .title)
      lines.add(StyledLine(words, style), .title)
    }
    guard let description = figures.history.description else { return }
    let parts = [
      description.policy, description.dataset,
      description.parameterCount > 0
        ? "\(formatBigNumber(description.parameterCount)) parameters" : "",
      description.machine.device, description.machine.host,
    ]
    for line in flow(parts.filter { !$0.isEmpty }, width) {
      lines.add(StyledLine(line, .quiet), .details)
    }
  }

  private func addProgress(_ lines: inout RankedLines) {
    if figures.condition == .waiting { return }
    let count = [figures.progress, figures.percent].filter { !$0.isEmpty }.joined(separator: "  ")
    var line = StyledLine()
    if let share = figures.share, !isUnlimited, width >= count.columns + 12 {
      let bar = ProgressBar.text(share, width: min(100, width - count.columns - 2))
      line.add(bar.done, series)
      line.add(bar.rest + "  ", .quiet)
    }
    line.add(count)
    lines.add(line, .progress)
    for line in flow(facts, width) { lines.add(StyledLine(line), .facts) }
    if let silence = figures.unusualSilence {
      lines.add(StyledLine("nothing logged for \(formatClock(silence))", .warning), .facts)
    }
    if figures.training.isEmpty, figures.status == .running {
      lines.add(StyledLine("no step is logged yet", .quiet), .facts)
    }
  }

  private var facts: [String] {
    var facts: [String] = []
    if let rate = figures.stepsPerSecond { facts.append(ProgressLine.pace(rate)) }
    if let rate = figures.samplesPerSecond { facts.append("\(NumberText.rate(rate)) samples/s") }
    if let epochs = figures.epochs { facts.append("\(NumberFormat.fixed(2)(epochs)) epochs") }
    if figures.elapsed > 0 { facts.append("elapsed \(formatClock(figures.elapsed))") }
    if let left = figures.secondsLeft { facts.append("left \(formatClock(left))") }
    return facts
  }

  /// Short texts in as few lines as hold them.
  private func flow(_ parts: [String], _ width: Int) -> [String] {
    var lines: [String] = []
    for part in parts {
      if let last = lines.last, last.columns + part.columns + 3 <= width {
        lines[lines.count - 1] = "\(last) · \(part)"
      } else {
        lines.append(part)
      }
    }
    return lines
  }

  // MARK: - Curves

  private func addCurves(_ lines: inout RankedLines) {
    lines.addSpace()
    let parts = figures.history.partNames
    add("loss", isLogarithmic: true, .loss, &lines)
    for name in parts { add(name, label: "  \(name)", isLogarithmic: true, .parts, &lines) }
    add("grad_norm", isLogarithmic: true, .curves, &lines)
    add("lr", .curves, &lines)
    add("update_s", .curves, &lines)
    add("dataloading_s", .curves, &lines)
  }

  /// The latest value of a metric, the lowest, and its curve.
  private func add(
    _ name: String, label: String? = nil, isLogarithmic: Bool = false, _ rank: RankedLines.Rank,
    _ lines: inout RankedLines
  ) {
    let values = figures.values(name)
    guard let latest = values.last else { return }
    let row = CurveRow(
      label: label ?? name, latest: latest, lowest: values.filter(\.isFinite).min(), values: values,
      mayBeLogarithmic: isLogarithmic)
    lines.add(row.line(series, width: isUnlimited ? nil : width), rank)
  }

  // MARK: - The rest

  /// A label and short texts behind it, on as many lines as hold them.
  private func add(
    _ label: String, _ parts: [String], _ rank: RankedLines.Rank, _ lines: inout RankedLines,
    style: TextStyle = .plain
  ) {
    let texts = flow(parts, width - CurveRow.labelWidth)
    for (number, text) in texts.enumerated() {
      var line = StyledLine(
        (number == 0 ? label : "").padded(toColumns: CurveRow.labelWidth), .quiet)
      line.add(text, style)
      lines.add(line, rank)
    }
  }

  /// What the steps' time and the memory are used for.
  private func addUse(_ lines: inout RankedLines) {
    lines.addSpace()
    if let share = figures.dataShare {
      let percent = Int((100 * share).rounded())
      add(
        "time of a step", ["\(100 - percent)% computing", "\(percent)% waiting for data"],
        .sharing, &lines, style: share > 0.2 ? .warning : .plain)
    }
    if let memory = figures.memory {
      add(
        "memory", [formatBytes(memory.latest), "at most \(formatBytes(memory.most))"], .details,
        &lines)
    }
  }

  private func addEvaluations(_ lines: inout RankedLines) {
    lines.addSpace()
    for (number, record) in figures.evaluations.suffix(3).reversed().enumerated() {
      add(
        number == 0 ? "evaluation" : "", EvaluationText.parts(record),
        number == 0 ? .evaluation : .details, &lines)
    }
  }
}
