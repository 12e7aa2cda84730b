/// Where `IndexedBatches` stands, and how that is saved.
///
/// Version 0, of the first release, knows the dataset by its number of frames alone and not how
/// many workers there were.
struct IndexedPosition {
  /// What a place in a pass is counted in. It is saved with the place, and another one makes it void.
  struct Setting {
    var dataset: DatasetSummary
    /// Frames in a pass: those the sampler draws.
    var passLength: Int
    var batchSize: Int
    var workerCount: Int
    /// Whether batches draw random numbers.
    var drawsTransforms: Bool
    var rankCount: Int
  }

  static let source = "indexed"
  static let version = 1

  /// The global generator before the present pass was drawn from it.
  var passGenerator: TorchGenerator
  var loader: LoaderPosition

  private static let passGeneratorName = "pass_generator"
  private static func loaderGeneratorName(_ index: Int) -> String { "loader_generator.\(index)" }

  // MARK: - Saving

  func saved(in setting: Setting) -> SourcePosition {
    var tensors: NamedTensors = [Self.passGeneratorName: Self.tensor(passGenerator)]
    for (index, generator) in loader.generators.enumerated() {
      tensors[Self.loaderGeneratorName(index)] = Self.tensor(generator)
    }
    let values: JSONValue = [
      "taken": .int(loader.taken), "dataset": .string(setting.dataset.name),
      "frames": .int(setting.dataset.frameCount),
      "episodes": .string(setting.dataset.episodeChecksum),
      "frames_in_pass": .int(setting.passLength), "batch_size": .int(setting.batchSize),
      "workers": .int(setting.workerCount), "transforms": .bool(setting.drawsTransforms),
      "ranks": .int(setting.rankCount),
    ]
    return SourcePosition(
      source: Self.source, version: Self.version, values: values, tensors: tensors)
  }

  // MARK: - Reading

  /// A saved position, and what of it cannot be used.
  ///
  /// - Throws: the first reason why the place is void.
  static func read(
    _ saved: SourcePosition, in setting: Setting
  ) throws(ResumeProblem) -> (IndexedPosition, [ResumeProblem]) {
    guard saved.source == source else {
      throw .otherSource(saved: saved.source, present: source)
    }
    guard saved.version <= version else {
      throw .newerVersion(source: source, found: saved.version, known: version)
    }
    guard saved.version >= 0 else { throw .damaged(field: "version") }
    try check(saved, setting)
    guard let taken = saved.values["taken"]?.intValue, taken >= 0 else {
      throw .damaged(field: "taken")
    }
    guard let passGenerator = generator(saved.tensors[passGeneratorName]) else {
      throw .damaged(field: passGeneratorName)
    }
    var position = IndexedPosition(
      passGenerator: passGenerator, loader: LoaderPosition(taken: taken))
    guard setting.drawsTransforms else { return (position, []) }
    do throws(ResumeProblem) {
      position.loader.generators = try generators(saved, setting)
    } catch {
      return (position, [error])
    }
    return (position, [])
  }

  /// Holds what the place was counted in against what is there.
  private static func check(
    _ saved: SourcePosition, _ setting: Setting
  ) throws(ResumeProblem) {
    let isFirst = saved.version == 0
    if !isFirst {
      let ranks = try integer("ranks", saved)
      guard ranks == setting.rankCount else {
        throw .otherRanks(saved: ranks, present: setting.rankCount)
      }
      try compare("dataset", try text("dataset", saved), setting.dataset.name)
    }
    try compare(
      "number of frames", String(try integer("frames", saved)),
      String(setting.dataset.frameCount))
    let batchSize = try integer("batch_size", saved)
    guard batchSize == setting.batchSize else {
      throw .otherBatchSize(saved: batchSize, present: setting.batchSize)
    }
    if isFirst { return }
    try compare(
      "checksum of episodes", try text("episodes", saved), setting.dataset.episodeChecksum)
    try compare(
      "number of frames in a pass", String(try integer("frames_in_pass", saved)),
      String(setting.passLength))
  }

  private static func compare(
    _ quantity: String, _ saved: String, _ present: String
  ) throws(ResumeProblem) {
    guard saved == present else {
      throw .otherData(quantity: quantity, saved: saved, present: present)
    }
  }

  private static func integer(
    _ key: String, _ saved: SourcePosition
  ) throws(ResumeProblem) -> Int {
    guard let value = saved.values[key]?.intValue else { throw .damaged(field: key) }
    return value
  }

  private static func text(
    _ key: String, _ saved: SourcePosition
  ) throws(ResumeProblem) -> String {
    guard let value = saved.values[key]?.stringValue else { throw .damaged(field: key) }
    return value
  }

  /// The generators that image transforms draw the next batches from.
  private static func generators(
    _ saved: SourcePosition, _ setting: Setting
  ) throws(ResumeProblem) -> [TorchGenerator] {
    var generators: [TorchGenerator] = []
    while let tensor = saved.tensors[loaderGeneratorName(generators.count)] {
      guard let generator = generator(tensor) else { throw .noTransformGenerators }
      generators.append(generator)
    }
    let workers = try savedWorkerCount(saved, setting, generatorCount: generators.count)
    guard workers == setting.workerCount else {
      throw .otherWorkers(saved: workers, present: setting.workerCount)
    }
    // Without workers there is one for the batch fetched ahead, and none at the end of a pass.
    guard workers == 0 ? generators.count <= 1 : generators.count == workers else {
      throw .noTransformGenerators
    }
    return generators
  }

  /// How many workers' generators a position holds. The first version does not say: one generator
  /// may be a worker's or that of the batch fetched ahead.
  private static func savedWorkerCount(
    _ saved: SourcePosition, _ setting: Setting, generatorCount count: Int
  ) throws(ResumeProblem) -> Int {
    if saved.version == 0 {
      return setting.workerCount == 0 && count <= 1 ? 0 : count
    }
    guard saved.values["transforms"]?.boolValue == true else { throw .noTransformGenerators }
    return try integer("workers", saved)
  }

  private static func tensor(_ generator: TorchGenerator) -> HostTensor {
    HostTensor(generator.state, shape: [TorchGenerator.stateSize])
  }

  private static func generator(_ tensor: HostTensor?) -> TorchGenerator? {
    guard let bytes = tensor?.values(of: UInt8.self) else { return nil }
    return try? TorchGenerator(state: bytes)
  }
}
