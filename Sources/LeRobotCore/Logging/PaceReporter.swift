import Foundation

/// What holds a run back.
package enum Bottleneck: Equatable, Sendable {
  /// Forward, backward and optimizer.
  case computing
  /// Reading and decoding samples.
  case data
  /// Other work on the same processor cores.
  case cores
}

/// Where the time of a run's steps went.
package struct Pace: Equatable, Sendable {
  package private(set) var steps = 0
  /// Seconds the training thread waited for batches.
  package private(set) var waiting = 0.0
  /// Seconds of forward, backward and optimizer.
  package private(set) var computing = 0.0
  /// Seconds of both in which the training thread could have run and had no core.
  package var withoutCore = 0.0

  package init() {}

  package mutating func add(_ record: StepRecord) {
    steps += 1
    waiting += record.dataSeconds
    computing += record.updateSeconds
  }

  /// Batches are loaded while others are computed with, so a loader that keeps up is hardly
  /// waited for at all.
  package var bottleneck: Bottleneck {
    let whole = waiting + computing
    if withoutCore > 0.2 * whole { return .cores }
    return waiting > 0.1 * whole ? .data : .computing
  }
}

/// Says in the log which of waiting for data and computing holds the run back: at first, and when
/// it changes.
///
/// The first step, which waits for the first batch and warms up, does not count.
package final class PaceReporter: TrainingReporter {
  private let logger: ConsoleLogger
  private let workerCount: Int
  private let environment: [String: String]
  private let secondsWithoutCore: () -> Double?
  private var pace = Pace()
  private var reading: Double?
  private var isWarm = false
  private var said: Bottleneck?

  /// - Parameter secondsWithoutCore: of the training thread since its start, nil where that is not
  ///   known.
  package init(
    logger: ConsoleLogger, workerCount: Int, environment: [String: String],
    secondsWithoutCore: @escaping () -> Double? = PaceReporter.readSchedulerStatistics
  ) {
    self.logger = logger
    self.workerCount = workerCount
    self.environment = environment
    self.secondsWithoutCore = secondsWithoutCore
  }

  package func didUpdate(_ record: StepRecord, batch: Batch) {
    defer { isWarm = true }
    guard isWarm else { return reading = secondsWithoutCore() }
    pace.add(record)
  }

  package func didAverage(_ metrics: MetricsTracker) {
    guard pace.steps > 0 else { return }
    read()
    if pace.bottleneck != said {
      said = pace.bottleneck
      logger.info(text(pace))
    }
    pace = Pace()
  }

  // An evaluation is no step: what it waits for does not count.
  package func willEvaluate(step: Int) { read() }
  package func didEvaluate(_ summary: EvaluationSummary, results: MetricsTracker) {
    reading = secondsWithoutCore()
  }
  package func didFailToEvaluate(step: Int, error: any Error) { reading = secondsWithoutCore() }

  /// Counts the seconds without a core since the last reading.
  private func read() {
    let now = secondsWithoutCore()
    if let now, let reading { pace.withoutCore += now - reading }
    reading = now
  }

  private func text(_ pace: Pace) -> String {
    let steps = Double(pace.steps)
    let share = 100 * pace.waiting / (pace.waiting + pace.computing)
    let split = String(
      format: "A step waits %.3f s for data (%.0f %%) and computes for %.3f s: ",
      pace.waiting / steps, share, pace.computing / steps)
    switch pace.bottleneck {
    case .computing: return split + "computing holds the run back"
    case .data: return split + "loading data holds the run back; \(dataRemedy)"
    case .cores:
      return split
        + String(format: "%.3f s of it without a processor core; ", pace.withoutCore / steps)
        + coreRemedy
    }
  }

  private var dataRemedy: String {
    workerCount == 0
      ? "let workers load it: --num_workers=2"
      : "raise --num_workers=\(workerCount) or keep frames by --dataset.frame_cache=ram"
  }

  private var coreRemedy: String {
    if environment["OMP_WAIT_POLICY"]?.lowercased() == "active" {
      return "OpenMP's threads spin for the cores they share: unset OMP_WAIT_POLICY"
    }
    return "other work shares the cores: end it, or use fewer by OMP_NUM_THREADS and --num_workers"
  }

  /// Seconds in which the calling thread was ready to run and waited for a core (Linux
  /// `Documentation/scheduler/sched-stats.rst`, the second number of `schedstat`).
  package static func readSchedulerStatistics() -> Double? {
    let text = try? String(contentsOfFile: "/proc/thread-self/schedstat", encoding: .utf8)
    let numbers = (text ?? "").split(separator: " ").compactMap { Double($0) }
    return numbers.count > 1 ? numbers[1] * 1e-9 : nil
  }
}
