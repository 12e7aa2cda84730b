import LeRobotCore

/// The plots of one run, or of several on top of each other.
struct ReportPlots {
  private let runs: [RunMeasures]
  /// What the runs are called in legends.
  private let names: [String]

  init(_ runs: [RunMeasures], names: [String]) { (self.runs, self.names) = (runs, names) }

  private var isComparison: Bool { runs.count > 1 }

  // MARK: - Training

  var training: [Plot] {
    var loss = plot("loss", "Loss", .smoothed, named: "loss") { $0.training("loss") }
    loss.isWide = true
    return [loss] + parts
      + [
        plot("gradient-norm", "Gradient norm", .smoothed, named: "gradient norm") {
          $0.training("grad_norm")
        }, learningRate,
      ]
  }

  private var parts: [Plot] {
    var names: [String] = []
    for run in runs {
      for name in run.run.partNames where !names.contains(name) { names.append(name) }
    }
    return names.enumerated().map { index, name in
      plot("part-\(index + 1)", name, .smoothed, named: name) { $0.training(name) }
    }
  }

  private var learningRate: Plot {
    if isComparison {
      return linear(
        plot("learning-rate", "Learning rate", named: "learning rate") { $0.training("lr") })
    }
    let names = runs[0].run.description?.parameterGroups ?? []
    let curves = runs[0].learningRates.enumerated().map { index, points in
      // Groups often have the same rate: the one below shows between the dashes.
      Curve(
        index < names.count ? names[index] : "group \(index + 1)", color: index,
        isDashed: index > 0, points: points)
    }
    return linear(own("learning-rate", "Learning rate", "", curves))
  }

  // MARK: - Speed

  var speed: [Plot] {
    var plots = [throughput, stepTime]
    plots.append(plot("memory", "Memory", unit: "GB", named: "memory") { $0.memory })
    for index in plots.indices { plots[index].kind = .fromZero }
    return plots
  }

  private var throughput: Plot {
    if isComparison {
      return plot("throughput", "Throughput", unit: "samples/s", named: "samples/s") {
        $0.samplesPerSecond
      }
    }
    return own(
      "throughput", "Throughput", "samples/s",
      [
        Curve("by the clock", color: 4, points: runs[0].samplesPerSecondByClock),
        Curve("steps alone", color: 0, points: runs[0].samplesPerSecond),
      ])
  }

  private var stepTime: Plot {
    if isComparison {
      return plot("step-time", "Time of a step", unit: "s", named: "step") { $0.stepSeconds }
    }
    return own(
      "step-time", "Time of a step", "s",
      [
        Curve("computing", .area, color: 0, points: runs[0].training("update_s")),
        Curve("waiting for data", .area, color: 1, points: runs[0].training("dataloading_s")),
      ])
  }

  // MARK: - Evaluation

  var evaluation: [Plot] {
    var success = plot("success", "Success", .points, unit: "%", named: "success") {
      $0.evaluations("pc_success")
    }
    success.kind = .fixed(0, 100)
    var plots = [
      success,
      plot("sum-reward", "Mean sum of rewards", .points, named: "mean sum") {
        $0.evaluations("avg_sum_reward")
      },
      plot("max-reward", "Mean largest reward", .points, named: "mean largest") {
        $0.evaluations("avg_max_reward")
      },
    ]
    for index in plots.indices.dropFirst() { plots[index].kind = .linear }
    return plots
  }

  // MARK: - Validation

  var validation: [Plot] {
    typealias Key = ValidationSummary.Key
    var plots = [
      validation(
        "eval-loss", "Held-out loss", [(Key.loss, "weights"), (Key.averageLoss, "average")]),
      validation(
        "action-error", "Action error",
        [
          (Key.error, "weights"), (Key.averageError, "average"), (Key.hold, "staying"),
          (Key.meanChunk, "mean chunk"),
        ]),
    ]
    for index in plots.indices { plots[index].kind = .fromZero }
    return plots
  }

  /// Of several runs the first measure alone.
  private func validation(
    _ identifier: String, _ title: String, _ measures: [(key: String, name: String)]
  ) -> Plot {
    guard !isComparison else {
      return plot(identifier, title, .points, named: title) { $0.validations(measures[0].key) }
    }
    let curves = measures.enumerated().map { index, measure in
      Curve(
        measure.name, index < 2 ? .points : .line, color: index, isDashed: index >= 2,
        points: runs[0].validations(measure.key))
    }
    return own(identifier, title, "", curves)
  }

  // MARK: - How curves are put together

  private func linear(_ plot: Plot) -> Plot {
    var plot = plot
    plot.kind = .fromZero
    return plot
  }

  /// A plot of one run, with the steps at which it was resumed.
  private func own(_ identifier: String, _ title: String, _ unit: String, _ curves: [Curve]) -> Plot
  {
    var plot = Plot(identifier, title, unit: unit, curves: curves)
    plot.starts = runs[0].starts
    return plot
  }

  /// A plot of one measure: a curve, or one for each run in its colour.
  private func plot(
    _ identifier: String, _ title: String, _ style: Curve.Style = .line, unit: String = "",
    named name: String, _ points: (RunMeasures) -> [PlotPoint]
  ) -> Plot {
    guard isComparison else {
      return own(identifier, title, unit, [Curve(name, style, points: points(runs[0]))])
    }
    let curves = zip(runs, names).enumerated().map { index, run in
      Curve(run.1, style, color: index, points: points(run.0))
    }
    return Plot(identifier, title, unit: unit, curves: curves)
  }
}

extension [Plot] {
  /// What has to be said of all of them, and the plots that have a point, in rows of two or three without a gap where that can be.
  var figures: Markup {
    let shown = filter { !$0.curves.isEmpty }
    guard !shown.isEmpty else { return .nothing }
    let count = shown.filter { !$0.isWide }.count
    let isThree = count.isMultiple(of: 3) && !count.isMultiple(of: 2)
    var notes: [String] = []
    for note in shown.flatMap(\.notes) where !notes.contains(note) { notes.append(note) }
    return
      (notes.isEmpty
      ? .nothing : .element("p", ["class": "notes"], Markup(notes.joined(separator: " "))))
      + .element(
        "div", ["class": isThree ? "plots three" : "plots"], .joined(shown.map(\.figure)))
  }
}
