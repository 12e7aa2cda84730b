import LeRobotCore
import LeRobotTraining
import Testing

/// What a run says of the disk before it begins.
@Suite struct DiskForecastPropertyTests {
  /// 10 bytes of weights, 20 of the optimizer.
  private func forecast(
    keeping: Int? = nil, stepsLeft: Int = 100, keepsWeights: Bool = false, free: Int? = 1000,
    _ change: (inout TrainPipelineConfig) -> Void = { $0.saveFrequency = 10 }
  ) -> DiskForecast {
    var config = TrainPipelineConfig(dataset: DatasetConfig(repositoryID: "x"))
    change(&config)
    return DiskForecast(
      LearnerMemory(weights: 10, trained: 10, momentCount: 2), config, keeping: keeping,
      stepsLeft: stepsLeft, keepsWeights: keepsWeights, free: free)
  }

  @Test func everyCheckpointCounts() {
    #expect(forecast().bytes == 300)
    #expect(forecast(stepsLeft: 91).bytes == 300, "the last step has one too")
    #expect(forecast(stepsLeft: 90).bytes == 270)
    #expect(forecast { $0.saveFrequency = 0 }.bytes == 30)
    #expect(forecast { $0.savesCheckpoints = false }.bytes == 0)
    #expect(forecast(stepsLeft: 0).bytes == 0)
  }

  /// A new checkpoint is whole before an old one goes.
  @Test func ofThoseThatAreRemovedOneMoreIsThere() {
    #expect(forecast(keeping: 2).bytes == 90)
    #expect(forecast(keeping: 50).bytes == 300)
    #expect(forecast(keeping: 2, keepsWeights: true).bytes == 90 + 8 * 10)
  }

  @Test func aWarningComesWhereTheyDoNotFit() {
    #expect(forecast(free: 300).warning("RUN") == nil)
    #expect(forecast(free: nil).warning("RUN") == nil)
    let warning = forecast(free: 299).warning("RUN")
    #expect(warning?.hasPrefix("RUN: \(formatBytes(299)) are free") == true)
    #expect(warning?.contains("--keep_checkpoints=2") == true)
  }

  @Test func moreThanCanBeCountedIsNoTrap() {
    let endless = forecast(stepsLeft: .max) { $0.saveFrequency = 1 }
    #expect(endless.bytes == .max && !endless.text.isEmpty)
  }
}
