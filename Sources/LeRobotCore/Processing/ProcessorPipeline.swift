import OrderedCollections

/// Steps that turn a dataset's batch into a policy's, or a policy's action into a robot's
/// (LeRobot `processor/pipeline.py`).
package struct ProcessorPipeline: Sendable, Equatable {
  /// `policy_preprocessor` or `policy_postprocessor`; the stem of its files.
  package var name: String
  package var steps: [ProcessorStep]

  package init(name: String, steps: [ProcessorStep]) {
    self.name = name
    self.steps = steps
  }

  /// Runs all steps.
  package func callAsFunction(_ batch: Batch) throws(ProcessorError) -> Batch {
    var batch = batch
    for step in steps { batch = try step(batch) }
    return batch
  }

  /// Replaces what steps were saved with by what this run has; a normaliser keeps its own epsilon
  /// and observation keys.
  package mutating func override(
    device: String? = nil, renameMap: OrderedDictionary<String, String>? = nil,
    features: OrderedDictionary<String, PolicyFeature>,
    modes: OrderedDictionary<String, NormalizationMode>, statistics: FeatureStatistics
  ) {
    func overridden(_ normalizer: Normalizer) -> Normalizer {
      var normalizer = normalizer
      normalizer.features = features
      normalizer.modes = modes
      normalizer.statistics = statistics
      return normalizer
    }
    steps = steps.map { step in
      switch step {
      case .renameObservations(let saved): .renameObservations(renameMap ?? saved)
      case .device(let saved, let floatType): .device(device ?? saved, floatType: floatType)
      case .normalize(let saved): .normalize(overridden(saved))
      case .unnormalize(let saved): .unnormalize(overridden(saved))
      case .toBatch: .toBatch
      }
    }
  }
}
