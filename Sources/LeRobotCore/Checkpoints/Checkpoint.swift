/// A checkpoint on disk, LeRobot's or ours, to be read.
package struct Checkpoint: Sendable, Equatable {
  /// The folder of `config.json`, `model.safetensors` and the processors.
  package let pretrainedModel: String
  /// The folder of the optimizer and the generators; not there for a policy that was downloaded.
  package let trainingState: String

  /// Finds the checkpoint that a path means: a checkpoint folder, its `pretrained_model`, its
  /// `train_config.json`, or a run's output directory or `checkpoints`, whose last one it is.
  package static func open(_ path: String) throws(CheckpointError) -> Checkpoint {
    let given = FileSystem.trimmed(path)
    let path = CheckpointLayout.survivor(of: given) ?? given
    guard FileSystem.exists(path) else {
      throw .notFound(path: path, reason: "does not exist")
    }
    guard FileSystem.isDirectory(path) else { return try open(file: path) }
    if FileSystem.isDirectory("\(path)/\(CheckpointLayout.pretrainedModel)") {
      return Checkpoint(folder: path)
    }
    if isPretrainedModel(path) { return Checkpoint(pretrainedModel: path) }
    for folder in ["\(path)/\(CheckpointLayout.checkpoints)", path] {
      if let last = last(in: folder) { return Checkpoint(folder: last) }
    }
    throw .notFound(path: path, reason: "holds no checkpoint")
  }

  private static func open(file: String) throws(CheckpointError) -> Checkpoint {
    let known = [CheckpointLayout.trainConfig, CheckpointLayout.policyConfig]
    guard known.contains(FileSystem.name(of: file)), let folder = FileSystem.parent(of: file) else {
      throw .notFound(path: file, reason: "is no \(CheckpointLayout.trainConfig)")
    }
    return Checkpoint(pretrainedModel: folder)
  }

  private static func isPretrainedModel(_ folder: String) -> Bool {
    FileSystem.exists("\(folder)/\(CheckpointLayout.policyConfig)")
      || FileSystem.exists("\(folder)/\(CheckpointLayout.trainConfig)")
  }

  /// What `last` points at; where the link was lost in a copy, the checkpoint of the highest step.
  private static func last(in checkpoints: String) -> String? {
    let last = "\(checkpoints)/\(CheckpointLayout.last)"
    if let survivor = CheckpointLayout.survivor(of: last) { return survivor }
    if FileSystem.isDirectory("\(last)/\(CheckpointLayout.pretrainedModel)") {
      return FileSystem.linkTarget(last).map {
        $0.hasPrefix("/") ? $0 : "\(checkpoints)/\($0)"
      } ?? last
    }
    let names = (try? FileSystem.list(checkpoints)) ?? []
    return CheckpointLayout.newest(of: names).map { "\(checkpoints)/\($0)" }
  }

  private init(folder: String) {
    pretrainedModel = "\(folder)/\(CheckpointLayout.pretrainedModel)"
    trainingState = "\(folder)/\(CheckpointLayout.trainingState)"
  }

  private init(pretrainedModel: String) {
    self.pretrainedModel = pretrainedModel
    let folder = FileSystem.parent(of: pretrainedModel) ?? "/"
    trainingState = "\(folder)/\(CheckpointLayout.trainingState)"
  }

  /// The checkpoint's own folder, `…/checkpoints/000003`.
  package var path: String { FileSystem.parent(of: pretrainedModel) ?? "/" }
}

extension Checkpoint {
  /// The policy whose weights are the moving average; nil where none was kept.
  package var averagedModel: Checkpoint? {
    let folder = "\(path)/\(CheckpointLayout.averagedModel)"
    return FileSystem.isDirectory(folder) ? Checkpoint(pretrainedModel: folder) : nil
  }

  /// Whether everything that resuming needs is there and as long as it says. Weights are not read.
  package var isWhole: Bool {
    do {
      _ = try Self.parse(policyConfig(), file: CheckpointLayout.policyConfig)
      _ = try Self.parse(trainConfig(), file: CheckpointLayout.trainConfig)
      _ = try weightFiles()
      return try isTrainingStateWhole()
    } catch {
      return false
    }
  }

