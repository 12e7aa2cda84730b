import LeRobotCore

/// The processes that trained, what they computed with and on which machine.
struct ProcessSection {
  private let run: RunHistory
  private let now: Double

  init(_ run: RunHistory, now: Double) { (self.run, self.now) = (run, now) }

  var markup: Markup {
    guard let description = run.description else { return .nothing }
    let processes = Markup.joined(description.processes.indices.map(process))
    return processes
      + .element(
        "div", ["class": "facts-grid"], group("Machine", machine(description.machine)),
        group("Versions", description.versions.map { ($0.key, $0.value) }),
        group("Data and model", sizes(description)))
  }

  private func group(_ title: String, _ entries: [(name: String, value: String)]) -> Markup {
    let list = Markup.definitions("facts-list", entries)
    return list == .nothing
      ? .nothing : .element("div", [:], .element("h3", [:], Markup(title)), list)
  }

  private func machine(_ machine: MachineDescription) -> [(name: String, value: String)] {
    [
      ("Device", machine.device), ("Host", machine.host), ("System", machine.system),
      ("Processor", machine.processor),
      ("Threads", machine.threads > 0 ? "\(machine.threads)" : ""),
      ("Memory", machine.memory > 0 ? formatBytes(machine.memory) : ""),
    ]
  }

  private func sizes(_ run: RunDescription) -> [(name: String, value: String)] {
    let ranks = max(1, run.worldSize)
    let batch = "\(run.batchSize)" + (ranks > 1 ? " × \(ranks) ranks" : "")
    return [
      ("Frames", ReportNumber.count(run.frameCount)),
      ("Episodes", ReportNumber.count(run.episodeCount)), ("Batch size", batch),
      ("Parameters", ReportNumber.short(run.parameterCount)),
      ("Trained", ReportNumber.short(run.learnableCount)),
    ]
  }

  // MARK: - Processes

  private func process(_ index: Int) -> Markup {
    let processes = run.description?.processes ?? []
    let process = processes[index]
    let title = processes.count > 1 ? "Process \(index + 1) of \(processes.count)" : "Process"
    let from =
      process.firstStep > 0 ? ", resumed after step \(ReportNumber.count(process.firstStep))" : ""
    let command = process.command.map(\.shellQuoted)
    return .element(
      "article", ["class": "process"], .element("h3", [:], Markup(title)),
      .element(
        "p", [:], "Began at ", ReportNumber.time(process.began), Markup(from), ". ",
        ending(process, isLast: index == processes.count - 1),
        Markup(identity(process.identity))),
      command.isEmpty
        ? .nothing
        : .element(
          "pre", ["tabindex": "0", "role": "region", "aria-label": "Command line"],
          .element("code", [:], Markup(command.joined(separator: " \\\n  ")))))
  }

  private func ending(_ process: RunProcess, isLast: Bool) -> Markup {
    guard let ending = process.ending else {
      return isLast && run.status(now: now).mayBeRunning
        ? "Still running. " : "Ended without a word. "
    }
    let words =
      switch ending.kind {
      case "finished": "Finished at "
      case "interrupted": "Stopped after step \(ReportNumber.count(ending.step)) at "
      default: "Failed in step \(ReportNumber.count(ending.step)) at "
      }
    return Markup(words) + ReportNumber.time(ending.time)
      + ", after \(ReportNumber.duration(ending.time - process.began)). "
  }

  private func identity(_ identity: ProcessIdentity) -> String {
    guard identity.number > 0 else { return "" }
    let host = identity.host.isEmpty ? "" : " on \(identity.host)"
    return "Process \(identity.number)\(host)."
  }
}
