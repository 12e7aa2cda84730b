import LeRobotCore

/// The numbers that TensorBoard shows of a line of metrics.
enum RunScalars {
  /// Tags with their numbers, in the line's order.
  ///
  /// - Parameter groups: the names of the parameter groups.
  static func values(
    _ record: MetricsRecord, groups: [String]
  ) -> [(tag: String, number: Double)] {
    if record.kind == .validation {
      return record.validationValues.compactMap { tag, value in
        value.doubleValue.map { (tag, $0) }
      }
    }
    let section = record.kind == .training ? "train" : "eval"
    let named = record.values.compactMap { name, value in
      name == "steps" ? nil : value.doubleValue.map { (tag: "\(section)/\(name)", number: $0) }
    }
    return record.kind == .training ? named + derived(record, groups) : named
  }

  private static func derived(
    _ record: MetricsRecord, _ groups: [String]
  ) -> [(tag: String, number: Double)] {
    var values: [(tag: String, number: Double)] = []
    // One group's rate is `lr` itself.
    if let rates = record.moment?.learningRates, rates.count > 1 {
      for (index, rate) in rates.enumerated() {
        let name = index < groups.count ? groups[index] : "\(index)"
        values.append(("train/lr/\(name)", rate))
      }
    }
    if let rate = samplesPerSecond(record) { values.append(("train/samples_per_s", rate)) }
    if let memory = record.moment?.memory {
      values.append(("train/memory_mib", Double(memory) / 1_048_576))
    }
    return values
  }

  /// Samples of a step over the mean seconds of a step: as fast as training is while it trains.
  private static func samplesPerSecond(_ record: MetricsRecord) -> Double? {
    guard let samples = record.samplesPerStep, let update = record["update_s"],
      let loading = record["dataloading_s"], update + loading > 0
    else { return nil }
    return samples / (update + loading)
  }
}
