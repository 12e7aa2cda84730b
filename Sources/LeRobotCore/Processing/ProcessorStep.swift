/// One step of a processor pipeline (LeRobot `processor/`, by registry name).
///
/// A step sees the whole batch, its tensors and its texts (`Batch.tasks`), and gets files such as a
/// tokenizer from a `ResourceStore` when it is made. `ProcessorRegistry` lists the types.
package protocol ProcessorStep: Sendable, Equatable {
  /// The name under which LeRobot registers the step.
  static var registryName: String { get }
  /// The fields of the step's `config` that are read here; others are reported.
  static var fieldNames: [String] { get }

  /// Reads the step of a pipeline's file. Fields that are missing have LeRobot's defaults.
  init(_ saved: SavedStep, resources: ResourceStore) throws(ProcessorError)

  /// What the step's `config` holds in the pipeline's file.
  var configuration: JSONValue { get }
  /// What the step's state file holds; empty for steps without one.
  var state: NamedTensors { get }

  /// Applies the step.
  func callAsFunction(_ batch: Batch) throws(ProcessorError) -> Batch
  /// Replaces what the step was saved with by what this run has.
  mutating func override(_ run: StepOverride)
}

extension ProcessorStep {
  package var state: NamedTensors { [:] }
  package mutating func override(_ run: StepOverride) {}

  /// Whether the other step is of the same type and equal.
  func equals(_ other: any ProcessorStep) -> Bool { self == other as? Self }
}
