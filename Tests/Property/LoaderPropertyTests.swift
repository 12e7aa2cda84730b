import Foundation
import LeRobotCore
import LeRobotData
import Support
import Testing

/// The engine's generator, as far as loaders know it.
private final class Generator: GlobalGenerator {
  var state: TorchGenerator

  init(seed: UInt64) {
    state = TorchGenerator(seed: seed)
  }

  func draw<Result>(_ body: (inout TorchGenerator) throws -> Result) throws -> Result {
    try body(&state)
  }
}

/// Loaders deliver the same batches however they work.
struct LoaderPropertyTests {
  static let plan = EpochPlan(
    order: [3, 20, 7, 0, 1, 2, 12, 11, 10, 6, 6, 6, 15, 4, 19, 5, 18, 9, 8, 13],
    batchSize: 3, baseSeed: 4242)

  static func open() throws -> LeRobotDataset {
    try DatasetFixture.open(
      DatasetFixture.layout("v30"), deltas: DeltaIndices(action: Array(0..<4)))
  }

  static func transforms() throws -> ImageTransforms {
    var config = ImageTransformsConfig()
    config.enable = true
    return try ImageTransforms(config: config)
  }

  private func load(
    _ loader: any BatchLoader, _ plan: EpochPlan = plan, _ generator: Generator = .init(seed: 1)
  ) throws -> [Batch] {
    try loader.begin(plan)
    var batches: [Batch] = []
    while let batch = try loader.next(generator) { batches.append(batch) }
    return batches
  }

  @Test(arguments: [0, 1, 2, 4, 9])
  func anyNumberOfWorkersGivesTheBatchesInOrder(_ workerCount: Int) throws {
    let dataset = try Self.open()
    let reader = dataset.makeReader()
    let expected = try Self.plan.batches.map { indices in try reader.batch(indices) }
    let loader = try dataset.makeLoader(workerCount: workerCount)
    for pass in 0..<2 {
      let batches = try load(loader)
      #expect(batches.count == expected.count)
      for (number, (ours, theirs)) in zip(batches, expected).enumerated() {
        #expect(ours.tensors == theirs.tensors, "pass \(pass), batch \(number)")
        #expect(ours.tasks == theirs.tasks)
      }
    }
    loader.stop()
  }

  /// Whatever is drawn, and whatever else is in a batch, stays the same.
  @Test(arguments: [0, 1, 3], [false, true])
  func picturesThatNobodyLooksAtAreLeftOut(workerCount: Int, isChanged: Bool) throws {
    let (dataset, transforms) = (try Self.open(), try Self.transforms())
    func load(_ unseen: Range<Int>) throws -> (batches: [Batch], generator: Generator) {
      let loader = try dataset.makeLoader(
        workerCount: workerCount, transforms: isChanged ? transforms : nil)
      defer { loader.stop() }
      var plan = Self.plan
      plan.unseen = unseen
      let generator = Generator(seed: 3)
      return (try self.load(loader, plan, generator), generator)
    }
    let (all, some) = (try load(0..<0), try load(1..<4))
    #expect(all.generator.state == some.generator.state)
    let cameras = Set(dataset.contents.cameras.keys)
    #expect(!cameras.isEmpty)
    for (number, (a, b)) in zip(all.batches, some.batches).enumerated() {
      let isSeen = !(1..<4).contains(number)
      #expect(b.tensors == a.tensors.filter { isSeen || !cameras.contains($0.key) }, "\(number)")
    }
  }

  @Test(arguments: [1, 2, 4])
  func eachWorkerDrawsFromItsOwnGenerator(_ workerCount: Int) throws {
    let (dataset, transforms) = (try Self.open(), try Self.transforms())
    let reader = dataset.makeReader()
    var generators = (0..<workerCount).map {
      TorchGenerator(seed: UInt64(Self.plan.baseSeed) + UInt64($0))
    }
    let loader = try dataset.makeLoader(workerCount: workerCount, transforms: transforms)
    let generator = Generator(seed: 1)
    let batches = try load(loader, Self.plan, generator)
    #expect(generator.state == TorchGenerator(seed: 1))
    for (number, indices) in Self.plan.batches.enumerated() {
      let expected = try reader.batch(
        indices, transforms: transforms, generator: &generators[number % workerCount])
      #expect(batches[number].tensors == expected.tensors, "batch \(number)")
    }
    loader.stop()
  }

