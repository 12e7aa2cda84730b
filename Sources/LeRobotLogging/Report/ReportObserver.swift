import Foundation
import LeRobotCore

/// Keeps `report.html`: the page that shows the run, made again at every log line.
///
/// A page of a long run takes longer to make. After one that took t seconds the next is made 100 · t
/// seconds later at the earliest, so that pages take no more than a hundredth of the time. Evaluations
/// and the run's end are shown at once.
package final class ReportObserver: EventConsumer {
  package let name = "report.html"
  package private(set) var history: RunHistory
  private let run: RunDirectory
  private let clock: () -> ContinuousClock.Instant
  private let time: () -> Double
  /// Whether the page lacks something that the history holds.
  private var isPending = false
  private var earliest: ContinuousClock.Instant?

  /// How many times as long as it took to make a page no other one is made.
  private static let pause = 100

  /// - Parameters:
  ///   - history: of the run so far, with its description.
  ///   - clock: measures how long a page takes.
  ///   - time: seconds since 1970.
  package init(
    _ history: RunHistory, in run: RunDirectory,
    clock: @escaping () -> ContinuousClock.Instant = { .now },
    time: @escaping () -> Double = { Date().timeIntervalSince1970 }
  ) {
    (self.history, self.run, self.clock, self.time) = (history, run, clock, time)
  }

  package func consume(_ event: RunEvent) throws {
    var isUrgent = false
    switch event {
    case .began: isUrgent = true
    case .interval(let metrics):
      history.records.append(MetricsRecord(training: metrics))
      isPending = true
    case .evaluated(let summary, let metrics):
      history.records.append(MetricsRecord(evaluation: metrics, summary, folder: run.path))
      isUrgent = true
    case .validated(let summary, let metrics):
      history.records.append(MetricsRecord(validation: metrics))
      history.validation = summary.json
      isUrgent = true
    case .ended(let ending):
      history.description?.end(ending, at: time())
      isUrgent = true
    case .configured, .preparing, .prepared, .stepped, .saving, .savingBegun, .saved, .evaluating,
      .progress, .transferring, .validating, .evaluationFailed, .logged:
      break
    }
    if isUrgent { isPending = true }
    guard isPending, isUrgent || earliest.map({ clock() >= $0 }) ?? true else { return }
    try write()
  }

  private func write() throws(FileError) {
    let start = clock()
    defer {
      let end = clock()
      earliest = end + (end - start) * Self.pause
    }
    if history.firstBatch.isEmpty { history.firstBatch = FirstBatchFiles.read(run) }
    try TextFile.replace(run.report, by: ReportPage([history], now: time()).html)
    isPending = false
  }
}
