/// Gives access to the engine's global generator for draws that Core makes itself.
package protocol GlobalGenerator: AnyObject {
  /// Runs `body` with the generator's present state and writes the advanced state back.
  func draw<Result>(_ body: (inout TorchGenerator) throws -> Result) throws -> Result
}

/// The global generator of an engine, lent to Core's own draws as a `TorchGenerator`.
package final class EngineGenerator: GlobalGenerator {
  private let backend: any Backend

  package init(_ backend: any Backend) {
    self.backend = backend
  }

  package func draw<Result>(
    _ body: (inout TorchGenerator) throws -> Result
  ) throws -> Result {
    var generator = try TorchGenerator(state: backend.randomState())
    let result = try body(&generator)
    try backend.setRandomState(generator.state)
    return result
  }
}
