import LeRobotCore

/// What was measured in a run, as points over its steps.
package struct RunMeasures: Sendable {
  package let run: RunHistory
  /// The lines of log intervals and of evaluations.
  package let training: [MetricsRecord]
  package let evaluations: [MetricsRecord]
  package let validations: [MetricsRecord]
  /// Seconds of a step, waiting for data included.
  package let stepSeconds: [PlotPoint]
  /// Steps after which a later process began.
  package let starts: [Double]

  package init(_ run: RunHistory) {
    self.run = run
    training = run.training
    evaluations = run.evaluations
    validations = run.validations
    stepSeconds = Self.points(training) { record in
      record["update_s"].map { $0 + (record["dataloading_s"] ?? 0) }
    }
    starts = (run.description?.processes ?? []).dropFirst().map { Double($0.firstStep) }
  }

  /// A value of the log intervals.
  package func training(_ name: String) -> [PlotPoint] { Self.points(training) { $0[name] } }
  package func evaluations(_ name: String) -> [PlotPoint] { Self.points(evaluations) { $0[name] } }

  /// A value of the validations.
  package func validations(_ name: String) -> [PlotPoint] { Self.points(validations) { $0[name] } }

  /// The learning rates of each parameter group.
  package var learningRates: [[PlotPoint]] {
    let count = training.map { $0.moment?.learningRates.count ?? 0 }.max() ?? 0
    if count < 2 { return [training("lr")] }
    return (0..<count).map { group in
      Self.points(training) { record in
        let rates = record.moment?.learningRates ?? []
        return group < rates.count ? rates[group] : nil
      }
    }
  }

  /// Gigabytes.
  package var memory: [PlotPoint] {
    Self.points(training) { $0.moment?.memory.map { Double($0) / 1e9 } }
  }

  /// Samples a second, from the seconds of a step alone.
  package var samplesPerSecond: [PlotPoint] {
    guard let samples = samplesPerStep else { return [] }
    return stepSeconds.map {
      PlotPoint(step: $0.step, value: $0.value > 0 ? samples / $0.value : .nan)
    }
  }

  /// Samples a second between log lines, by the clock: logging, saving and evaluating included.
  package var samplesPerSecondByClock: [PlotPoint] {
    guard let samples = samplesPerStep else { return [] }
    let begins = (run.description?.processes ?? []).map(\.began)
    return zip(training, training.dropFirst()).compactMap { earlier, later in
      guard let start = earlier.moment?.time, let end = later.moment?.time, end > start,
        later.step > earlier.step, !begins.contains(where: { $0 > start && $0 <= end })
      else { return nil }
      let value = samples * Double(later.step - earlier.step) / (end - start)
      return PlotPoint(step: Double(later.step), value: value)
    }
  }

  /// Of all ranks.
  package var samplesPerStep: Double? {
    guard let description = run.description, description.batchSize > 0 else { return nil }
    return Double(description.batchSize) * Double(max(1, description.worldSize))
  }

  private static func points(
    _ records: [MetricsRecord], _ value: (MetricsRecord) -> Double?
  ) -> [PlotPoint] {
    records.compactMap { record in
      value(record).map { PlotPoint(step: Double(record.step), value: $0) }
    }
  }
}

extension [PlotPoint] {
  /// The point with the largest finite value; the earliest of equal ones.
  package var highest: PlotPoint? { best { $0 > $1 } }
  /// The point with the smallest finite value; the earliest of equal ones.
  package var lowest: PlotPoint? { best { $0 < $1 } }

  private func best(_ isBetter: (Double, Double) -> Bool) -> PlotPoint? {
    var best: PlotPoint?
    for point in self where point.value.isFinite {
      if let known = best, !isBetter(point.value, known.value) { continue }
      best = point
    }
    return best
  }
}
