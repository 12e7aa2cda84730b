/// Steps that turn a dataset's batch into a policy's, or a policy's action into a robot's
/// (LeRobot `processor/pipeline.py`).
package struct ProcessorPipeline: Sendable {
  /// `policy_preprocessor` or `policy_postprocessor`; the stem of its files.
  package var name: String
  package var steps: [any ProcessorStep]

  package init(name: String, steps: [any ProcessorStep]) {
    self.name = name
    self.steps = steps
  }

  /// Runs all steps.
  package func callAsFunction(_ batch: Batch) throws(ProcessorError) -> Batch {
    var batch = batch
    for step in steps { batch = try step(batch) }
    return batch
  }

  /// Replaces what steps were saved with by what this run has.
  package mutating func override(_ run: StepOverride) {
    for index in steps.indices { steps[index].override(run) }
  }
}

extension ProcessorPipeline: Equatable {
  package static func == (left: ProcessorPipeline, right: ProcessorPipeline) -> Bool {
    left.name == right.name && left.steps.count == right.steps.count
      && zip(left.steps, right.steps).allSatisfy { $0.equals($1) }
  }
}
