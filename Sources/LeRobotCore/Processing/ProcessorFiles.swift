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
        "registry_name": .string(type(of: step).registryName), "config": step.configuration,
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
    "\(name)_step_\(index)_\(type(of: steps[index]).registryName).safetensors"
  }

  /// Reads a pipeline: its steps in the file's order, whatever it is. Fields that are missing have
  /// LeRobot's defaults.
  ///
  /// - Parameters:
  ///   - folder: a checkpoint's `pretrained_model`.
  ///   - name: the stem of the pipeline's file.
  ///   - registry: the steps there are.
  ///   - resources: the files that steps need besides their configuration.
  ///   - dropping: is told of each field that nothing here reads: file and field.
  package init(
    folder: String, name: String, registry: ProcessorRegistry = .builtIn,
    resources: ResourceStore = .empty, dropping: (String, String) -> Void = { _, _ in }
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
    var steps: [any ProcessorStep] = []
    for (index, entry) in entries.enumerated() {
      let saved = SavedStep(file: path, folder: folder, index: index, entry: entry)
      steps.append(try saved.step(registry, resources: resources) { dropping(path, $0) })
    }
    self.init(name: json["name"]?.stringValue ?? name, steps: steps)
  }
}

extension PolicyProcessors {
  static let preprocessorName = "policy_preprocessor"
  static let postprocessorName = "policy_postprocessor"

  /// Reads both pipelines of a `pretrained_model` folder.
  ///
  /// - Parameters:
  ///   - registry: the steps there are.
  ///   - resources: the files that steps need besides their configuration.
  ///   - dropping: is told of each field that nothing here reads: file and field.
  package init(
    folder: String, registry: ProcessorRegistry = .builtIn, resources: ResourceStore = .empty,
    dropping: (String, String) -> Void = { _, _ in }
  ) throws(ProcessorError) {
    func pipeline(_ name: String) throws(ProcessorError) -> ProcessorPipeline {
      try ProcessorPipeline(
        folder: folder, name: name, registry: registry, resources: resources, dropping: dropping)
    }
    self.init(
      preprocessor: try pipeline(Self.preprocessorName),
      postprocessor: try pipeline(Self.postprocessorName))
  }
}
