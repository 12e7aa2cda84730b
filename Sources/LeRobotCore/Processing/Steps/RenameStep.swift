import OrderedCollections

/// Gives observations other names (LeRobot `processor/rename_processor.py`).
package struct RenameStep: ProcessorStep {
  package static let registryName = "rename_observations_processor"
  package static let fieldNames = ["rename_map"]

  /// From the dataset's names to the policy's.
  package var names: OrderedDictionary<String, String>

  package init(_ names: OrderedDictionary<String, String>) {
    self.names = names
  }

  package init(_ saved: SavedStep, resources: ResourceStore) throws(ProcessorError) {
    names = try saved.strings("rename_map")
  }

  package var configuration: JSONValue {
    ["rename_map": .object(names.mapValues { .string($0) })]
  }

  package func callAsFunction(_ batch: Batch) -> Batch {
    guard !names.isEmpty else { return batch }
    var result = Batch(tasks: batch.tasks)
    for (key, value) in batch.values {
      result.values[key.hasPrefix("observation.") ? names[key] ?? key : key] = value
    }
    return result
  }

  package mutating func override(_ run: StepOverride) {
    names = run.renameMap ?? names
  }
}
