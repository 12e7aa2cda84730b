import LeRobotCore

/// The numbers that are asked for first.
struct KeyNumbers {
  private let measures: RunMeasures

  init(_ measures: RunMeasures) { self.measures = measures }

  private struct Number {
    var name: String
    var value: String
    var note = ""
  }

  var markup: Markup {
    let numbers = [loss, success, gradientNorm, learningRate, throughput, waiting, memory, passes]
      .compactMap { $0 }
    guard !numbers.isEmpty else { return .nothing }
    let items = numbers.map { number in
      Markup.element(
        "div", [:], .element("dt", [:], Markup(number.name)),
        .element("dd", [:], Markup(number.value)),
        number.note.isEmpty
          ? .nothing : .element("dd", ["class": "aside"], Markup(number.note)))
    }
    return .element(
      "section", ["aria-label": "Key numbers"],
      .element("dl", ["class": "numbers"], .joined(items)))
  }

  private var loss: Number? {
    let points = measures.training("loss")
    guard let last = points.last else { return nil }
    let best = points.lowest.map { "best \(ReportNumber.value($0.value)) \(at($0))" }
    return Number(name: "Loss", value: ReportNumber.value(last.value), note: best ?? "")
  }

  private var success: Number? {
    let points = measures.evaluations("pc_success")
    guard let last = points.last else { return nil }
    let best = points.highest.map { "best \(ReportNumber.value($0.value)) % \(at($0))" }
    return Number(
      name: "Success", value: ReportNumber.value(last.value) + " %", note: best ?? "")
  }

  private var gradientNorm: Number? {
    measures.training("grad_norm").last.map {
      Number(name: "Gradient norm", value: ReportNumber.value($0.value))
    }
  }

  private var learningRate: Number? {
    measures.training("lr").last.map {
      Number(name: "Learning rate", value: ReportNumber.value($0.value))
    }
  }

  /// Of the last log lines together, as a single one often has the seconds of a slow batch.
  private static let recentCount = 10

  private func recent(_ points: [PlotPoint]) -> Double? {
    let values = points.suffix(Self.recentCount).map(\.value).filter(\.isFinite)
    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  private var throughput: Number? {
    guard let seconds = recent(measures.stepSeconds), seconds > 0,
      let samples = measures.samplesPerStep
    else { return nil }
    return Number(
      name: "Throughput", value: short(samples / seconds) + " samples/s",
      note: "\(short(seconds)) s a step, lately")
  }

  private var waiting: Number? {
    guard let wait = recent(measures.training("dataloading_s")),
      let all = recent(measures.stepSeconds), all > 0
    else { return nil }
    return Number(
      name: "Waiting for data", value: ReportNumber.percent(wait / all), note: "of a step, lately")
  }

  private var memory: Number? {
    guard let last = measures.memory.last else { return nil }
    let peak = measures.memory.highest.map { "peak \(short($0.value)) GB" }
    return Number(name: "Memory", value: short(last.value) + " GB", note: peak ?? "")
  }

  private var passes: Number? {
    guard let last = measures.training.last, let epochs = last["epochs"] else { return nil }
    let samples = last.values["samples"]?.intValue.map { ReportNumber.short($0) + " samples" }
    return Number(name: "Epochs", value: short(epochs), note: samples ?? "")
  }

  private func at(_ point: PlotPoint) -> String { "at step \(ReportNumber.step(point.step))" }
  private func short(_ value: Double) -> String { ReportNumber.value(value, digits: 3) }
}
