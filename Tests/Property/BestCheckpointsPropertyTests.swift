import LeRobotCore
import Support
import Testing

/// Which checkpoints are the best, and when nothing gets better.
@Suite struct BestCheckpointsPropertyTests {
  /// Against sorting all that was ever measured.
  @Test(arguments: 0..<50)
  func theBestAreThoseOfASort(seed: Int) {
    var generator = SplitMix64(seed: UInt64(seed))
    let metric: SelectionMetric = Bool.random(using: &generator) ? .actionError : .success
    let count = Int.random(in: 1...4, using: &generator)
    var best = BestCheckpoints(metric, count: count)
    var all: [(step: Int, value: Double)] = []
    for step in 1...20 {
      // Few values, so that many are equal.
      let value = Double(Int.random(in: 0...6, using: &generator))
      best.add(value, step: step)
      if best.steps.contains(step), Bool.random(using: &generator) { best.noteExtra(step: step) }
      all.append((step, value))
      let sorted = all.sorted { a, b in
        a.value == b.value ? a.step < b.step : metric.isBetter(a.value, than: b.value)
      }
      #expect(best.entries.map(\.step) == sorted.prefix(count).map(\.step), "seed \(seed)")
      let since = all.count { $0.step > sorted[0].step }
      #expect(best.measurementsSinceBest == since)
      var resumed = BestCheckpoints(metric, count: count)
      resumed.restore(best.state)
      #expect(resumed.entries == best.entries)
      #expect(resumed.measurementsSinceBest == best.measurementsSinceBest)
    }
  }

  @Test func onlyExtraCheckpointsAreDropped() {
    var best = BestCheckpoints(.actionError, count: 1)
    best.add(3, step: 10)
    best.noteExtra(step: 10)
    best.add(2, step: 20)
    #expect(best.dropped == [10])
    best.forgetDropped()
    best.add(1, step: 30)
    #expect(best.dropped.isEmpty && best.best?.step == 30)
  }

  @Test func patienceCountsMeasurementsWithoutABetterOne() {
    var best = BestCheckpoints(.success, patience: 2)
    best.add(10, step: 1)
    best.add(10, step: 2)
    #expect(!best.isExhausted)
    // A resumed run measures its step again.
    best.add(10, step: 2)
    #expect(!best.isExhausted)
    best.add(.nan, step: 3)
    #expect(best.isExhausted && best.best?.step == 1)
    best.add(11, step: 4)
    #expect(!best.isExhausted && best.best?.step == 4)
  }

  @Test func aStateOfAnotherMetricIsDropped() {
    var best = BestCheckpoints(.actionError)
    best.add(3, step: 10)
    var other = BestCheckpoints(.loss)
    other.restore(best.state)
    #expect(other.entries.isEmpty)
    for damaged in [JSONValue.null, ["metric": "validation/action_error"], [1, 2]] {
      var resumed = BestCheckpoints(.actionError)
      resumed.restore(damaged)
      #expect(resumed.entries.isEmpty)
    }
  }

  @Test(arguments: [
    ("8h", 28800.0), ("90m", 5400), ("1h30m", 5400), ("45s", 45), ("120", 120), ("1.5h", 5400),
    ("2d", 172800),
  ])
  func timesAreRead(_ text: String, _ seconds: Double) throws {
    let span = try #require(TimeSpan(text))
    #expect(span.seconds == seconds)
    #expect(TimeSpan(span.text)?.seconds == seconds)
  }

  @Test(arguments: ["", "h", "8x", "8h5", "-1", "0", "1h-5m", "nan", "inf"])
  func whatIsNoTimeIsNot(_ text: String) { #expect(TimeSpan(text) == nil, "\(text)") }
}
