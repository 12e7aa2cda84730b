import LeRobotCore
import LeRobotData
import Support
import Testing

/// Errors of planned actions and the baselines that they are compared with.
@Suite struct ActionErrorPropertyTests {
  /// Against the plain definition over all that was added.
  @Test(arguments: 0..<30)
  func meansAreThoseOfTheDefinition(seed: Int) throws {
    var generator = SplitMix64(seed: UInt64(seed))
    func random(_ count: Int) -> [Double] {
      (0..<count).map { _ in Double.random(in: -2...2, using: &generator) }
    }
    let (width, steps) = (
      Int.random(in: 1...3, using: &generator), Int.random(in: 1...12, using: &generator)
    )
    var errors = ActionErrors(width: width)
    var all: [(step: Int, joint: Int, episode: Int, error: Double)] = []
    for _ in 0..<Int.random(in: 1...9, using: &generator) {
      let (planned, recorded) = (random(steps * width), random((steps + 2) * width))
      let real = Int.random(in: 1...steps, using: &generator)
      let padding = (0..<steps + 2).map { $0 >= real }
      let episode = Int.random(in: 0...2, using: &generator)
      errors.add(
        planned[...], recorded: recorded[...], isPadding: padding[...], episode: episode)
      for place in 0..<real * width {
        let error = abs(planned[place] - recorded[place])
        all.append((place / width, place % width, episode, error))
      }
    }
    func mean(_ isWanted: ((step: Int, joint: Int, episode: Int, error: Double)) -> Bool) -> Double
    {
      let chosen = all.filter(isWanted).map(\.error)
      return chosen.reduce(0, +) / Double(chosen.count)
    }
    let report = try #require(errors.report())
    #expect(abs(report.error - mean { _ in true }) < 1e-12)
    for joint in 0..<width {
      #expect(abs(report.joints[joint] - mean { $0.joint == joint }) < 1e-12)
    }
    #expect(report.prefixes.map(\.steps) == [1, 5, 10].filter { $0 < steps })
    for prefix in report.prefixes {
      #expect(abs(prefix.error - mean { $0.step < prefix.steps }) < 1e-12)
    }
    let episodes = Set(all.map(\.episode)).map { number in mean { $0.episode == number } }.sorted()
    #expect(abs(report.worst.error - (episodes.last ?? .nan)) < 1e-12)
    #expect(abs(report.median.error - episodes[(episodes.count - 1) / 2]) < 1e-12)
  }

  @Test func nothingHasNoErrors() {
    var errors = ActionErrors(width: 2)
    #expect(errors.report() == nil)
    errors.add([1, 2], recorded: [1, 2], isPadding: [true], episode: 0)
    #expect(errors.report() == nil)
  }

  private static let demo = RepositoryFiles.fixtures.appending(path: "datasets/pusht_demo").path

  /// Against adding up what follows each frame.
  @Test func theMeanChunkIsTheMeanOfWhatFollows() throws {
    let dataset = try DatasetFixture.open(Self.demo, deltas: DeltaIndices(action: Array(0..<30)))
    let found = try dataset.meanActionChunk(steps: 30)
    let reader = dataset.makeReader()
    var (sums, counts) = ([Double](repeating: 0, count: 60), [Double](repeating: 0, count: 30))
    let batch = try reader.batch(Array(0..<dataset.frameCount), isSeen: false)
    let actions = try #require(batch["action"]).doubles
    let isPadding = try #require(batch["action_is_pad"]?.values(of: Bool.self))
    for row in 0..<isPadding.count where !isPadding[row] {
      counts[row % 30] += 1
      for joint in 0..<2 { sums[row % 30 * 2 + joint] += actions[row * 2 + joint] }
    }
    let expected = sums.enumerated().map { $1 / counts[$0 / 2] }
    #expect(mismatch(expected, found, relative: 1e-9) == nil)
  }

  @Test(arguments: [1, 7, 50, 10_000])
  func framesAreSpreadOverAllEpisodes(count: Int) throws {
    let dataset = try DatasetFixture.open(Self.demo)
    let frames = dataset.spreadFrames(count)
    #expect(frames == Set(frames).sorted())
    #expect(frames.count >= min(count, dataset.frameCount))
    for range in dataset.episodeRanges { #expect(frames.contains { range.contains($0) }) }
    if count >= dataset.frameCount { #expect(frames.count == dataset.frameCount) }
  }

  /// All episodes' own statistics are the dataset's.
  @Test func statisticsOfAllEpisodesAreTheDatasets() throws {
    let dataset = try DatasetFixture.open(Self.demo)
    let own = try dataset.contents.withOwnStatistics().statistics
    for key in ["observation.state", "action"] {
      let stored = try #require(dataset.statistics[key])
      #expect(own[key]?.keys == stored.keys)
      for (name, tensor) in stored {
        let found = try #require(own[key]?[name])
        #expect(found.shape == tensor.shape)
        #expect(mismatch(tensor.doubles, found.doubles, relative: 1e-3) == nil, "\(key) \(name)")
      }
    }
  }

  /// LeRobot 0.6 takes of each task the first frames, as many of each.
  @Test(arguments: [(0, 2437), (64, 64), (1, 1), (100_000, 2437)])
  func framesOfTheLossAreTheFirstOfEachTask(limit: Int, count: Int) throws {
    let dataset = try DatasetFixture.open(Self.demo)
    let frames = try dataset.validationFrames(limit: limit)
    #expect(frames == Array(0..<count))
  }

  /// Three tasks in turn, a third of the limit each.
  @Test func framesOfTheLossAreSharedAmongTasks() throws {
    var dataset = try DatasetFixture.open(Self.demo)
    var contents = dataset.contents
    contents.table.columns["task_index"] = FrameColumn(
      shape: [], values: (0..<dataset.frameCount).map { Int64($0 % 3) })
    dataset = LeRobotDataset(contents: contents, deltas: DeltaIndices())
    #expect(try dataset.validationFrames(limit: 7) == [0, 3, 1, 4, 2, 5])
    #expect(try dataset.validationFrames(limit: 2) == [0, 1, 2])
  }
}
