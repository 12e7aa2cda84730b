import OrderedCollections

/// What a normaliser and its inverse share: how they are saved, read and overridden.
package protocol ScalingStep: ProcessorStep {
  var normalizer: Normalizer { get set }
  init(_ normalizer: Normalizer)
}

extension ScalingStep {
  package static var fieldNames: [String] {
    ["eps", "features", "norm_map", "normalize_observation_keys"]
  }

  package init(_ saved: SavedStep, resources: ResourceStore) throws(ProcessorError) {
    self.init(try Normalizer(saved))
  }

  package var configuration: JSONValue { normalizer.configuration }
  package var state: NamedTensors { normalizer.statistics.flattened }

  /// Epsilon and observation keys stay as they were saved.
  package mutating func override(_ run: StepOverride) {
    normalizer.features = run.features ?? normalizer.features
    normalizer.modes = run.modes ?? normalizer.modes
    normalizer.statistics = run.statistics ?? normalizer.statistics
  }
}

extension Normalizer {
  fileprivate init(_ saved: SavedStep) throws(ProcessorError) {
    var modes: OrderedDictionary<String, NormalizationMode> = [:]
    for (type, name) in try saved.strings("norm_map") {
      guard let mode = NormalizationMode(rawValue: name) else {
        throw saved.invalid("norm_map.\(type)", "unknown mode \(name)")
      }
      modes[type] = mode
    }
    self.init(
      features: try saved.features("features"), modes: modes,
      statistics: FeatureStatistics(flattened: try saved.state()))
    if let epsilon = saved.configuration["eps"]?.doubleValue { self.epsilon = epsilon }
    observationKeys = saved.configuration["normalize_observation_keys"]?.arrayValue?
      .compactMap(\.stringValue)
  }

  fileprivate var configuration: JSONValue {
    var fields: OrderedDictionary<String, JSONValue> = [
      "eps": .double(epsilon),
      "features": .object(
        features.mapValues { feature in
          [
            "type": .string(feature.type.rawValue),
            "shape": .array(feature.shape.map { .int($0) }),
          ]
        }),
      "norm_map": .object(modes.mapValues { .string($0.rawValue) }),
    ]
    if let observationKeys {
      fields["normalize_observation_keys"] = .array(observationKeys.sorted().map { .string($0) })
    }
    return .object(fields)
  }
}
