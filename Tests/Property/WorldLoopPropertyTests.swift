import LeRobotCore
import Support
import Testing

/// Several ranks go through the training loop together.
@Suite struct WorldLoopPropertyTests {
  /// What a rank saw.
  private struct Seen: Sendable {
    var outcome: TrainingOutcome
    var batches: [[Int]]
    var events: [String]
    var evaluations: [Int]
    /// By step saved, the samples counted.
    var samples: [Int: Int]
  }

  /// Every rank trains on a share of 24 frames, in batches of 4.
  private func train(
    ranks: Int, stopping: (rank: Int, step: Int)? = nil, evaluating: Bool = false
  ) throws -> [Seen] {
    try LoopbackWorld.run(size: ranks) { world in
      var config = TrainPipelineConfig(dataset: DatasetConfig(repositoryID: "none/none"))
      (config.batchSize, config.steps, config.logFrequency) = (4, 6, 2)
      (config.saveFrequency, config.evaluationFrequency) = (4, 3)
      let (learner, recorder, stop) = (CountingLearner(), EventRecorder(), StopRequest())
      learner.loss = { _, frames in Double(frames[0]) }
      learner.beforeUpdate = { step in
        if let stopping, stopping == (world.rank, step) { stop.request(signal: 15) }
      }
      var seen = Seen(
        outcome: .finished, batches: [], events: [], evaluations: [], samples: [:])
      var evaluate: Evaluate?
      if evaluating {
        evaluate = { step in
          seen.evaluations.append(step)
          return EvaluationSummary(
            averageSumReward: 1, averageMaximumReward: 1, successPercentage: 1, episodeCount: 1,
            seconds: 1)
        }
      }
      var loop = TrainLoop(
        config: config,
        components: TrainerComponents(
          learner: learner, world: world,
          source: IndexedBatches(
            frames: 24, batchSize: 4, generator: PlainGenerator(seed: 7), world: world),
          preprocess: { $0 }, events: RunEvents([recorder]),
          saving: Saving(
            begin: { seen.samples[$0.step] = $0.metrics.samples }, finished: { _ in [] }),
          evaluate: evaluate, stop: stop),
        rates: LearningRates(base: [0.5]), dataset: .frames(24), startingAt: 0)
      seen.outcome = try loop.run()
      (seen.batches, seen.events) = (learner.seen, recorder.events)
      return seen
    }
  }

  @Test func ranksShareEachPass() throws {
    let seen = try train(ranks: 2)
    for pass in [0..<3, 3..<6] {
      let frames = seen.flatMap { $0.batches[pass].flatMap(\.self) }
      #expect(frames.sorted() == Array(0..<24))
    }
    #expect(seen[0].batches != seen[1].batches)
  }

  @Test func onlyTheMainRankSavesAndSamplesCountAllRanks() throws {
    let seen = try train(ranks: 3)
    #expect(seen[0].samples == [4: 4 * 4 * 3, 6: 6 * 4 * 3])
    for other in seen.dropFirst() {
      #expect(other.samples == [:] && !other.events.contains { $0.hasPrefix("saving") })
    }
  }

  /// A log line's loss is the mean over the ranks.
  @Test func averagesAreThoseOfAllRanks() throws {
    let seen = try train(ranks: 2)
    let own = seen.map { $0.batches.prefix(2).map { Double($0[0]) } }
    let mean = own.joined().reduce(0, +) / 4
    #expect(own[0] != own[1])
    for other in seen { #expect(other.events.contains("log \(mean)")) }
  }

  @Test(arguments: [0, 1, 2])
  func aStopOfOneRankEndsAllAfterTheSameStep(rank: Int) throws {
    let seen = try train(ranks: 3, stopping: (rank, 3))
    for other in seen {
      #expect(other.outcome == .interrupted(step: 3, signal: 15))
      #expect(other.batches.count == 3)
    }
    #expect(seen[0].samples.keys.sorted() == [3])
  }

  @Test func onlyTheMainRankEvaluates() throws {
    let seen = try train(ranks: 2, evaluating: true)
    #expect(seen.map(\.evaluations) == [[3, 6], []])
    #expect(seen.allSatisfy { $0.outcome == .finished && $0.batches.count == 6 })
  }
}
