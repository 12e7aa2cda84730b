import Foundation
import LeRobotCore
import LeRobotData
import Support
import Testing

/// Sources continue where a saved position says, or say why not.
@Suite struct BatchSourcePropertyTests {
  /// A source over the 21 frames of a fixture, in passes of 6 batches, and its generator.
  private struct Run {
    let source: IndexedBatches
    let generator: PlainGenerator

    init(
      workers: Int, transforms: Bool = true, batchSize: Int = 4,
      generator: TorchGenerator = TorchGenerator(seed: 9), rename: String = "fixture",
      dropping: Int? = nil
    ) throws {
      let dataset = try LoaderPropertyTests.open()
      let loader = try dataset.makeLoader(
        workerCount: workers,
        transforms: transforms ? try LoaderPropertyTests.transforms() : nil)
      self.generator = PlainGenerator(seed: 0)
      self.generator.generator = generator
      let sampler: any Sampler =
        dropping.map {
          EpisodeAwareSampler(episodes: dataset.episodeRanges, droppingLast: $0)
        } ?? RandomSampler(frameCount: dataset.frameCount)
      source = IndexedBatches(
        dataset.summary(name: rename), sampler: sampler, loader: loader,
        batchSize: batchSize, generator: self.generator)
    }

    func batches(_ count: Int) throws -> [Batch] {
      try (0..<count).map { _ in try source.next() }
    }

    /// What a checkpoint would hold, written and read.
    func saved() throws -> SourcePosition {
      let state = ResumePoint(position: source.position, partialAverages: .null).state
      let text = state.values.pythonText()
      let read = ResumeState(values: try JSONValue(parsing: text), tensors: state.tensors)
      return try #require(try ResumePoint(read).position)
    }
  }

  /// With 6 batches in a pass: at its beginning, in its middle, at its end, in the next.
  @Test(arguments: [0, 1, 3], [1, 3, 6, 8])
  func aResumedSourceGivesTheSameBatches(workers: Int, taken: Int) throws {
    let whole = try Run(workers: workers)
    _ = try whole.batches(taken)
    let (position, generator) = (try whole.saved(), whole.generator.generator)
    let expected = try whole.batches(7)
    let resumed = try Run(workers: workers, generator: generator)
    #expect(try resumed.source.resume(at: position) == [])
    #expect(resumed.source.position == position)
    for (ours, theirs) in zip(try resumed.batches(7), expected) {
      #expect(ours.tensors == theirs.tensors)
    }
    #expect(resumed.generator.generator == whole.generator.generator)
    whole.source.stop()
    resumed.source.stop()
  }

