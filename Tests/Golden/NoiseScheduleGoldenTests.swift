import LeRobotCore
import Support
import Testing

/// The schedules of diffusers' DDPM and DDIM, as `Fixtures/generate/noise_schedules.py` recorded
/// them.
@Suite struct NoiseScheduleGoldenTests {
  private let rows: [JSONValue]

  init() throws {
    let file = RepositoryFiles.fixtures.appending(path: "policies/noise_schedules.jsonl")
    rows = try RepositoryFiles.lines(file).map { try JSONValue(parsing: $0) }
  }

  private func schedule(_ row: JSONValue) throws -> (BetaSchedule, NoiseSchedule) {
    let shape = try #require(BetaSchedule(rawValue: row["schedule"]?.stringValue ?? ""))
    let schedule = NoiseSchedule(
      shape, count: try #require(row["count"]?.intValue),
      start: try #require(row["start"]?.doubleValue), end: try #require(row["end"]?.doubleValue))
    return (shape, schedule)
  }

  private func expect(
    _ found: [Float], equal expected: JSONValue?, within bound: Double, absolute: Double = 0,
    _ what: String
  ) throws {
    let expected = try #require(expected?.arrayValue).compactMap(\.doubleValue)
    let message = mismatch(
      expected, found.map(Double.init), relative: bound, absolute: absolute)
    #expect(message == nil, "\(what)")
  }

  @Test func noiseEqualsDiffusersToTheLastBit() throws {
    #expect(rows.count > 10)
    for row in rows {
      let (shape, schedule) = try schedule(row)
      let what = "\(shape), \(schedule.betas.count)"
      // Bit for bit but for the sigmoid's exponential.
      let bound = shape == .sigmoid ? 2e-7 : 0
      try expect(schedule.betas, equal: row["betas"], within: bound, "β of \(what)")
      try expect(
        schedule.cumulativeAlphas, equal: row["cumulative"], within: bound, "ᾱ of \(what)")
    }
  }

  @Test func stepsAndTheirWeightsEqualDiffusers() throws {
    for row in rows {
      let (shape, schedule) = try schedule(row)
      for golden in try #require(row["steps"]?.arrayValue) {
        let timesteps = try #require(golden["timesteps"]?.arrayValue).compactMap(\.intValue)
        let steps = schedule.denoisingSteps(timesteps.count)
        let what = "\(shape), \(schedule.betas.count), \(timesteps.count) steps"
        #expect(steps.map(\.timestep) == timesteps, "\(what)")
        func expect(
          _ found: [Float], _ kind: String, _ weight: String, absolute: Double = 0
        ) throws {
          // torch takes its square roots from MKL, whose last bit is often off.
          try self.expect(
            found, equal: golden[kind]?[weight], within: 4e-7, absolute: absolute,
            "\(kind) \(weight) of \(what)")
        }
        try expect(steps.map(\.posteriorCleanWeight), "ddpm", "clean")
        try expect(steps.map(\.posteriorSampleWeight), "ddpm", "sample")
        // The last step draws nothing.
        try expect(steps.dropLast().map(\.posteriorDeviation) + [0], "ddpm", "noise")
        guard shape != .sigmoid else { continue }
        try expect(
          steps.map { $0.previousSignalScale / $0.signalScale }, "ddim", "sample")
        try expect(
          steps.map {
            $0.previousNoiseScale - $0.previousSignalScale * $0.noiseScale / $0.signalScale
          }, "ddim", "noise", absolute: 4e-7)
      }
    }
  }
}
