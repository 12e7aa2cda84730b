import Foundation
import LeRobotCore
import Support
import Testing

/// The batches of DataLoader and accelerate, as `Fixtures/generate/sampler_orders.py` recorded.
struct SamplerGoldenTests {
  private struct Golden: Decodable {
    struct Run: Decodable {
      struct Epoch: Decodable {
        var batches: [[Int]]
        var worker_seeds: [Int64]
      }
      var workers: Int
      var uniforms_before: [UInt32]
      var epochs: [Epoch]
      var random64_after: Int64
    }
    var seed: UInt64
    var frames: Int
    var episodes: [[Int]]
    var dropped_last: Int
    var batch_size: Int
    var random: [Run]
    var episode_aware: [Run]
  }

  private let golden: Golden

  init() throws {
    let file = RepositoryFiles.fixtures.appending(path: "training/sampler.json")
    golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
  }

  private func check(_ sampler: some Sampler, against runs: [Golden.Run]) {
    for run in runs {
      var generator = TorchGenerator(seed: golden.seed)
      for bits in run.uniforms_before {
        #expect((generator.uniform() as Float).bitPattern == bits)
      }
      for epoch in run.epochs {
        let plan = sampler.plan(batchSize: golden.batch_size, generator: &generator)
        #expect(plan.batches == epoch.batches)
        if run.workers > 0 {
          let seeds = plan.batches.indices.map { plan.baseSeed + Int64($0 % run.workers) }
          #expect(seeds == epoch.worker_seeds)
        }
      }
      #expect(generator.nextInt64() == run.random64_after)
    }
  }

  @Test func randomSamplerGivesDataLoadersBatches() {
    check(RandomSampler(frameCount: golden.frames), against: golden.random)
  }

  @Test func episodeAwareSamplerGivesLeRobotsBatches() {
    let episodes = golden.episodes.map { $0[0]..<$0[1] }
    check(
      EpisodeAwareSampler(episodes: episodes, droppingLast: golden.dropped_last),
      against: golden.episode_aware)
  }
}