  /// accelerate has fetched batch k + 1 when it hands out batch k (Q-RNG-2).
  @Test func withoutWorkersDrawsAreOneBatchAhead() throws {
    let (dataset, transforms) = (try Self.open(), try Self.transforms())
    let reader = dataset.makeReader()
    let loader = try dataset.makeLoader(workerCount: 0, transforms: transforms)
    let generator = Generator(seed: 9)
    var expected = TorchGenerator(seed: 9)
    var ahead = try reader.batch(
      Self.plan.batches[0], transforms: transforms, generator: &expected)
    try loader.begin(Self.plan)
    for number in Self.plan.batches.indices {
      let present = ahead
      if number + 1 < Self.plan.batches.count {
        ahead = try reader.batch(
          Self.plan.batches[number + 1], transforms: transforms, generator: &expected)
      }
      #expect(try loader.next(generator)?.tensors == present.tensors, "batch \(number)")
      #expect(generator.state == expected, "after batch \(number)")
    }
    #expect(try loader.next(generator) == nil)
  }

  @Test func changedPicturesAreFloatsOfTheSameShape() throws {
    let (dataset, transforms) = (try Self.open(), try Self.transforms())
    var generator = TorchGenerator(seed: 3)
    let reader = dataset.makeReader()
    let (plain, changed) = (
      try reader.batch([4, 9]),
      try reader.batch([4, 9], transforms: transforms, generator: &generator)
    )
    for (key, tensor) in plain.tensors {
      let isCamera = dataset.features[key]?.isCamera == true
      #expect(changed[key]?.shape == tensor.shape, "\(key)")
      #expect(changed[key]?.scalarType == (isCamera ? .float32 : tensor.scalarType), "\(key)")
    }
  }

  @Test(arguments: [0, 1, 3])
  func errorsComeWithTheBatchTheyBelongTo(_ workerCount: Int) throws {
    let folder = try TemporaryFolder()
    let path = try DatasetFixture.copy("v21", into: folder)
    try FileManager.default.removeItem(atPath: path + DatasetFixture.firstEpisode)
    try FileManager.default.copyItem(
      at: RepositoryFiles.fixtures.appending(path: "tables/broken_picture.parquet"),
      to: URL(filePath: path + DatasetFixture.firstEpisode))
    let dataset = try DatasetFixture.open(path)
    let loader = try dataset.makeLoader(workerCount: workerCount)
    try loader.begin(EpochPlan(order: [0, 1, 8, 9, 3, 4, 5, 6], batchSize: 2, baseSeed: 0))
    let generator = Generator(seed: 1)
    #expect(try loader.next(generator)?.size == 2)
    #expect(try loader.next(generator)?.size == 2)
    let error = #expect(throws: DataError.self) { try loader.next(generator) }
    guard case .atFrame(0, 4, _)? = error else {
      Issue.record("\(String(describing: error)) is not about episode 0, frame 4")
      return
    }
    #expect(try loader.next(generator)?.size == 2)
    #expect(try loader.next(generator) == nil)
    loader.stop()
  }

  /// The third worker gets none: the two before it end, and nobody waits for the others.
  @Test func threadsThatTheSystemLacksAreMissed() throws {
    let dataset = try Self.open()
    var started = 0
    let error = #expect(throws: DataError.self) {
      try PrefetchingLoader(dataset, workerCount: 4, transforms: nil) { body in
        started += 1
        return started < 3 ? startThread(body) : EAGAIN
      }
    }
    #expect(
      error == .noThread(worker: 2, count: 4, reason: String(cString: strerror(EAGAIN))))
    #expect(error?.description.hasSuffix("lower --num_workers") == true)
    #expect(started == 3)
  }

  @Test func aNewPassDropsWhatWasInFlight() throws {
    let dataset = try Self.open()
    let loader = try dataset.makeLoader(workerCount: 3)
    let generator = Generator(seed: 1)
    for start in 0..<20 {
      try loader.begin(
        EpochPlan(
          order: (0..<9).map { UInt32((start + $0) % 21) }, batchSize: 1, baseSeed: 0))
      for step in 0..<start % 4 {
        let index = try loader.next(generator)?["index"]
        #expect(index == HostTensor([Int64((start + step) % 21)], shape: [1]))
      }
    }
    loader.stop()
  }

  @Test func stoppingEndsAPassAtAnyPoint() throws {
    let dataset = try Self.open()
    for taken in 0..<4 {
      let loader = try dataset.makeLoader(workerCount: 4)
      let generator = Generator(seed: 1)
      try loader.begin(Self.plan)
      for _ in 0..<taken { _ = try loader.next(generator) }
      loader.stop()
      #expect(try loader.next(generator) == nil)
    }
  }
}
