import LeRobotCore
import Testing

struct SamplerPropertyTests {
  @Test(arguments: [0, 1, 2, 16, 100, 1045])
  func aPassIsAPermutation(frameCount: Int) {
    for seed: UInt64 in 0..<20 {
      var generator = TorchGenerator(seed: seed)
      let plan = RandomSampler(frameCount: frameCount).plan(batchSize: 16, generator: &generator)
      #expect(plan.batches.joined().sorted() == Array(0..<frameCount), "seed \(seed)")
      #expect(plan.batches.dropLast().allSatisfy { $0.count == 16 }, "seed \(seed)")
      #expect(plan.batches.allSatisfy { !$0.isEmpty }, "seed \(seed)")
    }
  }

  @Test func episodesLoseOnlyTheirFirstAndLastFrames() {
    let episodes = [0..<10, 10..<13, 13..<15, 20..<26]
    let sampler = EpisodeAwareSampler(episodes: episodes, droppingFirst: 1, droppingLast: 2)
    #expect(sampler.frames == [1, 2, 3, 4, 5, 6, 7, 21, 22, 23])
    for seed: UInt64 in 0..<20 {
      var generator = TorchGenerator(seed: seed)
      let plan = sampler.plan(batchSize: 4, generator: &generator)
      #expect(plan.batches.joined().sorted() == sampler.frames, "seed \(seed)")
    }
  }
}
