import Fast
import Foundation
import LeRobotCore
import OrderedCollections

/// Loads large weights, trains two steps, saves beside the second, and compares what was saved.
struct LargeTraining {
  let folder: String
  let output: String
  /// Bytes of a snapshot that may be copied at once.
  let copiedBytes: Int

  private static let config = OptimizerConfig.adamW(AdamOptions(weightDecay: 0.01))

  /// What was measured, as a JSON object.
  func run() throws -> JSONValue {
    try Torch.open()
    let before = ProcessMemory.now
    ProcessMemory.forgetPeak()
    let source = try SafetensorsWeights(folder: folder, name: CheckpointLayout.weights)
    let policy = try LargePolicy(source.entries)
    let learner = PolicyLearner(
      policy: policy, groups: policy.parameterGroups, optimizer: Self.config,
      dataType: .bfloat16, device: .cpu, usesAutocast: false, snapshotLimit: copiedBytes)
    let forecast = learner.memory
    var seconds: OrderedDictionary<String, JSONValue> = [:]
    try timed("load", &seconds) { _ = try learner.loadWeights(from: source) }
    var gradients = 0
    try timed("step", &seconds) {
      try learner.accumulate(batch(policy), weight: 1)
      gradients = policy.parameters.values.reduce(0) { $0 + ($1.value.gradient?.byteCount ?? 0) }
      _ = try learner.step(learningRates: [1e-4], world: SoloWorld())
    }
    var moments = 0
    try timed("save and step", &seconds) { moments = try save(learner, policy) }
    let weights = policy.parameters.values.reduce(0) { $0 + $1.value.byteCount }
    let after = ProcessMemory.now
    let counts = learner.parameterCounts
    let same = try compare(source, policy)
    return [
      "parameters": .int(counts.total), "trained": .int(counts.learnable),
      "weights": .int(weights), "gradients": .int(gradients), "moments": .int(moments),
      "forecast": .int(forecast.total), "before": .int(before.resident), "peak": .int(after.peak),
      "frozen_tensors": .int(same.frozen), "frozen_equal": .bool(same.frozenAreEqual),
      "trained_changed": .bool(same.trainedChanged), "types_equal": .bool(same.typesAreEqual),
      "seconds": .object(seconds),
    ]
  }

  private func timed(
    _ name: String, _ seconds: inout OrderedDictionary<String, JSONValue>, _ body: () throws -> Void
  ) throws {
    let (clock, start) = (ContinuousClock(), ContinuousClock().now)
    try body()
    seconds[name] = .double(((clock.now - start).seconds * 10).rounded() / 10)
  }

  /// Two samples.
  private func batch(_ policy: LargePolicy) -> Batch {
    let values = (0..<2 * policy.width).map { Float($0 % 17) / 8 - 1 }
    return Batch(tensors: ["observation.state": HostTensor(values, shape: [2, policy.width])])
  }

  /// Saves while the next step is taken, as a run does.
  ///
  /// - Returns: bytes of the optimizer's moments.
  private func save(_ learner: PolicyLearner, _ policy: LargePolicy) throws -> Int {
    let saver = CheckpointSaver(CheckpointWriter(outputDirectory: output, totalSteps: 2))
    let snapshot = try learner.snapshot()
    let moments = snapshot.state.optimizer.slots.values.reduce(0) { sum, slot in
      sum + slot.values.filter { !$0.shape.isEmpty }.reduce(0) { $0 + $1.byteCount }
    }
    let torch = try FastBackend(device: "cpu").randomState()
    snapshot.copies.beginReading()
    try saver.begin {
      let optimizer = SavedOptimizer(
        Self.config, state: snapshot.state.optimizer, learningRates: [1e-4],
        initialLearningRates: nil)
      let pipelines = ["policy_preprocessor", "policy_postprocessor"].map {
        ProcessorPipeline(name: $0, steps: [])
      }
      var contents = CheckpointContents(
        step: 1, weights: snapshot.state.weights, policyConfig: "{}", trainConfig: "{}",
        processors: PolicyProcessors(preprocessor: pipelines[0], postprocessor: pipelines[1]),
        trainingState: TrainingState(
          step: 1, optimizers: ["": optimizer], random: RandomStates(seed: 0, torch: torch)))
      contents.confirm = { () throws(WeightError) in try snapshot.copies.confirm() }
      return contents
    }
    try learner.accumulate(batch(policy), weight: 1)
    _ = try learner.step(learningRates: [1e-4], world: SoloWorld())
    _ = try saver.finishedCheckpoints(waiting: true)
    return moments
  }

  private struct Comparison {
    var frozen = 0
    var frozenAreEqual = true
    var trainedChanged = true
    var typesAreEqual = true
  }

  /// Holds what was saved against what was loaded.
  private func compare(
    _ source: SafetensorsWeights, _ policy: LargePolicy
  ) throws -> Comparison {
    let saved = try Checkpoint.open(output).weightSource()
    var result = Comparison()
    result.typesAreEqual = Set(saved.names) == Set(source.names)
    for (name, parameter) in policy.parameters {
      let (old, new) = (try source.tensor(name), try saved.tensor(name))
      result.typesAreEqual = result.typesAreEqual && old.entry == new.entry
      if parameter.role == .frozen {
        result.frozen += 1
        result.frozenAreEqual = result.frozenAreEqual && old == new
      } else {
        result.trainedChanged = result.trainedChanged && old != new
      }
    }
    return result
  }
}

/// This process's memory, in bytes.
struct ProcessMemory {
  /// Now, mapped pages of files included.
  var resident: Int
  /// The most since the start, or since `forgetPeak`.
  var peak: Int

  static var now: ProcessMemory {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    func kilobytes(_ name: String) -> Int {
      let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
      return line?.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }.first ?? 0
    }
    return ProcessMemory(resident: kilobytes("VmRSS") << 10, peak: kilobytes("VmHWM") << 10)
  }

  static func forgetPeak() {
    try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
  }
}
