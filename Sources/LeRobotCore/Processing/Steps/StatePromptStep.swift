/// Writes task and state into the prompt of π₀.₅ (LeRobot `policies/pi05/processor_pi05.py`,
/// `Pi05PrepareStateTokenizerProcessorStep`). The state is scaled to −1…1 before.
package struct StatePromptStep: ProcessorStep {
  package static let registryName = "pi05_prepare_state_tokenizer_processor_step"
  package static let fieldNames = ["max_state_dim", "task_key"]

  /// Numbers that a state is padded to. Files do not hold it (Q-PI-3): it is the policy's.
  package private(set) var maximumWidth: Int

  package init(maximumWidth: Int) { self.maximumWidth = maximumWidth }

  package init(_ saved: SavedStep, resources: ResourceStore) throws(ProcessorError) {
    let width = saved.configuration["max_state_dim"] ?? .int(32)
    guard let width = width.intValue, width > 0 else {
      throw saved.invalid("max_state_dim", "expected a number of numbers")
    }
    maximumWidth = width
  }

  package var configuration: JSONValue { [:] }

  package mutating func override(_ run: StepOverride) {
    if let config = run.policy as? PI05Config { maximumWidth = config.maximumStateWidth }
  }

  package func callAsFunction(_ batch: Batch) throws(ProcessorError) -> Batch {
    guard let state = batch["observation.state"] else {
      throw .text("\(Self.registryName): the samples have no observation.state; add one")
    }
    guard !batch.tasks.isEmpty else { throw .noTask(step: Self.registryName) }
    let values = state.doubles
    let width = values.count / batch.tasks.count
    var result = batch
    result.tasks = batch.tasks.enumerated().map { index, task in
      Self.prompt(
        task, state: Array(values[index * width..<(index + 1) * width]), width: maximumWidth)
    }
    return result
  }

  /// [PI-prompt]  `Task: …, State: …;\nAction: `: what is to be done, and a bin for each number of the state.
  ///
  /// Black et al., π₀.₅ (arXiv:2504.16054), §IV-B.
  ///
  /// - Parameter width: zeros follow the state up to it.
  package static func prompt(_ task: String, state: [Double], width: Int) -> String {
    let padded = state + Array(repeating: 0, count: max(0, width - state.count))
    let bins = padded.map { String(bin($0)) }.joined(separator: " ")
    return "Task: \(cleaned(task)), State: \(bins);\nAction: "
  }

  /// [PI-bin]  Which of 256 equal parts of −1…1 a number is in, from 0; −1 below them (Q-PI-4), and the last
  /// one above. NumPy sorts NaN behind all numbers.
  package static func bin(_ x: Double) -> Int {
    if x.isNaN { return 255 }
    let guess = Int(min(max(((x + 1) * 128).rounded(.down), -1), 255))
    // x + 1 may have been rounded up to the next part.
    return guess >= 0 && Double(guess) / 128 - 1 > x ? guess - 1 : guess
  }

  /// Without blanks around it, as Python sees blanks; `_` and line breaks inside become blanks.
  private static func cleaned(_ task: String) -> String {
    func isBlank(_ scalar: Unicode.Scalar) -> Bool {
      scalar.properties.isWhitespace || 0x1C...0x1F ~= scalar.value
    }
    let scalars = task.unicodeScalars
    let kept = scalars.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
    var text = String.UnicodeScalarView()
    text.append(contentsOf: kept.map { $0 == "_" || $0 == "\n" ? " " : $0 })
    return String(text)
  }
}
