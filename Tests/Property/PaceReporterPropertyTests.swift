import Foundation
import LeRobotCore
import LeRobotData
import Support
import Synchronization
import Testing

/// What the log says about the speed of a run.
@Suite struct PaceReporterPropertyTests {
  private final class Log {
    var lines: [String] = []
  }

  private let log = Log()
  private let batch = Batch(tensors: [:])
  private let metrics = MetricsTracker(
    batchSize: 8, frameCount: 16, episodeCount: 2, meters: MetricsTracker.trainingMeters)

  private func reporter(
    workers: Int = 2, environment: [String: String] = [:],
    secondsWithoutCore: @escaping () -> Double? = { nil }
  ) -> PaceReporter {
    let log = log
    let logger = ConsoleLogger(isTerminal: false, write: { log.lines.append($0) })
    return PaceReporter(
      logger: logger, workerCount: workers, environment: environment,
      secondsWithoutCore: secondsWithoutCore)
  }

  private func record(step: Int, data: Double, update: Double) -> StepRecord {
    StepRecord(
      step: step, result: StepResult(loss: 1, gradientNorm: 1), learningRate: 1,
      updateSeconds: update, dataSeconds: data)
  }

  /// Reports an interval of two steps.
  private func interval(_ reporter: PaceReporter, data: Double, update: Double) {
    for step in 1...2 {
      reporter.didUpdate(record(step: step, data: data, update: update), batch: batch)
    }
    reporter.didAverage(metrics)
  }

  @Test func theFirstStepDoesNotCount() {
    let reporter = reporter()
    reporter.didUpdate(record(step: 1, data: 9, update: 1), batch: batch)
    reporter.didAverage(metrics)
    #expect(log.lines.isEmpty)
    interval(reporter, data: 0.004, update: 2)
    #expect(log.lines.count == 1)
    #expect(
      log.lines[0].hasSuffix(
        "A step waits 0.004 s for data (0 %) and computes for 2.000 s: computing holds the run "
          + "back\n"))
  }

  @Test func aLineComesOnlyWhenTheAnswerChanges() {
    let reporter = reporter()
    for _ in 0..<3 { interval(reporter, data: 0.01, update: 1) }
    for _ in 0..<3 { interval(reporter, data: 1, update: 1) }
    interval(reporter, data: 0.01, update: 1)
    #expect(log.lines.count == 3)
    #expect(log.lines[1].contains("(50 %)"))
    #expect(log.lines[1].contains("loading data holds the run back; raise --num_workers=2"))
  }

  @Test func withoutWorkersTheRemedyIsToHaveSome() {
    interval(self.reporter(workers: 0), data: 1, update: 1)
    #expect(log.lines[0].contains("let workers load it: --num_workers=2"))
  }

  @Test(arguments: [
    ("active", "unset OMP_WAIT_POLICY"), ("passive", "other work shares the cores"),
  ])
  func aThreadThatWaitsForACoreSaysSo(policy: String, remedy: String) {
    var seconds = [10, 11.5, 11.5]
    let reporter = reporter(environment: ["OMP_WAIT_POLICY": policy]) { seconds.removeFirst() }
    interval(reporter, data: 0.01, update: 2)
    #expect(log.lines[0].contains("1.500 s of it without a processor core; "))
    #expect(log.lines[0].contains(remedy))
    interval(reporter, data: 0.01, update: 2)
    #expect(log.lines[1].contains("computing holds the run back"))
  }

  @Test func whatAnEvaluationWaitsForDoesNotCount() {
    // Before the first step, before and after the evaluation, at the end.
    var seconds = [10, 10.1, 19, 19.1]
    let reporter = reporter { seconds.removeFirst() }
    reporter.didUpdate(record(step: 1, data: 0, update: 2), batch: batch)
    reporter.didUpdate(record(step: 2, data: 0, update: 2), batch: batch)
    reporter.willEvaluate(step: 2)
    reporter.didFailToEvaluate(step: 2, error: CocoaError(.fileNoSuchFile))
    reporter.didAverage(metrics)
    #expect(log.lines.count == 1 && log.lines[0].contains("computing holds the run back"))
    #expect(seconds.isEmpty)
  }

  /// More threads that spin than there are cores wait for one in turn: the reading grows by seconds,
  /// at most as many as went by.
  @Test func theSchedulerCountsSecondsWithoutACore() throws {
    let outcome = Mutex<(waited: Double, elapsed: Double)?>(nil)
    let isOver = Atomic(false)
    let threads = DispatchGroup()
    for number in 0..<3 * ProcessInfo.processInfo.activeProcessorCount {
      threads.enter()
      let status = startThread {
        defer { threads.leave() }
        guard number == 0 else {
          while !isOver.load(ordering: .relaxed) {}
          return
        }
        let (start, before) = (ContinuousClock.now, PaceReporter.readSchedulerStatistics())
        while ContinuousClock.now - start < .milliseconds(500) {}
        let after = PaceReporter.readSchedulerStatistics()
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        if let before, let after { outcome.withLock { $0 = (after - before, elapsed) } }
        isOver.store(true, ordering: .relaxed)
      }
      #expect(status == 0)
    }
    threads.wait()
    let (waited, elapsed) = try #require(outcome.withLock { $0 }, "no schedstat on this kernel")
    #expect(waited > 0.05 && waited <= elapsed, "\(waited) of \(elapsed) s")
  }
}
