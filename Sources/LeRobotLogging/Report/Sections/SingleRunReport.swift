import LeRobotCore

/// The report of one run.
struct SingleRunReport {
  private let run: RunHistory
  private let measures: RunMeasures
  private let now: Double

  init(_ run: RunHistory, now: Double) {
    (self.run, self.now) = (run, now)
    measures = RunMeasures(run)
  }

  var markup: Markup {
    let plots = ReportPlots([measures], names: [run.title])
    let sections: [(identifier: String, title: String, content: Markup)] = [
      ("training", "Training", plots.training.figures),
      ("evaluation", "Evaluation", EvaluationSection(measures, plots.evaluation).markup),
      ("validation", "Validation", ValidationSection(measures, plots.validation).markup),
      ("speed", "Speed and memory", plots.speed.figures),
      ("first-batch", "First batch", FirstBatchSection(run.firstBatch).markup),
      ("configuration", "Configuration", ConfigurationSection(run).markup),
      ("process", "Processes and machine", ProcessSection(run, now: now).markup),
    ]
    let visible = sections.filter { $0.content != .nothing }
    return RunHeadline(measures, now: now).markup
      + navigation(visible.map { ($0.identifier, $0.title) })
      + KeyNumbers(measures).markup
      + (measures.training.isEmpty ? Self.emptyNote : .nothing)
      + .joined(visible.map { .section($0.identifier, $0.title, $0.content) })
      + .element("footer", [:], "As of " + ReportNumber.time(now) + ", from " + code(run.folder))
  }

  private static let emptyNote = Markup.element(
    "p", ["class": "empty"], "No log line yet: the first one comes after log_freq steps.")

  private func code(_ text: String) -> Markup { .element("code", [:], Markup(text)) }

  private func navigation(_ sections: [(identifier: String, title: String)]) -> Markup {
    guard sections.count > 1 else { return .nothing }
    let links = sections.map {
      Markup.element("a", ["href": "#" + $0.identifier], Markup($0.title))
    }
    return .element("nav", ["aria-label": "Sections"], .joined(links))
  }
}
