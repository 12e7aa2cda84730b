import LeRobotCore

/// The report of several runs.
struct ComparisonReport {
  private let runs: [RunMeasures]
  private let names: [String]
  private let now: Double

  init(_ runs: [RunHistory], now: Double) {
    self.runs = runs.map(RunMeasures.init)
    names = Self.names(of: runs)
    self.now = now
  }

  /// The shortest names that tell the runs apart.
  package static func names(of runs: [RunHistory]) -> [String] {
    let choices = [
      runs.map { $0.description?.name ?? "" }, runs.map { FileSystem.name(of: $0.folder) },
      runs.map(\.folder),
    ]
    let told = choices.first { names in
      Set(names).count == names.count && !names.contains("")
    }
    return told ?? runs.enumerated().map { "\($1.title) (\($0 + 1))" }
  }

  var markup: Markup {
    let plots = ReportPlots(runs, names: names)
    let differences = ConfigurationDifferences(runs.map(\.run)).rows
    return .element(
      "header", ["class": "top"],
      .element(
        "h1", ["data-title": "Comparison of \(runs.count) runs"], "Comparison of \(runs.count) runs"
      ))
      + .section("runs", "Runs", table)
      + .section("training", "Training", plots.training.figures)
      + .section("evaluation", "Evaluation", plots.evaluation.figures)
      + .section("validation", "Validation", plots.validation.figures)
      + .section("speed", "Speed and memory", plots.speed.figures)
      + .section("differences", "Differences of the configurations", self.differences(differences))
      + .element("footer", [:], "As of " + ReportNumber.time(now))
  }

  private func scroll(_ name: String, _ content: Markup) -> Markup {
    .element(
      "div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": name], content)
  }

  // MARK: - The table of the runs

  private var table: Markup {
    let columns = [
      "Run", "Status", "Steps", "Speed", "Last loss", "Best loss", "Last success", "Best success",
      "Trained for",
    ]
    return scroll(
      "Runs",
      .table(
        "numeric runs", caption: "Runs", columns: columns, rows: runs.indices.map(row)))
  }

  private func row(_ index: Int) -> Markup {
    let (measures, run) = (runs[index], runs[index].run)
    let loss = measures.training("loss")
    let success = measures.evaluations("pc_success")
    let steps =
      ReportNumber.count(run.step) + (run.steps > 0 ? " of \(ReportNumber.count(run.steps))" : "")
    let name =
      Markup.element("i", ["class": "swatch c\(index % PlotLegend.colorCount)"]) + " "
      + Markup(names[index])
    return .row(
      name,
      [
        run.status(now: now).badge, Markup(steps),
        Markup(run.stepsPerSecond.map(ProgressLine.pace) ?? "–"), value(loss.last),
        value(loss.lowest), value(success.last, " %"), value(success.highest, " %"),
        Markup(ReportNumber.duration(run.elapsed(now: now))),
      ])
  }

  private func value(_ point: PlotPoint?, _ unit: String = "") -> Markup {
    Markup(point.map { ReportNumber.value($0.value) + unit } ?? "–")
  }

  // MARK: - The table of the differences

  private func differences(_ rows: [ConfigurationDifferences.Row]) -> Markup {
    if runs.contains(where: { $0.run.description == nil }) && rows.isEmpty { return .nothing }
    guard !rows.isEmpty else {
      return .element("p", [:], "The runs have the same configuration.")
    }
    let body = rows.map { row in
      Markup.row(
        .element("code", [:], row.option.breakable),
        row.values.map { $0.map { .element("code", [:], Markup($0)) } ?? "–" })
    }
    return scroll(
      "Differences",
      .table("differences", caption: "Options that differ", columns: ["Option"] + names, rows: body)
    )
  }
}
