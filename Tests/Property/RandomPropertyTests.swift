import LeRobotCore
import Testing

/// What holds of the random streams for every seed.
struct RandomPropertyTests {
  @Test func savedTorchStateGoesOnWhereItWasSaved() throws {
    for seed: UInt64 in 0..<40 {
      var generator = TorchGenerator(seed: seed &* 0x9e37_79b9_7f4a_7c15)
      for _ in 0..<Int(seed * 37) { _ = generator.next32() }
      // An odd number of single normals leaves one kept.
      _ = generator.normal() as Double
      var restored = try TorchGenerator(state: generator.state)
      #expect(restored == generator, "seed \(seed)")
      #expect(restored.state == generator.state, "seed \(seed)")
      #expect(restored.normal(count: 3) as [Double] == generator.normal(count: 3), "seed \(seed)")
      #expect(restored.permutation(700) == generator.permutation(700), "seed \(seed)")
    }
  }

  @Test func integersLieInTheirRange() {
    let ranges: [Range<Int>] = [0..<1, -3..<4, 0..<(1 << 31), -(1 << 40)..<(1 << 33)]
    for seed: UInt32 in 0..<20 {
      var torch = TorchGenerator(seed: UInt64(seed))
      var numPy = NumPyGenerator(seed: seed)
      var python = PythonGenerator(seed: Int(seed))
      var pcg = PCG64Generator(seed: UInt64(seed))
      for range in ranges {
        let bounds = Int64(range.lowerBound)..<Int64(range.upperBound)
        for _ in 0..<20 {
          #expect(bounds.contains(torch.integer(in: bounds)), "seed \(seed)")
          #expect(range.contains(numPy.integer(in: range)), "seed \(seed)")
          #expect(range.contains(python.integer(in: range)), "seed \(seed)")
          #expect(range.contains(pcg.integer(in: range)), "seed \(seed)")
        }
      }
    }
  }

  @Test func choicesWithoutReplacementAreDistinctAndNeverWeightless() {
    for seed: UInt64 in 0..<50 {
      var generator = TorchGenerator(seed: seed)
      var weights: [Float] = generator.uniform(count: 9, from: 0.1, to: 1)
      weights[Int(seed % 9)] = 0
      let chosen = generator.multinomial(weights: weights, count: 8, replacement: false)
      #expect(Set(chosen).count == 8, "seed \(seed)")
      #expect(!chosen.contains(Int(seed % 9)), "seed \(seed)")
    }
  }

  @Test func truncatedNormalsLieBetweenTheirBounds() {
    for seed: UInt64 in 0..<20 {
      var generator = TorchGenerator(seed: seed)
      let drawn = generator.truncatedNormal(count: 100, standardDeviation: 2, in: -0.5...3)
      #expect(drawn.allSatisfy { (-0.5...3).contains($0) }, "seed \(seed)")
    }
  }
}
