import OrderedCollections

/// `training_state.pth`: step, optimizer, schedule and generators as LeRobot saved them in one file
/// until March 2025 (`common/logger.py`, `save_training_state`).
struct LegacyTrainingState {
  private let file: String
  private let document: TorchDocument
  private let root: TorchObject

  /// Opens the file and reads its pickle, without executing any of it.
  init(_ path: String) throws(CheckpointError) {
    file = path
    do throws(TorchFileError) { document = try TorchDocument(path) } catch { throw .torch(error) }
    root = document.object
  }

  /// The whole state.
  ///
  /// - Parameter frozenCount: parameters of the policy that were statistics and not trained. They
  ///   came first, and were counted where the optimizer was given every parameter.
  func read(frozenCount: Int) throws(CheckpointError) -> TrainingState {
    guard let step = root["step"]?.integer, (0..<TrainingState.stepLimit).contains(step) else {
      throw invalid("step", "expected a number of steps")
    }
    let optimizer = try readOptimizer()
    return TrainingState(
      step: step, optimizers: ["": optimizer.withoutLeading(frozenCount)],
      schedule: try readSchedule(), random: try readRandom())
  }

  // MARK: - Optimizer

  private func readOptimizer() throws(CheckpointError) -> SavedOptimizer {
    guard let optimizer = root["optimizer"], let states = optimizer["state"]?.entries,
      let groups = optimizer["param_groups"]?.elements
    else { throw invalid("optimizer", "expected state and param_groups") }
    var slots: [Int: NamedTensors] = [:]
    var references: OrderedDictionary<String, TensorReference> = [:]
    for (key, slot) in states {
      guard let index = key.integer, let entries = slot.entries else {
        throw invalid("optimizer.state", "expected a dictionary for each parameter")
      }
      slots[index] = [:]
      for (key, value) in entries {
        guard let name = key.string else { throw invalid("optimizer.state", "expected names") }
        if let tensor = value.tensor {
          references["\(index)/\(name)"] = tensor
        } else if let number = value.number {
          // Releases of torch before 1.12 counted steps in an integer.
          slots[index]?[name] = HostTensor([Float(number)], shape: [])
        } else if !value.isNone {
          throw invalid("optimizer.state[\(index)].\(name)", "expected a tensor")
        }
      }
    }
    for (place, tensor) in try load(references) {
      let parts = place.split(separator: "/", maxSplits: 1)
      guard parts.count == 2, let index = Int(parts[0]) else { continue }
      slots[index]?[String(parts[1])] = tensor
    }
    let (options, parameters) = try readGroups(groups)
    return SavedOptimizer(
      state: OptimizerState(slots: slots, groups: parameters), options: options)
  }

  private func load(
    _ references: OrderedDictionary<String, TensorReference>
  ) throws(CheckpointError) -> NamedTensors {
    do throws(TorchFileError) { return try document.load(references) } catch { throw .torch(error) }
  }

  private func readGroups(
    _ groups: [TorchObject]
  ) throws(CheckpointError) -> ([OrderedDictionary<String, JSONValue>], [[Int]]) {
    var options: [OrderedDictionary<String, JSONValue>] = []
    var parameters: [[Int]] = []
    for (index, group) in groups.enumerated() {
      guard var fields = group.json()?.objectValue,
        let numbers = fields.removeValue(forKey: "params")?.arrayValue
      else {
        throw invalid("optimizer.param_groups[\(index)]", "expected options and params")
      }
      options.append(fields)
      parameters.append(numbers.compactMap(\.intValue))
    }
    return (options, parameters)
  }

  private func readSchedule() throws(CheckpointError) -> JSONValue? {
    guard let schedule = root["scheduler"], !schedule.isNone else { return Optional.none }
    guard let state = schedule.json() else {
      throw invalid("scheduler", "expected numbers and lists of them")
    }
    return state
  }

  // MARK: - Generators

  private func readRandom() throws(CheckpointError) -> RandomStates {
    guard let python = root["random_state"]?.elements, python.count > 1,
      let words = python[1].elements?.compactMap(\.integer), words.count == 625
    else { throw invalid("random_state", "expected 625 integers") }
    guard let numPy = root["numpy_random_state"]?.elements, numPy.count == 5,
      let values = numPy[1].array.flatMap(Self.words), values.count == 624,
      let position = numPy[2].integer, let hasNormal = numPy[3].integer,
      let normal = numPy[4].number, RandomStates.isNumPyState(values, position: Int64(position))
    else { throw invalid("numpy_random_state", "expected 624 integers and a position") }
    var states = RandomStates(seed: 0, torch: try bytes("torch_random_state", count: 5056))
    states.python = words.map(Int64.init)
    states.numPy = values
    states.numPyPosition = Int64(position)
    states.numPyGaussian = hasNormal == 0 ? nil : Float(normal)
    if root["torch_cuda_random_state"]?.tensor != nil {
      states.torchDevice = try bytes("torch_cuda_random_state", count: nil)
    }
    return states
  }

  /// Unsigned 32-bit words.
  private static func words(_ array: PickleArray) -> [Int64]? {
    guard array.elementType == "u4", array.bytes.count.isMultiple(of: 4) else { return nil }
    return stride(from: 0, to: array.bytes.count, by: 4).map { start in
      array.bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | Int64($1) }
    }
  }

  private func bytes(_ field: String, count: Int?) throws(CheckpointError) -> [UInt8] {
    guard let tensor = root[field]?.tensor,
      let bytes = try load([field: tensor])[field]?.values(of: UInt8.self),
      count.map({ $0 == bytes.count }) ?? true
    else { throw invalid(field, "expected \(count.map { "\($0) " } ?? "")bytes") }
    return bytes
  }

  private func invalid(_ field: String, _ reason: String) -> CheckpointError {
    .invalidField(file: file, field: field, reason: reason)
  }
}

extension SavedOptimizer {
  /// The optimizer without its first `count` parameters, where they are among those of a single
  /// group and nothing is remembered of them.
  fileprivate func withoutLeading(_ count: Int) -> SavedOptimizer {
    guard count > 0, state.groups.count == 1, state.slots.keys.min() == count,
      state.groups[0].count > count
    else { return self }
    var result = self
    result.state.groups = [Array(0..<state.groups[0].count - count)]
    result.state.slots = Dictionary(
      uniqueKeysWithValues: state.slots.map { ($0.key - count, $0.value) })
    return result
  }
}
