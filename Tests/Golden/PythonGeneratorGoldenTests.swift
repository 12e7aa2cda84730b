import LeRobotCore
import Support
import Testing

/// Python's `random` as `Fixtures/generate/random_streams.py` recorded it.
struct PythonGeneratorGoldenTests {
  private struct Golden: Decodable {
    struct Run: Decodable {
      var seed: Int
      var uniforms: [UInt64]
      var bit_counts: [Int]
      var bits: [UInt64]
      var ranges: [[Int]]
      var integers: [[Int]]
      var shuffled: [Int]
      var state: [UInt32]
      var next: [UInt64]
    }
    var runs: [Run]
  }

  private let runs: [Golden.Run]

  init() throws {
    runs = try RandomFixture.load(Golden.self, "python").runs
  }

  @Test func drawsEqualPythons() {
    for run in runs {
      var generator = PythonGenerator(seed: run.seed)
      #expect(run.uniforms.map { _ in generator.uniform().bitPattern } == run.uniforms)
      #expect(run.bit_counts.map { generator.bits($0) } == run.bits)
      for (range, integers) in zip(run.ranges, run.integers) {
        #expect(integers.map { _ in generator.integer(in: range[0]..<range[1]) } == integers)
      }
      var items = Array(0..<30)
      generator.shuffle(&items)
      #expect(items == run.shuffled)
      #expect(generator.state == run.state)
    }
  }

  @Test func readStateGoesOnAsPythonDoes() throws {
    for run in runs {
      var generator = try PythonGenerator(state: run.state)
      #expect(run.next.map { _ in generator.uniform().bitPattern } == run.next)
    }
  }

  @Test func aStateThatIsNoStateIsRefused() {
    #expect(throws: RandomStateError.wrongSize(generator: "Python", expected: 625, found: 2)) {
      try PythonGenerator(state: [1, 2])
    }
    #expect(throws: RandomStateError.invalid(generator: "Python", field: "position", value: 700)) {
      try PythonGenerator(state: [UInt32](repeating: 0, count: 624) + [700])
    }
  }
}
