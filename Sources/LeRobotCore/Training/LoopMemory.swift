import OrderedCollections

/// What a training loop remembers from checkpoint to checkpoint beside steps and averages.
package struct LoopMemory: Sendable, Equatable {
  /// The state of the best checkpoints; null without a metric.
  package var selection: JSONValue
  /// The step that was validated last, and the one that was evaluated in simulation last.
  package var validatedStep: Int?
  package var evaluatedStep: Int?
  /// Updates of the weights' moving average.
  package var averageUpdates: Int

  package init(
    selection: JSONValue = .null, validatedStep: Int? = nil, evaluatedStep: Int? = nil,
    averageUpdates: Int = 0
  ) {
    self.selection = selection
    self.validatedStep = validatedStep
    self.evaluatedStep = evaluatedStep
    self.averageUpdates = averageUpdates
  }

  private static let (selectionKey, validatedKey) = ("selection", "validated_step")
  private static let (evaluatedKey, averageKey) = ("evaluated_step", "average_updates")

  /// As a checkpoint holds it; what has nothing to say is left out.
  package var json: JSONValue {
    var members: OrderedDictionary<String, JSONValue> = [:]
    if !selection.isNull { members[Self.selectionKey] = selection }
    if let validatedStep { members[Self.validatedKey] = .int(validatedStep) }
    if let evaluatedStep { members[Self.evaluatedKey] = .int(evaluatedStep) }
    if averageUpdates > 0 { members[Self.averageKey] = .int(averageUpdates) }
    return .object(members)
  }

  /// What can be read of a saved one.
  package init(_ json: JSONValue) {
    let updates = json[Self.averageKey]?.intValue ?? 0
    self.init(
      selection: json[Self.selectionKey] ?? .null,
      validatedStep: json[Self.validatedKey]?.intValue,
      evaluatedStep: json[Self.evaluatedKey]?.intValue,
      averageUpdates: 0..<TrainingState.stepLimit ~= updates ? updates : 0)
  }
}
