import LeRobotCore

/// What validations on held-out frames measured: curves, the latest one as tables, and whole episodes,
/// planned against recorded.
struct ValidationSection {
  private typealias Key = ValidationSummary.Key

  private let validations: [MetricsRecord]
  private let plots: [Plot]
  /// The latest one in full.
  private let latest: JSONValue
  /// Joints of an episode that are drawn.
  private static let drawnJoints = 8

  init(_ measures: RunMeasures, _ plots: [Plot]) {
    validations = measures.validations
    latest = measures.run.validation
    self.plots = plots
  }

  var markup: Markup {
    guard !validations.isEmpty else { return .nothing }
    return plots.figures + errors + joints + trajectories.figures
  }

  /// Who plans, by the key of the measures.
  private static let planners: [(key: String, name: String)] = [
    (Key.error, "Policy"), (Key.averageError, "Average of its weights"),
    (Key.hold, "Baseline: staying"), (Key.meanChunk, "Baseline: mean chunk"),
  ]

  private var measured: [(name: String, report: JSONValue)] {
    Self.planners.compactMap { planner in latest[planner.key].map { (planner.name, $0) } }
  }

  /// Errors by first steps of the chunk, and of the median and the worst episode.
  private var errors: Markup {
    guard let first = measured.first?.report, let step = validations.last?.step else {
      return .nothing
    }
    let prefixes = (first["first_steps"]?.arrayValue ?? []).compactMap { $0["steps"]?.intValue }
    let columns =
      ["Who plans"] + prefixes.map { $0 == 1 ? "First step" : "First \($0)" }
      + ["All \(first["steps"]?.intValue ?? 0)", "Median episode", "Worst episode"]
    let rows = measured.map { name, report in
      let parts = report["first_steps"]?.arrayValue ?? []
      let values =
        prefixes.indices.map { $0 < parts.count ? parts[$0]["error"] : nil }
        + [report["error"], report["median_episode"]?["error"]]
      return Markup.row(Markup(name), values.map(number) + [worst(report)])
    }
    return table(
      "Error of planned actions after step \(ReportNumber.count(step))", columns, rows)
  }

  private func worst(_ report: JSONValue) -> Markup {
    let episode = report["worst_episode"]
    return number(episode?["error"]) + Markup(" (\(episode?["episode"]?.intValue ?? 0))")
  }

  private var jointNames: [String] {
    (latest[Key.joints]?.arrayValue ?? []).compactMap(\.stringValue)
  }

  /// Errors by joint.
  private var joints: Markup {
    guard !measured.isEmpty else { return .nothing }
    let rows = jointNames.enumerated().map { index, name in
      Markup.row(
        Markup(name),
        measured.map { planner in
          let values = planner.report["joints"]?.arrayValue ?? []
          return number(index < values.count ? values[index] : nil)
        })
    }
    return table("By joint, over all steps", ["Joint"] + measured.map(\.name), rows)
  }

  private func table(_ caption: String, _ columns: [String], _ rows: [Markup]) -> Markup {
    .element(
      "div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": caption],
      .table("numeric validation", caption: caption, columns: columns, rows: rows))
  }

  private func number(_ value: JSONValue?) -> Markup {
    Markup(value?.doubleValue.map { ReportNumber.value($0) } ?? "–")
  }

  /// A plot of each joint in each of the episodes.
  private var trajectories: [Plot] {
    (latest[Key.trajectories]?.arrayValue ?? []).flatMap { trajectory in
      jointNames.prefix(Self.drawnJoints).enumerated().map { joint, name in
        let episode = trajectory["episode"]?.intValue ?? 0
        var plot = Plot(
          "episode-\(episode)-joint-\(joint + 1)", "Episode \(episode): \(name)", unit: "by frame",
          curves: [
            Curve("recorded", points: points(trajectory["recorded"], joint)),
            Curve(
              "planned", color: 1, isDashed: true, points: points(trajectory["planned"], joint)),
          ])
        plot.kind = .linear
        return plot
      }
    }
  }

  private func points(_ rows: JSONValue?, _ joint: Int) -> [PlotPoint] {
    (rows?.arrayValue ?? []).enumerated().compactMap { frame, row in
      row[joint]?.doubleValue.map { PlotPoint(step: Double(frame), value: $0) }
    }
  }
}
