/// Ends each task with a line break, as the texts that the language model was trained on do
/// (LeRobot `policies/smolvla/processor_smolvla.py`, `SmolVLANewLineProcessor`).
package struct NewLineStep: ProcessorStep {
  package static let registryName = "smolvla_new_line_processor"
  package static let fieldNames: [String] = []

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
