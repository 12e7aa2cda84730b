import Foundation
import LeRobotCore
import LeRobotData
import LeRobotLogging
import Support
import Synchronization
import Testing

/// What the log says about the speed of a run.
@Suite struct PaceObserverPropertyTests {
  private final class Log {
    var lines: [String] = []
  }

  private let log = Log()
  private let metrics = RunMetrics(batchSize: 8, frameCount: 16, episodeCount: 2)

  private func observer(workers: Int = 2, environment: [String: String] = [:]) -> PaceObserver {
    let log = log
    return PaceObserver(workerCount: workers, environment: environment) { log.lines.append($0) }
  }

  private func step(
    _ observer: PaceObserver, _ number: Int, data: Double, update: Double,
    withoutCore: Double? = nil
  ) {
    let record = StepRecord(
      step: number, result: StepResult(loss: 1, gradientNorm: 1), learningRate: 1,
      updateSeconds: update, dataSeconds: data, secondsWithoutCore: withoutCore)
    observer.consume(.stepped(record, batch: nil))
  }

  /// Reports an interval of two steps.
  private func interval(
    _ observer: PaceObserver, data: Double, update: Double, withoutCore: Double? = nil
  ) {
    for number in 1...2 {
      step(observer, number, data: data, update: update, withoutCore: withoutCore)
    }
    observer.consume(.interval(metrics))
  }

  @Test func theFirstStepDoesNotCount() {
    let observer = observer()
    step(observer, 1, data: 9, update: 1)
    observer.consume(.interval(metrics))
    #expect(log.lines.isEmpty)
    interval(observer, data: 0.004, update: 2)
    #expect(log.lines.count == 1)
    #expect(
      log.lines[0].hasSuffix(
        "A step waits 0.004 s for data (0 %) and computes for 2.000 s: computing holds the run "
          + "back"))
  }

  @Test func aLineComesOnlyWhenTheAnswerChanges() {
    let observer = observer()
    for _ in 0..<3 { interval(observer, data: 0.01, update: 1) }
    for _ in 0..<3 { interval(observer, data: 1, update: 1) }
    interval(observer, data: 0.01, update: 1)
    #expect(log.lines.count == 3)
    #expect(log.lines[1].contains("(50 %)"))
    #expect(log.lines[1].contains("loading data holds the run back; raise --num_workers=2"))
  }

  @Test func withoutWorkersTheRemedyIsToHaveSome() {
    interval(observer(workers: 0), data: 1, update: 1)
    #expect(log.lines[0].contains("let workers load it: --num_workers=2"))
  }

  @Test(arguments: [
    ("active", "unset OMP_WAIT_POLICY"), ("passive", "other work shares the cores"),
  ])
  func aThreadThatWaitsForACoreSaysSo(policy: String, remedy: String) {
    let observer = observer(environment: ["OMP_WAIT_POLICY": policy])
    // The first step, which warms up, is left out.
    interval(observer, data: 0.01, update: 2, withoutCore: 1.5)
    #expect(log.lines[0].contains("1.500 s of it without a processor core; "))
    #expect(log.lines[0].contains(remedy))
    interval(observer, data: 0.01, update: 2, withoutCore: 0)
    #expect(log.lines[1].contains("computing holds the run back"))
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
        let (start, before) = (ContinuousClock.now, SchedulerStatistics.secondsWithoutCore())
        while ContinuousClock.now - start < .milliseconds(500) {}
        let after = SchedulerStatistics.secondsWithoutCore()
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
