extension Backend {
  /// Runs `body` and puts the generators back to where they were if it throws or has no result.
  ///
  /// - Parameter keepsDraws: false puts them back in any case.
  package func undoingDraws<Result>(
    keepsDraws: Bool = true, _ body: () throws -> Result?
  ) throws -> Result? {
    let (random, deviceRandom) = (try randomState(), try deviceRandomState())
    let numPyRandom = numPy.generator
    func putBack() throws {
      numPy.generator = numPyRandom
      try setRandomState(random)
      if let deviceRandom { try setDeviceRandomState(deviceRandom) }
    }
    let result: Result?
    do {
      result = try body()
    } catch {
      try putBack()
      throw error
    }
    if result == nil || !keepsDraws { try putBack() }
    return result
  }
}