  private func isTrainingStateWhole() throws -> Bool {
    guard FileSystem.isDirectory(trainingState) else { return hasTrainingState }
    let names = Set(try FileSystem.list(trainingState))
    for name in names {
      let file = "\(trainingState)/\(name)"
      if name.hasSuffix(".json") { _ = try Self.json(file) }
      if name.hasSuffix(".safetensors") { _ = try Self.open(tensors: file) }
    }
    return names.isSuperset(of: [CheckpointLayout.trainingStep, CheckpointLayout.randomState])
  }

  /// The text of `config.json`.
  package func policyConfig() throws(CheckpointError) -> String {
    try Self.text("\(pretrainedModel)/\(CheckpointLayout.policyConfig)")
  }

  /// The text of `train_config.json`.
  package func trainConfig() throws(CheckpointError) -> String {
    try Self.text("\(pretrainedModel)/\(CheckpointLayout.trainConfig)")
  }

  /// Everything in the files of weights: `model.safetensors`, or the shards that
  /// `model.safetensors.index.json` names.
  func weightFiles() throws(CheckpointError) -> SafetensorsWeights {
    do throws(WeightError) {
      return try SafetensorsWeights(folder: pretrainedModel, name: CheckpointLayout.weights)
    } catch {
      throw CheckpointError(error)
    }
  }

  /// The policy's weights under their names, without the statistics that older ones hold.
  package func weightSource() throws(CheckpointError) -> any WeightSource {
    try weightFiles().filtered { !NormalizationBuffers.contain($0) }
  }

  /// All of the policy's weights at once; see `weightSource`.
  package func weights() throws(CheckpointError) -> NamedTensors {
    try Self.tensors(weightSource())
  }

  /// Whether the policy is one of LeRobot before 0.4, which had no processors.
  package var isBeforeProcessors: Bool {
    ![PolicyProcessors.preprocessorName, PolicyProcessors.postprocessorName].contains {
      FileSystem.exists("\(pretrainedModel)/\($0).json")
    }
  }

  /// The preprocessor and the postprocessor as they were saved.
  ///
  /// - Parameters:
  ///   - policy: the checkpoint's own; with it, the processors of a policy of LeRobot before 0.4 are
  ///     made of the statistics among its weights.
  ///   - registry: the steps there are.
  ///   - resources: the files that steps need besides their configuration.
  ///   - dropping: is told of each field that nothing here reads: file and field.
  package func processors(
    of policy: PolicyConfig? = nil, registry: ProcessorRegistry = .builtIn,
    resources: ResourceStore = .empty, dropping: (String, String) -> Void = { _, _ in }
  ) throws(CheckpointError) -> PolicyProcessors {
    if let policy, isBeforeProcessors {
      let tensors = try Self.tensors(
        weightFiles().filtered { NormalizationBuffers.contain($0) })
      let features = Array(policy.common.inputFeatures.keys) + policy.common.outputFeatures.keys
      let statistics = NormalizationBuffers.statistics(in: tensors, features: features)
      do throws(ProcessorError) {
        return try PolicyProcessors(
          policy: policy, statistics: statistics, resources: resources)
      } catch {
        throw .processors(error)
      }
    }
    do throws(ProcessorError) {
      return try PolicyProcessors(
        folder: pretrainedModel, registry: registry, resources: resources, dropping: dropping)
    } catch {
      throw .processors(error)
    }
  }

  static func text(_ path: String) throws(CheckpointError) -> String {
    do throws(FileError) { return try TextFile.read(path) } catch { throw .file(error) }
  }

  static func json(_ path: String) throws(CheckpointError) -> JSONValue {
    try parse(text(path), file: path)
  }

  static func parse(_ text: String, file: String) throws(CheckpointError) -> JSONValue {
    do throws(JSONError) {
      return try JSONValue(parsing: text)
    } catch {
      throw .notJSON(file: file, reason: error.description)
    }
  }

  static func open(tensors path: String) throws(CheckpointError) -> SafetensorsFile {
    do throws(SafetensorsError) {
      return try SafetensorsFile(path: path)
    } catch {
      throw .tensors(error)
    }
  }

  static func tensors(_ path: String) throws(CheckpointError) -> NamedTensors {
    do throws(SafetensorsError) {
      return try SafetensorsFile(path: path).tensors()
    } catch {
      throw .tensors(error)
    }
  }

  private static func tensors(
    _ source: any WeightSource
  ) throws(CheckpointError) -> NamedTensors {
    do throws(WeightError) { return try source.tensors() } catch { throw CheckpointError(error) }
  }
}
