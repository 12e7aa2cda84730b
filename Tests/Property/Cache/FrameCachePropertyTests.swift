import Foundation
import LeRobotCore
import LeRobotData
import Support
import Synchronization
import Testing

/// A frame cache changes no byte of a batch, and stays within its bounds.
struct FrameCachePropertyTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private final class Warnings: Sendable {
    let lines = Mutex<[String]>([])
    var count: Int { lines.withLock { $0.count } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
  }

  private func disk(_ bytes: Int? = 1 << 30) -> FrameCache {
    FrameCache(place: .disk(folder: folder.file("cache"), bytes: bytes))
  }

  /// Two passes of a loader, without the clock's help or hindrance.
  private static func batches(_ dataset: LeRobotDataset, workers: Int) throws -> [Batch] {
    let loader = try dataset.makeLoader(workerCount: workers)
    defer { loader.stop() }
    var batches: [Batch] = []
    for plan in [LoaderPropertyTests.plan, LoaderPropertyTests.plan] {
      try loader.begin(plan)
      while let batch = try loader.next(NoGenerator()) { batches.append(batch) }
    }
    return batches
  }

  /// Video and pictures from a table, with neighbours and repeated frames.
  @Test(arguments: [0, 1, 2, 4], ["memory", "part of memory", "disk"])
  func cachedBatchesAreTheUncachedOnes(workers: Int, place: String) throws {
    let plain = try DatasetFixture.open(
      DatasetFixture.layout("v30"), deltas: DeltaIndices(observation: [-1, 0]))
    let cache =
      switch place {
      case "memory": FrameCache(place: .memory(bytes: 1 << 20))
      case "disk": disk()
      default: FrameCache(place: .memory(bytes: try #require(plain.packedBytes()) / 2))
      }
    let warnings = Warnings()
    let cached = plain.keepingFrames(cache) { warnings.add($0) }
    let expected = try Self.batches(plain, workers: 0)
    for round in 0..<2 {
      let actual = try Self.batches(cached, workers: workers)
      // Not within the macro, which would print every byte.
      let same = actual.map(\.tensors) == expected.map(\.tensors)
      #expect(same, "round \(round)")
    }
    #expect(warnings.count == 0)
  }

  @Test(arguments: ["memory", "disk"])
  func aKeptFrameIsDecodedOnce(place: String) throws {
    let camera = CountingCamera()
    let plain = camera.dataset(frames: 9)
    let cache =
      place == "disk" ? disk() : FrameCache(place: .memory(bytes: 1 << 20))
    let cached = plain.keepingFrames(cache) { Issue.record("\($0)") }
    for rows in [[3, 1, 3], [0, 1, 2, 3, 4, 5, 6, 7, 8], [8, 0, 5]] {
      #expect(try cached.pictures(rows) == CountingCamera.pictures(rows))
    }
    #expect(camera.made == Dictionary(uniqueKeysWithValues: (0..<9).map { ($0, 1) }))
  }

  @Test func memoryKeepsAsManyFramesAsItMay() throws {
    let room = FrameCache(place: .memory(bytes: 1 << 20))
    let whole = CountingCamera().dataset(frames: 10).keepingFrames(room) { _ in }
    _ = try whole.pictures(Array(0..<10))
    let all = try #require(whole.keptFrames)
    #expect(all.frames == 10)
    // Without the eight bytes before each record.
    let estimate = try #require(CountingCamera().dataset(frames: 10).packedBytes())
    #expect((all.bytes * 7 / 10...all.bytes).contains(estimate))
    let camera = CountingCamera()
    let less = FrameCache(place: .memory(bytes: all.bytes / 2))
    let cached = camera.dataset(frames: 10).keepingFrames(less) { _ in }
    for _ in 0..<3 { _ = try cached.pictures(Array(0..<10)) }
    let kept = try #require(cached.keptFrames?.frames)
    #expect((4...6).contains(kept))
    #expect((0..<10).map { camera.made[$0] } == (0..<10).map { $0 < kept ? 1 : 3 })
  }

  /// Every thread gets whole pictures, whoever of them decodes.
  @Test func threadsThatReadTheSameFramesAgree() throws {
    let camera = CountingCamera()
    let cached = camera.dataset(frames: 50).keepingFrames(
      FrameCache(place: .memory(bytes: 25 * 72))
    ) { _ in }
    DispatchQueue.concurrentPerform(iterations: 8) { thread in
      var generator = SplitMix64(seed: UInt64(thread))
      for _ in 0..<20 {
        let rows = (0..<50).shuffled(using: &generator)
        #expect((try? cached.pictures(rows)) == CountingCamera.pictures(rows))
      }
    }
  }

  @Test func noCacheLeavesTheDatasetAsItIs() throws {
    let camera = CountingCamera()
    let same = camera.dataset(frames: 3).keepingFrames(FrameCache(place: .nowhere)) { _ in }
    for _ in 0..<2 { _ = try same.pictures([0]) }
    #expect(camera.made == [0: 2])
  }

  // MARK: - On disk

  /// How far apart the records of a `CountingCamera` begin.
  private static let distance = 16 + PicturePacker.bound((4, 5))

  private var file: String { folder.file("cache/observation.images.c.frames") }

  /// Reads nine frames through the file, as a process of its own would.
  private func passes(
    _ camera: CountingCamera = CountingCamera(), bytes: Int? = 1 << 30,
    warn: @escaping @Sendable (String) -> Void = { Issue.record("\($0)") }
  ) throws -> [Int: Int] {
    let cached = camera.dataset(frames: 9).keepingFrames(disk(bytes), warn: warn)
    let rows = [4, 8, 0, 1, 2, 7, 6, 5, 3]
    #expect(try cached.pictures(rows) == CountingCamera.pictures(rows))
    return camera.made
  }

  @Test func framesOnDiskServeTheNextRun() throws {
    #expect(try passes().count == 9)
    #expect(try passes() == [:])
  }

  /// A table's `index` may hold anything; frames are then kept by their row.
  @Test(arguments: [-1, 1 << 62, Int64.max, .min])
  func frameNumbersThatAreNoPlaceHarmNothing(number: Int64) throws {
    let camera = CountingCamera()
    for _ in 0..<2 {
      let plain = camera.dataset(numbers: [0, number, number, 3])
      let cached = plain.keepingFrames(disk()) { Issue.record("\($0)") }
      #expect(try cached.pictures([0, 1, 2, 3]) == CountingCamera.pictures([0, 1, 2, 3]))
    }
    #expect(camera.made == [0: 1, 1: 1, 2: 1, 3: 1])
  }

  /// Cut off anywhere, the file gives what is whole of it.
  @Test(arguments: [0, 1, 63, 64, 65, 64 + distance, 64 + 3 * distance + 15, -1])
  func aFileCutShortIsMadeWhole(size: Int) throws {
    _ = try passes()
    let whole = try Data(contentsOf: URL(filePath: file)).count
    let size = size < 0 ? whole + size : size
    #expect(truncate(file, off_t(size)) == 0)
    #expect(try passes().count == 9 - max(0, size - 64) / Self.distance)
    #expect(try passes() == [:])
  }

  @Test(arguments: [0, 30, 64, 71, 72, 79, 64 + 4 * distance + 40])
  func aByteThatChangedIsNoticed(offset: Int) throws {
    _ = try passes()
    var bytes = try Data(contentsOf: URL(filePath: file))
    bytes[offset] ^= 0x10
    try bytes.write(to: URL(filePath: file))
    #expect(try passes().count == (offset < 64 ? 9 : 1))
    #expect(try passes() == [:])
  }

  @Test func anotherFileInItsPlaceIsReplaced() throws {
    try FileManager.default.createDirectory(
      atPath: folder.file("cache"), withIntermediateDirectories: true)
    let foreign = [UInt8](repeating: 7, count: 2000)
    _ = try folder.write(foreign, to: "cache/observation.images.c.frames")
    #expect(try passes().count == 9)
    #expect(try passes() == [:])
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("cache"))
    #expect(names == ["observation.images.c.frames"])
  }

  @Test func whatFramesWereDecodedFromDecides() throws {
    let video = try folder.write([1, 2, 3], to: "video")
    #expect(try passes(CountingCamera(file: video)).count == 9)
    #expect(try passes(CountingCamera(file: video)) == [:])
    let later = Date(timeIntervalSinceNow: 10)
    try FileManager.default.setAttributes([.modificationDate: later], ofItemAtPath: video)
    #expect(try passes(CountingCamera(file: video)).count == 9, "changed at another time")
    #expect(try passes(CountingCamera(file: video)) == [:])
    #expect(try passes(CountingCamera(file: video, decoding: "2")).count == 9, "another decoder")
    _ = try folder.write([1, 2, 3, 4], to: "video")
    try FileManager.default.setAttributes([.modificationDate: later], ofItemAtPath: video)
    #expect(try passes(CountingCamera(file: video)).count == 9, "of another size")
  }

  @Test func aDiskThatIsFullIsSaidOnceAndTheRestDecoded() throws {
    let warnings = Warnings()
    #expect(try passes(bytes: 4 * Self.distance) { warnings.add($0) }.count == 9)
    #expect((1...5).contains(try passes(bytes: 0) { warnings.add($0) }.count))
    #expect(warnings.count == 2)
    for line in warnings.lines.withLock({ $0 }) {
      #expect(
        line == "\(folder.file("cache")): the frame cache is full "
          + "(half of the space that was free is used); other frames are decoded each time")
    }
  }

