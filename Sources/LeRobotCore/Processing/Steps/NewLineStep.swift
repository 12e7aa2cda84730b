/// Ends each task with a line break, as the texts that the language models were trained on do
/// (LeRobot `SmolVLANewLineProcessor`, `Pi0NewLineProcessor`).
package struct NewLineStep<Name: NewLineName>: ProcessorStep {
  package static var registryName: String { Name.registered }
  package static var fieldNames: [String] { [] }

  package init() {}
  package init(_ saved: SavedStep, resources: ResourceStore) {}

  package var configuration: JSONValue { [:] }

  package func callAsFunction(_ batch: Batch) -> Batch {
    var result = batch
    // By bytes: to Swift "\r\n" is one character, which does not end with "\n".
    result.tasks = batch.tasks.map { $0.utf8.last == 10 ? $0 : $0 + "\n" }
    return result
  }
}

/// A name that LeRobot registers the step under; every policy that needs it has its own.
package protocol NewLineName: Sendable {
  static var registered: String { get }
}

/// SmolVLA's name of the step.
package enum SmolVLANewLine: NewLineName {
  package static let registered = "smolvla_new_line_processor"
}

/// π₀'s name of the step.
package enum PI0NewLine: NewLineName {
  package static let registered = "pi0_new_line_processor"
}

/// The step as SmolVLA has it.
package typealias SmolVLANewLineStep = NewLineStep<SmolVLANewLine>
/// The step as π₀ has it.
package typealias PI0NewLineStep = NewLineStep<PI0NewLine>