  /// The file of the first release: no versions, no prefixes, nothing of workers.
  @Test(arguments: [0, 2])
  func positionsOfTheFirstReleaseAreRead(workers: Int) throws {
    let whole = try Run(workers: workers)
    _ = try whole.batches(8)
    let (position, generator) = (try whole.saved(), whole.generator.generator)
    let old = ResumeState(
      values: [
        "taken": 2, "frames": 21, "batch_size": 4, "partial_averages": ["loss": [1, 2, 3]],
      ], tensors: position.tensors)
    let point = try ResumePoint(old)
    #expect(point.partialAverages == ["loss": [1, 2, 3]])
    let resumed = try Run(workers: workers, generator: generator)
    #expect(try resumed.source.resume(at: try #require(point.position)) == [])
    #expect(try resumed.batches(6).map(\.tensors) == whole.batches(6).map(\.tensors))
    var other = old
    other.values = ["taken": 2, "frames": 22, "batch_size": 4, "partial_averages": .null]
    let misfit = try #require(try ResumePoint(other).position)
    #expect(
      try Run(workers: workers).source.resume(at: misfit) == [
        .otherData(quantity: "number of frames", saved: "22", present: "21")
      ])
    whole.source.stop()
    resumed.source.stop()
  }

  /// Another number of workers keeps the order of frames; their changes are drawn otherwise.
  @Test(arguments: [(2, 3), (3, 2), (0, 1), (1, 0), (0, 2)])
  func otherWorkersKeepThePassAndSaySo(saved: Int, present: Int) throws {
    let whole = try Run(workers: saved)
    _ = try whole.batches(3)
    let (position, generator) = (try whole.saved(), whole.generator.generator)
    let expected = try whole.batches(3)
    let resumed = try Run(workers: present, generator: generator)
    #expect(
      try resumed.source.resume(at: position) == [.otherWorkers(saved: saved, present: present)])
    let found = try resumed.batches(3)
    #expect(found.map { $0["index"] } == expected.map { $0["index"] })
    #expect(found.map(\.tensors) != expected.map(\.tensors))
    // Without transforms nothing is drawn, and nothing lost.
    let plain = try Run(workers: saved, transforms: false)
    _ = try plain.batches(3)
    let other = try Run(
      workers: present, transforms: false, generator: plain.generator.generator)
    #expect(try other.source.resume(at: plain.saved()) == [])
    #expect(try other.batches(4).map(\.tensors) == plain.batches(4).map(\.tensors))
    for run in [whole, resumed, plain, other] { run.source.stop() }
  }

  @Test(arguments: [0, 2])
  func transformsThatWereNotThereBeforeAreToldOf(workers: Int) throws {
    let plain = try Run(workers: workers, transforms: false)
    _ = try plain.batches(2)
    let resumed = try Run(workers: workers)
    #expect(try resumed.source.resume(at: plain.saved()) == [.noTransformGenerators])
    #expect(try resumed.batches(1).map { $0["index"] } == plain.batches(1).map { $0["index"] })
    plain.source.stop()
    resumed.source.stop()
  }

  /// After any of these a new pass begins, as if nothing had been saved.
  @Test func aPositionThatDoesNotFitIsDropped() throws {
    let whole = try Run(workers: 0)
    _ = try whole.batches(2)
    let position = try whole.saved()
    func expectDropped(
      _ expected: ResumeProblem, by run: Run, _ change: (inout SourcePosition) -> Void = { _ in }
    ) throws {
      var changed = position
      change(&changed)
      #expect(try run.source.resume(at: changed) == [expected])
      #expect(run.source.position == nil, "\(expected)")
      _ = try run.batches(1)
      #expect(run.source.position?.values["taken"] == 1)
    }
    func values(_ key: String, _ value: JSONValue) -> (inout SourcePosition) -> Void {
      { $0.values = $0.values.setting(key, value) }
    }
    try expectDropped(.otherBatchSize(saved: 4, present: 5), by: Run(workers: 0, batchSize: 5))
    try expectDropped(
      .otherData(quantity: "dataset", saved: "fixture", present: "elsewhere"),
      by: Run(workers: 0, rename: "elsewhere"))
    try expectDropped(
      .otherData(quantity: "number of frames in a pass", saved: "21", present: "18"),
      by: Run(workers: 0, dropping: 1))
    try expectDropped(
      .otherData(quantity: "number of frames", saved: "20", present: "21"),
      by: Run(workers: 0), values("frames", 20))
    let checksum = try #require(position.values["episodes"]?.stringValue)
    try expectDropped(
      .otherData(quantity: "checksum of episodes", saved: "0", present: checksum),
      by: Run(workers: 0), values("episodes", "0"))
    try expectDropped(.otherRanks(saved: 2, present: 1), by: Run(workers: 0), values("ranks", 2))
    try expectDropped(
      .otherSource(saved: "streamed", present: "indexed"), by: Run(workers: 0)
    ) { $0.source = "streamed" }
    try expectDropped(
      .newerVersion(source: "indexed", found: 2, known: 1), by: Run(workers: 0)
    ) { $0.version = 2 }
    try expectDropped(.damaged(field: "version"), by: Run(workers: 0)) { $0.version = -1 }
    for taken: JSONValue in [-1, "two", 7, .null] {
      try expectDropped(.damaged(field: "taken"), by: Run(workers: 0), values("taken", taken))
    }
    for key in ["frames", "batch_size", "ranks", "dataset", "episodes", "frames_in_pass"] {
      try expectDropped(.damaged(field: key), by: Run(workers: 0), values(key, .null))
    }
    try expectDropped(.damaged(field: "pass_generator"), by: Run(workers: 0)) {
      $0.tensors["pass_generator"] = HostTensor([1, 2] as [UInt8], shape: [2])
    }
  }

  /// Generators of transforms that cannot be read: the pass goes on.
  @Test(arguments: [0, 2])
  func damagedGeneratorsOfTransformsAreToldOf(workers: Int) throws {
    let whole = try Run(workers: workers)
    _ = try whole.batches(2)
    let position = try whole.saved()
    for replacement in [nil, HostTensor([1, 2] as [UInt8], shape: [2])] {
      var damaged = position
      damaged.tensors["loader_generator.0"] = replacement
      let resumed = try Run(workers: workers)
      #expect(try resumed.source.resume(at: damaged) == [.noTransformGenerators])
      #expect(resumed.source.position?.values["taken"] == 2)
      _ = try resumed.batches(1)
      resumed.source.stop()
    }
    whole.source.stop()
  }

  @Test func aFileOfALaterReleaseOrADamagedOneIsRefused() {
    func problem(_ values: JSONValue) -> ResumeProblem? {
      do throws(ResumeProblem) {
        _ = try ResumePoint(ResumeState(values: values))
        return nil
      } catch { return error }
    }
    #expect(problem(["version": 2]) == .newerVersion(source: "format", found: 2, known: 1))
    #expect(problem(.null) == .damaged(field: "version"))
    #expect(problem(["version": "x"]) == .damaged(field: "version"))
    #expect(problem(["version": 1, "source": ["name": "indexed"]]) == .damaged(field: "source"))
    #expect(problem(["version": 1]) == nil, "before the first batch there is no position")
  }

  /// The same counts, but not the same episodes.
  @Test func otherEpisodesOfTheSameLengthHaveAnotherChecksum() {
    var summary = DatasetSummary.frames(20, episodes: 2)
    let checksum = summary.episodeChecksum
    #expect(checksum.count == 16 && summary.frameCount == 20 && summary.episodeCount == 2)
    summary.episodes[1].number = 2
    #expect(summary.episodeChecksum != checksum)
    summary.episodes = DatasetSummary.frames(20, episodes: 2).episodes
    #expect(summary.episodeChecksum == checksum)
    (summary.episodes[0].frames, summary.episodes[1].frames) = (0..<9, 9..<20)
    #expect(summary.episodeChecksum != checksum)
  }

  @Test func everyProblemIsALineThatSaysWhatIsDroppedAndWhatHappens() {
    let problems: [ResumeProblem] = [
      .damaged(field: "taken"), .newerVersion(source: "indexed", found: 2, known: 1),
      .otherSource(saved: "a", present: "b"),
      .otherData(quantity: "number of frames", saved: "1", present: "2"),
      .otherBatchSize(saved: 1, present: 2), .otherRanks(saved: 1, present: 2),
      .otherWorkers(saved: 1, present: 2), .noTransformGenerators, .noAverages,
      .noDeviceGenerator, .deviceGeneratorUnused,
    ]
    for problem in problems {
      let text = problem.description
      #expect(text.count { $0 == ";" } == 1 && !text.contains("\n"), "\(text)")
    }
    #expect(ResumeProblem.ofDeviceGenerator(isSaved: false, isThere: true) == [.noDeviceGenerator])
    #expect(
      ResumeProblem.ofDeviceGenerator(isSaved: true, isThere: false) == [.deviceGeneratorUnused])
    for both in [true, false] {
      #expect(ResumeProblem.ofDeviceGenerator(isSaved: both, isThere: both) == [])
    }
  }

  // MARK: - Ranks

  /// accelerate 1.15 with `even_batches`: 180 frames in batches of 7 on 3 ranks, 221 in 11 on 2.
  @Test(arguments: [(180, 7, 3), (221, 11, 2), (28, 7, 3), (5, 4, 3), (1, 2, 2), (24, 4, 2)])
  func ranksShareAPassInFullBatches(frames: Int, batchSize: Int, ranks: Int) {
    var generator = TorchGenerator(seed: 3)
    let plan = RandomSampler(frameCount: frames).plan(batchSize: batchSize, generator: &generator)
    let order = plan.batches.flatMap(\.self)
    let shares = (0..<ranks).map { plan.share(of: $0, among: ranks) }
    let rounds = (plan.batches.count + ranks - 1) / ranks
    for share in shares {
      #expect(share.batches.count == rounds && share.baseSeed == plan.baseSeed)
      #expect(share.batches.allSatisfy { $0.count == batchSize })
    }
    // Side by side they are the pass, continued with its own beginning.
    let joined = (0..<rounds).flatMap { round in shares.flatMap { $0.batches[round] } }
    #expect(joined == (0..<rounds * ranks * batchSize).map { order[$0 % frames] })
    #expect(plan.share(of: 0, among: 1) == plan)
  }

  @Test func theLastRoundIsThatOfAccelerate() {
    var generator = TorchGenerator(seed: 3)
    let plan = RandomSampler(frameCount: 180).plan(batchSize: 7, generator: &generator)
    let order = plan.batches.flatMap(\.self)
    let last = (0..<3).map { plan.share(of: $0, among: 3).batches[8] }
    #expect(last[0] == Array(order[168..<175]))
    #expect(last[1] == Array(order[175..<180] + order[0..<2]))
    #expect(last[2] == Array(order[2..<9]))
  }
}

extension JSONValue {
  /// The object with another value under a key.
  fileprivate func setting(_ key: String, _ value: JSONValue) -> JSONValue {
    var object = objectValue ?? [:]
    object[key] = value
    return .object(object)
  }
}