  @Test func aFolderThatCannotBeWrittenIsSaidAndFramesAreDecoded() throws {
    _ = try folder.write([], to: "cache")
    let warnings = Warnings()
    #expect(try passes { warnings.add($0) }.count == 9)
    #expect(warnings.count == 1)
    let line = try #require(warnings.lines.withLock { $0.first })
    #expect(line.contains("cannot be written") && line.contains("are decoded each time"))
  }

  /// A video with other pictures of the same size, number and times.
  @Test func aVideoThatWasReplacedIsReadAnew() throws {
    let path = try DatasetFixture.copy("v30", into: folder)
    let before = try DatasetFixture.open(path).keepingFrames(disk()) { Issue.record("\($0)") }
    _ = try before.makeReader().batch(Array(0..<before.frameCount))
    let video = path + "/videos/observation.images.top/chunk-000/file-000.mp4"
    let index = try VideoIndex(path: video)
    let writer = try VideoWriter(path: video, width: index.width, height: index.height, fps: 10)
    for frame in 0..<index.frameCount {
      try writer.add([UInt8](repeating: UInt8(frame), count: 3 * index.width * index.height))
    }
    try writer.close()
    let after = try DatasetFixture.open(path)
    let cached = after.keepingFrames(disk()) { Issue.record("\($0)") }
    let rows = Array(0..<after.frameCount)
    let same = try cached.makeReader().batch(rows).tensors == after.makeReader().batch(rows).tensors
    #expect(same)
  }

  /// Runs on different episodes share one file.
  @Test func aSelectionOfEpisodesUsesWhatOthersKept() throws {
    let layout = DatasetFixture.layout("v30")
    let part = try DatasetFixture.open(layout, episodes: [1])
    let whole = try DatasetFixture.open(layout)
    for dataset in [part, whole, part] {
      let cached = dataset.keepingFrames(disk()) { Issue.record("\($0)") }
      let rows = Array(0..<dataset.frameCount)
      let (actual, expected) = (
        try cached.makeReader().batch(rows).tensors, try dataset.makeReader().batch(rows).tensors
      )
      let same = actual == expected
      #expect(same, "\(dataset.episodeCount) episodes")
    }
  }
}

/// For loaders that draw nothing.
private final class NoGenerator: GlobalGenerator {
  func draw<Result>(_ body: (inout TorchGenerator) throws -> Result) throws -> Result {
    var generator = TorchGenerator(seed: 0)
    return try body(&generator)
  }
}
