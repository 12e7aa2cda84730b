/// Turns the tasks of samples into tokens (LeRobot `processor/tokenizer_processor.py`,
/// `TokenizerProcessorStep`).
package struct TokenizerStep: ProcessorStep {
  package static let registryName = "tokenizer_processor"
  package static let fieldNames = [
    "max_length", "task_key", "padding_side", "padding", "truncation", "tokenizer_name",
  ]
  /// The tokens of a batch, [B, T], and which of them are none of padding.
  package static let tokensKey = "observation.language.tokens"
  package static let isTokenKey = "observation.language.attention_mask"

  /// The folder or repository of the tokenizer.
  package let tokenizerName: String
  package let layout: TokenLayout
  private let encoder: any TextEncoder

  /// - Throws: `ProcessorError` where the tokenizer cannot be read.
  package init(
    _ tokenizerName: String, _ layout: TokenLayout, resources: ResourceStore
  ) throws(ProcessorError) {
    self.tokenizerName = tokenizerName
    self.layout = layout
    encoder = try resources.encoder(tokenizerName)
  }

  package init(_ saved: SavedStep, resources: ResourceStore) throws(ProcessorError) {
    let fields = saved.configuration
    guard let name = fields["tokenizer_name"]?.stringValue else {
      throw saved.invalid("tokenizer_name", "expected a folder or a repository")
    }
    if let key = fields["task_key"], key.stringValue != "task" {
      throw saved.invalid("task_key", "expected \"task\"; samples have no other text")
    }
    let maximum = fields["max_length"] ?? .int(512)
    guard let maximum = maximum.intValue, maximum > 0 else {
      throw saved.invalid("max_length", "expected a number of tokens")
    }
    let padding = fields["padding"]?.stringValue ?? "max_length"
    guard let padding = TokenLayout.Padding(rawValue: padding) else {
      throw saved.invalid("padding", "expected longest or max_length, found \(padding)")
    }
    guard let side = TextSide(rawValue: fields["padding_side"]?.stringValue ?? "right") else {
      throw saved.invalid("padding_side", "expected left or right")
    }
    try self.init(
      name,
      TokenLayout(
        maximum: maximum, truncates: fields["truncation"]?.boolValue ?? true, padding: padding,
        paddingSide: side),
      resources: resources)
  }

  package var configuration: JSONValue {
    [
      "max_length": layout.maximum.map { .int($0) } ?? .null, "task_key": "task",
      "padding_side": .string(layout.paddingSide.rawValue),
      "padding": .string(layout.padding.rawValue), "truncation": .bool(layout.truncates),
      "tokenizer_name": .string(tokenizerName),
    ]
  }

  package func callAsFunction(_ batch: Batch) throws(ProcessorError) -> Batch {
    guard !batch.tasks.isEmpty else { throw .noTask(step: Self.registryName) }
    let tokens = try encoder.encode(batch.tasks, layout)
    let shape = [tokens.rowCount, tokens.columnCount]
    var result = batch
    result[Self.tokensKey] = HostTensor(tokens.ids, shape: shape)
    result[Self.isTokenKey] = HostTensor(tokens.mask, shape: shape)
    return result
  }

  package static func == (left: TokenizerStep, right: TokenizerStep) -> Bool {
    left.tokenizerName == right.tokenizerName && left.layout == right.layout
  }
}
