/// A learner whose weights have a moving average beside them.
package protocol AveragedWeights: AnyObject {
  /// The names of all weights and buffers, in LeRobot's order.
  var weightNames: [String] { get }
  /// Begins the average, as a copy of the weights.
  func beginAverage() throws
  /// Moves the average towards the weights, after a step ([EMA-average]).
  ///
  /// - Parameter decay: how much of the average stays.
  func average(decay: Double) throws
  /// Replaces one tensor of the average, which must have its shape; others are passed over.
  func loadAverage(_ tensor: HostTensor, named name: String) throws
  /// Lets weights and average change places, so that the average computes; a second call puts both
  /// back, bitwise.
  func exchangeAverage() throws
}

extension AveragedWeights {
  /// Loads an average by name; what of it is missing or unexpected is passed over.
  package func loadAverage(from source: any WeightSource) throws {
    _ = try LoadedWeights(wanted: weightNames, from: source, load: loadAverage(_:named:))
  }

  /// Computes with the average in the place of the weights.
  package func withAverage<Result>(_ body: () throws -> Result) throws -> Result {
    try exchangeAverage()
    let result = Swift.Result { try body() }
    try exchangeAverage()
    return try result.get()
  }
}
