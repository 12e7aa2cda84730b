import LeRobotCore
import OrderedCollections

/// The options whose values are not the same in all runs.
package struct ConfigurationDifferences {
  package struct Row: Sendable, Equatable {
    package var option: String
    /// For each run; nil where it has no such option.
    package var values: [String?]

    package init(option: String, values: [String?]) {
      (self.option, self.values) = (option, values)
    }
  }

  /// In the order of the first run that has the option.
  package let rows: [Row]

  package init(_ runs: [RunHistory]) {
    var values: OrderedDictionary<String, [JSONValue?]> = [:]
    for (index, run) in runs.enumerated() {
      for setting in run.description?.settings ?? [] {
        values[setting.option, default: Array(repeating: nil, count: runs.count)][index] =
          setting.value
      }
    }
    // A run whose options are not known differs in none of them.
    let known = runs.indices.filter { !(runs[$0].description?.settings ?? []).isEmpty }
    rows = values.filter { _, values in known.contains { values[$0] != values[known[0]] } }
      .map { Row(option: $0.key, values: $0.value.map { $0?.reportText }) }
  }
}
