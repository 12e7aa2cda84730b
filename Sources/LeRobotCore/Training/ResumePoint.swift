import OrderedCollections

/// What a resumed run needs to end bit for bit like one that was never stopped, and LeRobot's
/// checkpoint has no place for: the place in the pass, generators of the loader, averages.
package struct ResumePoint: Sendable, Equatable {
  /// What the place in the pass is counted in; another dataset or batch size makes it void.
  package struct Counting: Sendable, Equatable {
    package var frameCount: Int
    package var batchSize: Int

    package init(frameCount: Int, batchSize: Int) {
      self.frameCount = frameCount
      self.batchSize = batchSize
    }
  }

  package var stream: StreamPosition
  package var partialAverages: JSONValue
  package var counting: Counting

  package init(stream: StreamPosition, partialAverages: JSONValue, counting: Counting) {
    self.stream = stream
    self.partialAverages = partialAverages
    self.counting = counting
  }
}

/// The file's form: numbers in its metadata, generators as torch's 5056 bytes each.
extension ResumePoint {
  private static let passGenerator = "pass_generator"

  private static func loaderGenerator(_ index: Int) -> String { "loader_generator.\(index)" }

  package var state: ResumeState {
    var tensors: NamedTensors = [Self.passGenerator: Self.tensor(stream.passGenerator)]
    for (index, generator) in stream.loader.generators.enumerated() {
      tensors[Self.loaderGenerator(index)] = Self.tensor(generator)
    }
    let values: JSONValue = [
      "taken": .int(stream.loader.taken), "frames": .int(counting.frameCount),
      "batch_size": .int(counting.batchSize), "partial_averages": partialAverages,
    ]
    return ResumeState(values: values, tensors: tensors)
  }

  /// - Returns: nil where the state is of another release or damaged.
  package init?(_ state: ResumeState) {
    guard let taken = state.values["taken"]?.intValue,
      let frames = state.values["frames"]?.intValue,
      let batchSize = state.values["batch_size"]?.intValue, batchSize > 0,
      // A pass has no more batches than frames.
      (0...max(0, frames)).contains(taken),
      let passGenerator = Self.generator(state.tensors[Self.passGenerator])
    else { return nil }
    var generators: [TorchGenerator] = []
    while let tensor = state.tensors[Self.loaderGenerator(generators.count)] {
      guard let generator = Self.generator(tensor) else { return nil }
      generators.append(generator)
    }
    stream = StreamPosition(
      passGenerator: passGenerator, loader: LoaderPosition(taken: taken, generators: generators))
    partialAverages = state.values["partial_averages"] ?? .null
    counting = Counting(frameCount: frames, batchSize: batchSize)
  }

  private static func tensor(_ generator: TorchGenerator) -> HostTensor {
    HostTensor(generator.state, shape: [TorchGenerator.stateSize])
  }

  private static func generator(_ tensor: HostTensor?) -> TorchGenerator? {
    guard let bytes = tensor?.values(of: UInt8.self) else { return nil }
    return try? TorchGenerator(state: bytes)
  }
}
