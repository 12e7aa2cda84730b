import Foundation
import LeRobotCore
import Support
import Testing

/// Learning rates of the real schedules, as `Fixtures/generate/schedules.py` recorded them.
struct LearningRateScheduleGoldenTests {
  private struct Case {
    let name: String
    let config: SchedulerConfig
    let row: JSONValue

    init(_ row: JSONValue) throws {
      self.row = row
      name = try #require(row["name"]?.stringValue)
      let options = try #require(row["options"])
      let warmupSteps = options["num_warmup_steps"]?.intValue
      config =
        switch row["type"]?.stringValue {
        case "diffuser":
          .diffuser(name: try #require(options["name"]?.stringValue), warmupSteps: warmupSteps)
        case "vqbet":
          .vqbet(
            warmupSteps: try #require(warmupSteps),
            vqvaeTrainingSteps: try #require(options["num_vqvae_training_steps"]?.intValue),
            cycles: try #require(options["num_cycles"]?.doubleValue))
        default:
          .cosineDecayWithWarmup(
            warmupSteps: try #require(warmupSteps),
            decaySteps: try #require(options["num_decay_steps"]?.intValue),
            peakLearningRate: try #require(options["peak_lr"]?.doubleValue),
            decayLearningRate: try #require(options["decay_lr"]?.doubleValue))
        }
    }

    /// - Parameter extension: steps that a resumed run is given beyond those of the first.
    func schedule(_ baseRates: [Double], extension: Int = 0) throws -> LearningRateSchedule {
      try LearningRateSchedule(
        config, baseRates: baseRates, optimizerRate: baseRates[0],
        totalSteps: try #require(row["total_steps"]?.intValue) + `extension`)
    }
  }

  private let baseRates: [Double]
  private let cases: [Case]

  init() throws {
    let file = RepositoryFiles.fixtures.appending(path: "optim/schedules.json")
    let golden = try JSONValue(parsing: Data(contentsOf: file))
    baseRates = try #require(golden["base_rates"]?.arrayValue).compactMap(\.doubleValue)
    cases = try #require(golden["schedules"]?.arrayValue).map(Case.init)
  }

  @Test func aLongerRunGoesOnAsLeRobotsDoes() throws {
    for golden in cases {
      var schedule = try golden.schedule(baseRates, extension: 130)
      let state = try #require(golden.row["state_100"]?.stringValue)
      try schedule.restore(JSONValue(parsing: state))
      let expected = try #require(golden.row["extended_rates"]?.arrayValue)
        .compactMap(\.doubleValue)
      #expect(expected.count == 60)
      for (step, rate) in expected.enumerated() {
        #expect(schedule.rates[0] == rate, "\(golden.name), step \(100 + step)")
        schedule.step()
      }
    }
  }

  @Test func ratesEqualLeRobotsToTheLastBit() throws {
    for golden in cases {
      var schedule = try golden.schedule(baseRates)
      let first = try #require(golden.row["rates"]?.arrayValue).compactMap(\.doubleValue)
      let second = try #require(golden.row["second_rates"]?.arrayValue).compactMap(\.doubleValue)
      var drawn: [[Double]] = []
      for _ in first {
        drawn.append(schedule.rates)
        schedule.step()
      }
      #expect(drawn.map { $0[0] } == first, "\(golden.name)")
      let thinned = stride(from: 0, to: drawn.count, by: 40).map { drawn[$0][1] }
      #expect(thinned == second, "\(golden.name)")
    }
  }

  @Test func stateIsTorchsFile() throws {
    for golden in cases {
      var schedule = try golden.schedule(baseRates)
      for _ in 0..<100 { schedule.step() }
      #expect(
        schedule.state.pythonText(indent: 4) == golden.row["state_100"]?.stringValue,
        "\(golden.name)")
    }
  }

  @Test func restoredStateGoesOnAsIfNothingHappened() throws {
    for golden in cases {
      let text = try #require(golden.row["state_100"]?.stringValue)
      var resumed = try golden.schedule(baseRates)
      try resumed.restore(JSONValue(parsing: text))
      var straight = try golden.schedule(baseRates)
      for _ in 0..<100 { straight.step() }
      #expect(resumed == straight, "\(golden.name)")
      resumed.step()
      straight.step()
      #expect(resumed.rates == straight.rates, "\(golden.name)")
    }
  }

  @Test func aScheduleFittedToAShorterRunSaysSo() throws {
    for golden in cases {
      #expect(try golden.schedule(baseRates).notice == golden.row["notice"]?.stringValue)
    }
  }

  private func error(_ config: SchedulerConfig, rate: Double = 1e-4) -> ScheduleError? {
    do throws(ScheduleError) {
      _ = try LearningRateSchedule(
        config, baseRates: [rate], optimizerRate: rate, totalSteps: 10)
      return nil
    } catch {
      return error
    }
  }

  @Test func impossibleSchedulesAreRefused() {
    #expect(error(.diffuser(name: "nope", warmupSteps: 1)) == .unknownName("nope"))
    #expect(
      error(.diffuser(name: "linear", warmupSteps: nil)) == .warmupMissing(name: "linear"))
    #expect(error(.diffuser(name: "piecewise_constant", warmupSteps: 1)) == .rulesMissing)
    #expect(
      error(.diffuser(name: "polynomial", warmupSteps: 1), rate: 1e-8)
        == .startBelowEnd(start: 1e-8, end: 1e-7))
    #expect(
      error(
        .cosineDecayWithWarmup(
          warmupSteps: 1, decaySteps: 0, peakLearningRate: 1, decayLearningRate: 0))
        == .notPositive(field: "num_decay_steps", value: 0))
    #expect(
      error(
        .cosineDecayWithWarmup(
          warmupSteps: 1, decaySteps: 5, peakLearningRate: 0, decayLearningRate: 0))
        == .notPositive(field: "peak_lr", value: 0))
  }

  @Test func brokenStatesAreRefused() throws {
    let fresh = try LearningRateSchedule(
      .diffuser(name: "constant", warmupSteps: nil), baseRates: [1, 2], optimizerRate: 1,
      totalSteps: 10)
    func error(_ key: String, _ value: JSONValue) -> ScheduleError? {
      guard case .object(var members) = fresh.state else { return nil }
      members[key] = value
      var schedule = fresh
      do throws(ScheduleError) {
        try schedule.restore(.object(members))
        return nil
      } catch {
        return error
      }
    }
    #expect(
      error("last_epoch", "three")
        == .invalidState(field: "last_epoch", reason: "is not a number of steps"))
    #expect(
      error("base_lrs", ["x", 1.0])
        == .invalidState(field: "base_lrs", reason: "is not a list of learning rates"))
    #expect(
      error("_last_lr", [1.0])
        == .invalidState(field: "_last_lr", reason: "has 1 rates for 2 parameter groups"))
  }
}
