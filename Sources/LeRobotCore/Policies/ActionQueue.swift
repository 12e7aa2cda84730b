/// Predicted actions that have not been carried out yet.
package struct ActionQueue<Action> {
  private var waiting: [Action] = []

  package init() {}

  /// The next action.
  ///
  /// - Parameter predict: gives new actions, at least one; it is called when none is left.
  package mutating func next(_ predict: () -> [Action]) -> Action {
    if waiting.isEmpty { waiting = predict() }
    precondition(!waiting.isEmpty, "ActionQueue: no action was predicted")
    return waiting.removeFirst()
  }

  /// Forgets what is left; an episode begins.
  package mutating func reset() { waiting = [] }
}
