import LeRobotCore
import OrderedCollections

extension CheckpointContents {
  /// A small checkpoint: one weight, an optimizer that remembers it, every kind of state.
  package static func sample(
    step: Int, value: Float = 1, optimizers: [String] = [""]
  ) -> CheckpointContents {
    let slots: [Int: NamedTensors] = [3: ["exp_avg": HostTensor([value], shape: [1])]]
    let optimizer = SavedOptimizer(
      .adamW(AdamOptions(weightDecay: 0.01)), state: OptimizerState(slots: slots, groups: [[3]]),
      learningRates: [1e-5], initialLearningRates: nil)
    let processors = PolicyProcessors.standard(
      for: ACTConfig(), ProcessorContext(statistics: [:]))
    let state = TrainingState(
      step: step,
      optimizers: OrderedDictionary(uniqueKeysWithValues: optimizers.map { ($0, optimizer) }),
      schedule: ["last_epoch": .int(step)],
      random: RandomStates(
        seed: 1 << 40, torch: [UInt8](repeating: 7, count: 5056), torchDevice: [1, 2]),
      resume: ResumeState(
        values: ["epoch": 2, "text": "a\"ü\n"],
        tensors: ["w0": HostTensor([1, 2] as [UInt8], shape: [2])]))
    return CheckpointContents(
      step: step, weights: ["w": HostTensor([value], shape: [1])], policyConfig: "{}",
      trainConfig: "{\"step\": \(step)}", modelCard: "card", processors: processors,
      trainingState: state)
  }
}
