/// Adds the batch axis to a single observation (LeRobot `processor/batch_processor.py`).
package struct BatchAxisStep: ProcessorStep {
  package static let registryName = "to_batch_processor"
  package static let fieldNames: [String] = []

  package init() {}
  package init(_ saved: SavedStep, resources: ResourceStore) {}

  package var configuration: JSONValue { [:] }

  package func callAsFunction(_ batch: Batch) -> Batch {
    var result = batch
    for (key, value) in batch.values where value.shape.count == Self.sampleRank(key) {
      result.values[key] = value.reshaped(to: [1] + value.shape)
    }
    return result
  }

  /// Rank of one sample of a feature: what has this rank lacks its batch axis.
  private static func sampleRank(_ key: String) -> Int? {
    switch key {
    case "observation.state", "observation.environment_state", "action": 1
    case "index", "task_index": 0
    case "observation.image": 3
    default: key.hasPrefix("observation.images.") ? 3 : nil
    }
  }
}
