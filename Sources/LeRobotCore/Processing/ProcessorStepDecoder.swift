import OrderedCollections

/// Reads one step of a pipeline's file.
struct ProcessorStepDecoder {
  let file: String
  let folder: String
  let index: Int
  let entry: JSONValue

  private var configuration: JSONValue { entry["config"] ?? [:] }

  /// Fields of the step that other releases may write and nothing here reads.
  var unknownFields: [String] {
    let known: [String] =
      switch entry["registry_name"]?.stringValue {
      case "rename_observations_processor": ["rename_map"]
      case "device_processor": ["device", "float_dtype"]
      case "normalizer_processor", "unnormalizer_processor":
        ["eps", "features", "norm_map", "normalize_observation_keys"]
      default: []
      }
    let around = ["registry_name", "class", "config", "state_file"]
    let fields = entry.objectValue?.keys.filter { !around.contains($0) } ?? []
    let inside = configuration.objectValue?.keys.filter { !known.contains($0) } ?? []
    return (fields + inside.map { "config.\($0)" }).map { "steps[\(index)].\($0)" }
  }

  func decode() throws(ProcessorError) -> ProcessorStep {
    // Steps of LeRobot before 0.4 may carry their class instead of a registered name.
    let name =
      entry["registry_name"]?.stringValue ?? entry["class"]?.stringValue ?? "without a name"
    switch name {
    case "rename_observations_processor":
      return .renameObservations(try strings("rename_map"))
    case "to_batch_processor":
      return .toBatch
    case "device_processor":
      return .device(
        configuration["device"]?.stringValue ?? "cpu",
        floatType: configuration["float_dtype"]?.stringValue)
    case "normalizer_processor": return .normalize(try normalizer())
    case "unnormalizer_processor": return .unnormalize(try normalizer())
    default: throw .unknownStep(file: file, name: name)
    }
  }

  private func normalizer() throws(ProcessorError) -> Normalizer {
    var modes: OrderedDictionary<String, NormalizationMode> = [:]
    for (type, name) in try strings("norm_map") {
      guard let mode = NormalizationMode(rawValue: name) else {
        throw invalid("norm_map.\(type)", "unknown mode \(name)")
      }
      modes[type] = mode
    }
    var normalizer = Normalizer(
      features: try features(), modes: modes, statistics: try statistics())
    if let epsilon = configuration["eps"]?.doubleValue { normalizer.epsilon = epsilon }
    normalizer.observationKeys = configuration["normalize_observation_keys"]?.arrayValue?
      .compactMap(\.stringValue)
    return normalizer
  }

  private func features() throws(ProcessorError) -> OrderedDictionary<String, PolicyFeature> {
    var features: OrderedDictionary<String, PolicyFeature> = [:]
    for (name, value) in configuration["features"]?.objectValue ?? [:] {
      guard let type = value["type"]?.stringValue.flatMap(FeatureType.init(rawValue:)),
        let shape = value["shape"]?.arrayValue?.map(\.intValue)
      else { throw invalid("features.\(name)", "expected a known type and a shape") }
      features[name] = PolicyFeature(type: type, shape: shape.compactMap { $0 })
    }
    return features
  }

  private func statistics() throws(ProcessorError) -> FeatureStatistics {
    guard let state = entry["state_file"]?.stringValue else { return [:] }
    guard !state.contains("/") else { throw invalid("state_file", "expected a bare file name") }
    do throws(SafetensorsError) {
      return FeatureStatistics(
        flattened: try SafetensorsFile(path: "\(folder)/\(state)").tensors())
    } catch {
      throw .state(error)
    }
  }

  private func strings(
    _ field: String
  ) throws(ProcessorError) -> OrderedDictionary<String, String> {
    var result: OrderedDictionary<String, String> = [:]
    for (key, value) in configuration[field]?.objectValue ?? [:] {
      guard let text = value.stringValue else {
        throw invalid("\(field).\(key)", "expected a string, found \(value.kind)")
      }
      result[key] = text
    }
    return result
  }

  private func invalid(_ field: String, _ reason: String) -> ProcessorError {
    .invalidField(file: file, field: "steps[\(index)].config.\(field)", reason: reason)
  }
}
