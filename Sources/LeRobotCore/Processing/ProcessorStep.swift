import OrderedCollections

/// One step of a processor pipeline (LeRobot `processor/`, by registry name).
package enum ProcessorStep: Sendable, Equatable {
  /// Gives observations other names.
  case renameObservations(OrderedDictionary<String, String>)
  /// Adds the batch axis to a single observation.
  case toBatch
  /// Moves tensors to a device: a note for whoever reads the files, engines move data themselves.
  case device(String, floatType: String?)
  case normalize(Normalizer)
  case unnormalize(Normalizer)

  /// The name under which LeRobot registers the step.
  package var registryName: String {
    switch self {
    case .renameObservations: "rename_observations_processor"
    case .toBatch: "to_batch_processor"
    case .device: "device_processor"
    case .normalize: "normalizer_processor"
    case .unnormalize: "unnormalizer_processor"
    }
  }

  /// Applies the step.
  package func callAsFunction(_ batch: Batch) throws(ProcessorError) -> Batch {
    switch self {
    case .renameObservations(let names): Self.rename(batch, names)
    case .toBatch: Self.addBatchAxis(batch)
    case .device: batch
    case .normalize(let normalizer): try normalizer.apply(to: batch)
    case .unnormalize(let normalizer): try normalizer.apply(to: batch, inverse: true)
    }
  }

  private static func rename(_ batch: Batch, _ names: OrderedDictionary<String, String>) -> Batch {
    guard !names.isEmpty else { return batch }
    var result = Batch(tasks: batch.tasks)
    for (key, value) in batch.values {
      result.values[key.hasPrefix("observation.") ? names[key] ?? key : key] = value
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

  private static func addBatchAxis(_ batch: Batch) -> Batch {
    var result = batch
    for (key, value) in batch.values where value.shape.count == sampleRank(key) {
      result.values[key] = value.reshaped(to: [1] + value.shape)
    }
    return result
  }
}
