import LeRobotCore

/// The head of a run's report: what it is, how it stands and how far it is.
struct RunHeadline {
  private let measures: RunMeasures
  private let now: Double
  private var run: RunHistory { measures.run }

  init(_ measures: RunMeasures, now: Double) { (self.measures, self.now) = (measures, now) }

  var markup: Markup {
    let name = run.description.map(\.name) ?? ""
    let title = name.isEmpty ? FileSystem.name(of: run.folder) : name
    return .element(
      "header", ["class": "top"],
      .element(
        "div", ["class": "name"],
        .element("h1", ["data-title": "\(share)% \(title)"], Markup(title)),
        run.status(now: now).badge),
      .element("p", ["class": "about"], about), progress, reason)
  }

  private var about: Markup {
    guard let description = run.description else { return Markup(run.folder) }
    let parts = [
      ("policy", description.policy), ("dataset", description.dataset),
      ("device", description.machine.device),
    ]
    return .joined(
      parts.filter { !$0.1.isEmpty }.map { name, value in
        .element(
          "span", [:], .element("small", [:], Markup(name)), " ", .element("b", [:], Markup(value)))
      })
  }

  /// Steps done, in percent of all.
  private var share: Int {
    guard run.steps > 0 else { return 0 }
    return Int(100 * min(1, max(0, Double(run.step) / Double(run.steps))))
  }

  private var progress: Markup {
    // A folder without a description does not tell how many there will be.
    guard run.steps > 0 else { return facts(["\(ReportNumber.count(run.step)) steps"]) }
    let isRunning = run.status(now: now).mayBeRunning
    var facts = [
      "\(ReportNumber.count(run.step)) of \(ReportNumber.count(run.steps)) steps", "\(share) %",
    ]
    if let rate = run.stepsPerSecond { facts.append(ProgressLine.pace(rate)) }
    facts.append("\(ReportNumber.duration(run.elapsed(now: now))) elapsed")
    if isRunning, let left = run.secondsLeft {
      facts.append("\(ReportNumber.duration(max(0, left - run.silence(now: now)))) left")
    }
    // A page that nobody keeps up to date would say so for ever.
    let moment: Markup =
      isRunning ? .element("span", [:], "as of ", ReportNumber.time(now)) : .nothing
    return bar + self.facts(facts, moment)
  }

  private var bar: Markup {
    .element(
      "div",
      [
        "class": "progress", "role": "progressbar", "aria-valuenow": "\(share)",
        "aria-valuemin": "0", "aria-valuemax": "100", "aria-label": "Steps done",
      ],
      .element("div", ["style": "width:\(share)%"]))
  }

  private func facts(_ facts: [String], _ last: Markup = .nothing) -> Markup {
    .element(
      "p", ["class": "facts"], .joined(facts.map { .element("span", [:], Markup($0)) }), last)
  }

  /// A word on what to do about a run that did not finish.
  private var reason: Markup {
    switch run.status(now: now) {
    case .died:
      .element(
        "p", ["class": "alert"],
        "The last process left no word of its end: it or its machine was killed. The last log line "
          + "is of step \(ReportNumber.count(run.step)).")
    case .running, .finished, .interrupted, .failed, .unseen, .unknown: .nothing
    }
  }
}

extension RunStatus {
  /// Whether steps may still come.
  var mayBeRunning: Bool {
    switch self {
    case .running, .unseen: true
    case .finished, .interrupted, .failed, .died, .unknown: false
    }
  }

  /// The status in a frame whose colour and sign say it too.
  var badge: Markup {
    let (kind, sign) =
      switch self {
      case .running: ("running", "▶")
      case .finished: ("finished", "✓")
      case .interrupted: ("stopped", "■")
      case .failed, .died: ("failed", "✕")
      case .unseen, .unknown: ("unknown", "?")
      }
    return .element(
      "span", ["class": "badge " + kind],
      .element("span", ["aria-hidden": "true"], Markup(sign)), " ", Markup(shortWords))
  }

  private var shortWords: String {
    if case .died = self { "killed" } else { words }
  }
}
