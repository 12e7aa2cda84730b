import Fast
import Foundation
import LeRobotCore
import Support
import Testing

/// torch's streams as `Fixtures/generate/random_streams.py` recorded them.
struct TorchGeneratorGoldenTests {
  private struct States: Decodable {
    var seed: UInt64
    var draws: [Int]
    var states: [String]
    var state_with_cached_normal: String
    var next_normals: [UInt64]
  }

  @Test func stateHasTorchsBytes() throws {
    let golden = try RandomFixture.load(States.self, "torch_state")
    for (count, state) in zip(golden.draws, golden.states) {
      var generator = TorchGenerator(seed: golden.seed)
      for _ in 0..<count { _ = generator.next32() }
      #expect(generator.state == RandomFixture.bytes(state), "after \(count) draws")
    }
  }

  @Test func readStateGoesOnAsTorchDoes() throws {
    let golden = try RandomFixture.load(States.self, "torch_state")
    var generator = try TorchGenerator(
      state: RandomFixture.bytes(golden.state_with_cached_normal))
    #expect(generator.state == RandomFixture.bytes(golden.state_with_cached_normal))
    let normals: [Double] = generator.normal(count: 2)
    #expect(normals.map(\.bitPattern) == golden.next_normals)
  }

  @Test func aStateThatIsNoStateIsRefused() throws {
    #expect(throws: RandomStateError.wrongSize(generator: "torch", expected: 5056, found: 3)) {
      try TorchGenerator(state: [1, 2, 3])
    }
    var state = TorchGenerator(seed: 1).state
    state[8] = 0
    #expect(throws: RandomStateError.invalid(generator: "torch", field: "left", value: 0)) {
      try TorchGenerator(state: state)
    }
    state[8] = 1
    state[17] = 9
    #expect(throws: RandomStateError.invalid(generator: "torch", field: "next", value: 2304)) {
      try TorchGenerator(state: state)
    }
  }

  private struct Discrete: Decodable {
    var seed: UInt64
    var random64: [Int64]
    var permutation_sizes: [Int]
    var permutations: [[Int]]
    var integer_ranges: [[Int64]]
    var integers: [[Int64]]
    var bernoulli_probability: Double
    var bernoulli: [Int]
    var dropout_rate: Double
    var dropout: [Int]
    var weights: [UInt32]
    var multinomial: [[Int]]
    var multinomial_one: [Int]
    var multinomial_replacement: [Int]
    var after: Int64
  }

  @Test func integersEqualTorchs() throws {
    let golden = try RandomFixture.load(Discrete.self, "torch_discrete")
    var generator = TorchGenerator(seed: golden.seed)
    #expect(golden.random64.map { _ in generator.nextInt64() } == golden.random64)
    generator = TorchGenerator(seed: golden.seed)
    for (bounds, expected) in zip(golden.integer_ranges, golden.integers) {
      #expect(expected.map { _ in generator.integer(in: bounds[0]..<bounds[1]) } == expected)
    }
  }

  @Test func permutationsEqualTorchs() throws {
    let golden = try RandomFixture.load(Discrete.self, "torch_discrete")
    var generator = TorchGenerator(seed: golden.seed)
    for (count, expected) in zip(golden.permutation_sizes, golden.permutations) {
      #expect(generator.permutation(count) == expected)
    }
  }

  @Test func masksEqualTorchs() throws {
    let golden = try RandomFixture.load(Discrete.self, "torch_discrete")
    var generator = TorchGenerator(seed: golden.seed)
    let drawn = golden.bernoulli.map { _ in generator.bernoulli(golden.bernoulli_probability) }
    #expect(drawn == golden.bernoulli.map { $0 == 1 })
    generator = TorchGenerator(seed: golden.seed)
    let mask = generator.dropoutMask(count: golden.dropout.count, rate: golden.dropout_rate)
    #expect(mask == golden.dropout.map { $0 == 1 })
  }

  @Test func choicesEqualTorchs() throws {
    let golden = try RandomFixture.load(Discrete.self, "torch_discrete")
    var generator = TorchGenerator(seed: golden.seed)
    var weights: [Float] = generator.uniform(count: golden.weights.count)
    weights[3] = 0
    #expect(weights.map(\.bitPattern) == golden.weights)
    for expected in golden.multinomial {
      let drawn = generator.multinomial(
        weights: weights, count: expected.count, replacement: false)
      #expect(drawn == expected)
    }
    let one = generator.multinomial(weights: weights, count: 1, replacement: false)
    #expect(one == golden.multinomial_one)
    let many = generator.multinomial(
      weights: weights, count: golden.multinomial_replacement.count, replacement: true)
    #expect(many == golden.multinomial_replacement)
    #expect(generator.nextInt64() == golden.after)
  }

  private struct Continuous: Decodable {
    var seed: UInt64
    var uniform_float32: [UInt32]
    var uniform_float64: [UInt64]
    var exponential_float32: [UInt32]
    var exponential_float64: [UInt64]
    var normal_sizes: [Int]
    var normal_float32: [[UInt32]]
    var normal_float64: [[UInt64]]
    struct Truncated: Decodable {
      var mean: Double
      var deviation: Double
      var bounds: [Double]
    }
    var truncated: Truncated
    var truncated_float32: [UInt32]
    var standard_normal_float32: [UInt32]
    var standard_normal_float64: [UInt64]
  }

  @Test func uniformsEqualTorchs() throws {
    let golden = try RandomFixture.load(Continuous.self, "torch_continuous")
    var generator = TorchGenerator(seed: golden.seed)
    let floats: [Float] = generator.uniform(count: 700, from: -0.0123, to: 0.0123)
    #expect(floats.map(\.bitPattern) == golden.uniform_float32)
    generator = TorchGenerator(seed: golden.seed)
    let doubles: [Double] = generator.uniform(count: 700, from: -0.0123, to: 0.0123)
    #expect(doubles.map(\.bitPattern) == golden.uniform_float64)
  }

  @Test func exponentialsEqualTorchs() throws {
    let golden = try RandomFixture.load(Continuous.self, "torch_continuous")
    var generator = TorchGenerator(seed: golden.seed)
    let drawn = golden.exponential_float64.map { _ in generator.exponential(rate: 2.5) }
    #expect(drawn.map(\.bitPattern) == golden.exponential_float64)
    #expect(drawn.map { Float($0).bitPattern } == golden.exponential_float32)
  }

  private struct Betas: Decodable {
    var seed: UInt64
    var shapes: [[Double]]
    var drawn: [[UInt32]]
    var next_uniform: [UInt64]
  }

  @Test func betasEqualTorchs() throws {
    let golden = try RandomFixture.load(Betas.self, "torch_beta")
    var generator = TorchGenerator(seed: golden.seed)
    for (shape, expected) in zip(golden.shapes, golden.drawn) {
      let drawn = expected.map { _ in generator.beta(shape[0], shape[1]).bitPattern }
      #expect(drawn == expected, "Beta(\(shape[0]), \(shape[1]))")
    }
    #expect((generator.uniform() as Double).bitPattern == golden.next_uniform[0])
  }

  private struct BFloat16s: Decodable {
    var seed: UInt64
    var sizes: [Int]
    var uniform: [[UInt16]]
    var normal: [[UInt16]]
    var next_uniform: [UInt64]
  }

  @Test func drawsInBFloat16EqualTorchs() throws {
    let golden = try RandomFixture.load(BFloat16s.self, "torch_bfloat16")
    var generator = TorchGenerator(seed: golden.seed)
    for (size, (uniform, normal)) in zip(golden.sizes, zip(golden.uniform, golden.normal)) {
      let flat = generator.uniformBFloat16(count: size, from: -0.3, to: 0.17)
      #expect(flat.map(BFloat16.bits) == uniform, "\(size) at once")
      let round = generator.normalBFloat16(count: size, mean: 0.011, standardDeviation: 0.02)
      #expect(round.map(BFloat16.bits) == normal, "\(size) at once")
    }
    #expect((generator.uniform() as Double).bitPattern == golden.next_uniform[0])
  }

  /// libtorch draws them otherwise from its release 2.8 on.
  @Test func weightsInBFloat16AreDrawnAsByTheTorchOfLeRobot() async throws {
    let golden = try RandomFixture.load(BFloat16s.self, "torch_bfloat16")
    try await onTorchThread {
      let backend = try FastBackend(device: "cpu")
      try backend.seed(golden.seed)
      let random = TorchRandom().source(of: .bfloat16, isDrawn: true)
      for (size, (uniform, normal)) in zip(golden.sizes, zip(golden.uniform, golden.normal)) {
        let flat = random.uniform([size], from: -0.3, to: 0.17)
        #expect(try flat.host() == Self.tensor(uniform), "\(size) at once")
        let round = random.normal([size], mean: 0.011, standardDeviation: 0.02)
        #expect(try round.host() == Self.tensor(normal), "\(size) at once")
      }
      let next = TorchRandom(dataType: .float64).uniform([1], from: 0, to: 1)
      #expect(try next.host().doubles.map(\.bitPattern) == golden.next_uniform)
    }
  }

  private static func tensor(_ bits: [UInt16]) -> HostTensor {
    HostTensor(.bfloat16, shape: [bits.count], buffer: HostBuffer(bits))
  }

  @Test func normalsEqualTorchsInFloat32() throws {
    let golden = try RandomFixture.load(Continuous.self, "torch_continuous")
    var generator = TorchGenerator(seed: golden.seed)
    for (count, expected) in zip(golden.normal_sizes, golden.normal_float32) {
      let drawn: [Float] = generator.normal(count: count, mean: -0.003, standardDeviation: 0.7)
      #expect(drawn.map(\.bitPattern) == expected, "\(count) at once")
    }
    generator = TorchGenerator(seed: golden.seed)
    let many: [Float] = generator.normal(count: golden.standard_normal_float32.count)
    #expect(many.map(\.bitPattern) == golden.standard_normal_float32)
  }

  @Test func normalsEqualTorchsInFloat64() throws {
    let golden = try RandomFixture.load(Continuous.self, "torch_continuous")
    var generator = TorchGenerator(seed: golden.seed)
    for (count, expected) in zip(golden.normal_sizes, golden.normal_float64) {
      let drawn: [Double] = generator.normal(count: count, mean: -0.003, standardDeviation: 0.7)
      #expect(drawn.map(\.bitPattern) == expected, "\(count) at once")
    }
    generator = TorchGenerator(seed: golden.seed)
    let many: [Double] = generator.normal(count: golden.standard_normal_float64.count)
    #expect(many.map(\.bitPattern) == golden.standard_normal_float64)
  }

  @Test func truncatedNormalsEqualTorchs() throws {
    let golden = try RandomFixture.load(Continuous.self, "torch_continuous")
    var generator = TorchGenerator(seed: golden.seed)
    let drawn = generator.truncatedNormal(
      count: golden.truncated_float32.count, mean: golden.truncated.mean,
      standardDeviation: golden.truncated.deviation,
      in: golden.truncated.bounds[0]...golden.truncated.bounds[1])
    #expect(drawn.map(\.bitPattern) == golden.truncated_float32)
  }
}
