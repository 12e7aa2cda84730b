import OrderedCollections

/// A pipeline on disk: `name.json` and one safetensors file per step with state
/// (LeRobot `processor/pipeline.py`, `_save_pretrained`).
extension ProcessorPipeline {
  /// The pipeline's own file.
  package var fileName: String { name + ".json" }

  /// The text of the pipeline's own file, as LeRobot writes it.
  package var jsonText: String {
    let entries = steps.enumerated().map { index, step -> JSONValue in
      var entry: OrderedDictionary<String, JSONValue> = [
        "registry_name": .string(step.registryName), "config": step.configuration,
      ]
      if !step.state.isEmpty { entry["state_file"] = .string(stateFileName(index)) }
      return .object(entry)
    }
    let file: JSONValue = ["name": .string(name), "steps": .array(entries)]
    return file.pythonText(indent: 2)
  }

  /// The state files' tensors by file name.
  package var stateFiles: OrderedDictionary<String, NamedTensors> {
    var files: OrderedDictionary<String, NamedTensors> = [:]
    for (index, step) in steps.enumerated() where !step.state.isEmpty {
      files[stateFileName(index)] = step.state
    }
    return files
  }

  private func stateFileName(_ index: Int) -> String {
    "\(name)_step_\(index)_\(steps[index].registryName).safetensors"
  }

  /// Reads a pipeline: its steps in the file's order, whatever it is. Fields that are missing have
  /// LeRobot's defaults.
  ///
  /// - Parameters:
  ///   - folder: a checkpoint's `pretrained_model`.
  ///   - name: the stem of the pipeline's file.
  ///   - dropping: is told of each field that nothing here reads: file and field.
  package init(
    folder: String, name: String, dropping: (String, String) -> Void = { _, _ in }
  ) throws(ProcessorError) {
    let path = "\(folder)/\(name).json"
    let json: JSONValue
    do {
      json = try JSONValue(parsing: TextFile.read(path))
    } catch let error as FileError {
      throw .file(error)
    } catch {
      throw .notJSON(file: path, reason: "\(error)")
    }
    guard let entries = json["steps"]?.arrayValue else {
      throw .invalidField(file: path, field: "steps", reason: "expected a list")
    }
    var steps: [ProcessorStep] = []
    for (index, entry) in entries.enumerated() {
      let decoder = ProcessorStepDecoder(
        file: path, folder: folder, index: index, entry: entry)
      steps.append(try decoder.decode())
      for field in decoder.unknownFields { dropping(path, field) }
    }
    self.init(name: json["name"]?.stringValue ?? name, steps: steps)
  }
}

extension PolicyProcessors {
  static let preprocessorName = "policy_preprocessor"
  static let postprocessorName = "policy_postprocessor"

  /// Reads both pipelines of a `pretrained_model` folder.
  ///
  /// - Parameter dropping: is told of each field that nothing here reads: file and field.
  package init(
    folder: String, dropping: (String, String) -> Void = { _, _ in }
  ) throws(ProcessorError) {
    self.init(
      preprocessor: try ProcessorPipeline(
        folder: folder, name: Self.preprocessorName, dropping: dropping),
      postprocessor: try ProcessorPipeline(
        folder: folder, name: Self.postprocessorName, dropping: dropping))
  }
}

extension ProcessorStep {
  /// What the step's `config` holds in the pipeline's file.
  fileprivate var configuration: JSONValue {
    switch self {
    case .renameObservations(let names):
      ["rename_map": .object(names.mapValues { .string($0) })]
    case .toBatch: [:]
    case .device(let device, let floatType):
      ["device": .string(device), "float_dtype": floatType.map { .string($0) } ?? .null]
    case .normalize(let normalizer), .unnormalize(let normalizer): normalizer.configuration
    }
  }

  /// What the step's state file holds; empty for steps without one.
  fileprivate var state: NamedTensors {
    switch self {
    case .normalize(let normalizer), .unnormalize(let normalizer):
      normalizer.statistics.flattened
    case .renameObservations, .toBatch, .device: [:]
    }
  }
}

extension Normalizer {
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
