import LeRobotCore
import Support
import Testing

/// NumPy's streams as `Fixtures/generate/random_streams.py` recorded them.
struct NumPyGeneratorGoldenTests {
  private struct Golden: Decodable {
    struct Legacy: Decodable {
      var uniforms: [UInt64]
      var bounded: [UInt64]
      var integers: [[Int]]
      var normals: [UInt64]
      var state_words: [UInt32]
      var state_position: Int
      var state_has_normal: Int
      var state_normal: UInt64
    }
    struct Generator: Decodable {
      var seed: UInt64
      var uniforms: [UInt64]
      var bounded: [UInt64]
      var integers: [[Int]]
    }
    var seed: UInt32
    var ranges: [[Int]]
    var bounds: [Double]
    var legacy: Legacy
    var generators: [Generator]
  }

  private let golden: Golden

  init() throws {
    golden = try RandomFixture.load(Golden.self, "numpy")
  }

  @Test func randomStateEqualsNumPys() {
    var generator = NumPyGenerator(seed: golden.seed)
    let expected = golden.legacy
    #expect(expected.uniforms.map { _ in generator.uniform().bitPattern } == expected.uniforms)
    let bounded = expected.bounded.map { _ in
      generator.uniform(from: golden.bounds[0], to: golden.bounds[1]).bitPattern
    }
    #expect(bounded == expected.bounded)
    for (range, integers) in zip(golden.ranges, expected.integers) {
      #expect(integers.map { _ in generator.integer(in: range[0]..<range[1]) } == integers)
    }
    #expect(expected.normals.map { _ in generator.normal().bitPattern } == expected.normals)
    #expect(generator.engine.words == expected.state_words)
    #expect(generator.engine.position == expected.state_position)
    #expect(expected.state_has_normal == 1)
    #expect(generator.cachedNormal?.bitPattern == expected.state_normal)
  }

  @Test func restoredRandomStateGoesOn() {
    var straight = NumPyGenerator(seed: golden.seed)
    for _ in 0..<701 { _ = straight.normal() }
    var restored = NumPyGenerator(
      engine: MersenneTwister(words: straight.engine.words, position: straight.engine.position),
      cachedNormal: straight.cachedNormal)
    #expect((0..<5).map { _ in restored.normal() } == (0..<5).map { _ in straight.normal() })
  }

  @Test func defaultGeneratorEqualsNumPys() {
    for expected in golden.generators {
      var generator = PCG64Generator(seed: expected.seed)
      #expect(expected.uniforms.map { _ in generator.uniform().bitPattern } == expected.uniforms)
      let bounded = expected.bounded.map { _ in
        generator.uniform(from: golden.bounds[0], to: golden.bounds[1]).bitPattern
      }
      #expect(bounded == expected.bounded)
      for (range, integers) in zip(golden.ranges, expected.integers) {
        #expect(integers.map { _ in generator.integer(in: range[0]..<range[1]) } == integers)
      }
    }
  }
}
