import LeRobotCore

extension DatasetSummary {
  /// A dataset of which only the frames count: episodes of equal length.
  package static func frames(
    _ frameCount: Int, episodes: Int = 1, name: String = "none/none"
  ) -> DatasetSummary {
    let length = frameCount / episodes
    return DatasetSummary(
      name: name, fps: 10, features: [:], statistics: [:],
      episodes: (0..<episodes).map { number in
        Episode(
          number: number,
          frames: number * length..<(number + 1 == episodes ? frameCount : (number + 1) * length))
      })
  }
}

extension IndexedBatches {
  /// All frames in random order, each batch its indices alone.
  package convenience init(
    frames: Int, batchSize: Int, generator: any GlobalGenerator, world: any World = SoloWorld()
  ) {
    self.init(
      .frames(frames), sampler: RandomSampler(frameCount: frames), loader: IndexLoader(),
      batchSize: batchSize, generator: generator, world: world)
  }
}
