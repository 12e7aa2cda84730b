/// How a fine-tuned policy uses each feature of the dataset: one line each, in columns.
extension FeatureMatch {
  /// The table, its heading first.
  package var table: String {
    let rows = [["policy", "shape", "dataset", "shape", ""]] + policyRows + unusedRows
    let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = zip(row, widths).map { cell, width in
        cell + String(repeating: " ", count: width - cell.count)
      }
      let line = (cells + [row[4]]).joined(separator: "  ")
      return "  " + line.prefix(line.count - line.reversed().prefix { $0 == " " }.count)
    }.joined(separator: "\n")
  }

  private var policyRows: [[String]] {
    policy.map { name, feature in
      let source = renameMap.first { $0.value == name && dataset[$0.key] != nil }?.key ?? name
      guard !missing.contains(name), let found = dataset[source] else {
        return [name, Self.text(feature.shape), "-", "", "the dataset lacks it"]
      }
      let verdict =
        reshaped.contains(name) ? "another shape" : source == name ? "matches" : "matches, renamed"
      return [name, Self.text(feature.shape), source, Self.text(found.shape), verdict]
    }
  }

  private var unusedRows: [[String]] {
    unused.map { name in
      let feature = dataset[name]
      let verdict = feature?.type == .visual ? "the policy does not know it" : "not used"
      return ["-", "", name, Self.text(feature?.shape ?? []), verdict]
    }
  }

  private static func text(_ shape: [Int]) -> String {
    shape.map(String.init).joined(separator: "×")
  }
}
