/// NumPy's global generator of a run, which all that draw from it share.
///
/// LeRobot calls the functions of `numpy.random` beside torch's, and its checkpoints hold both.
package final class NumPyStream {
  /// The present state.
  package var generator: NumPyGenerator

  package init(seed: UInt32 = 0) {
    generator = NumPyGenerator(seed: seed)
  }

  /// As `numpy.random.choice(bound, size=count)`: whole numbers in 0..<bound, which may repeat.
  package func choices(_ count: Int, below bound: Int) -> [Int] {
    (0..<count).map { _ in generator.integer(in: 0..<bound) }
  }
}
