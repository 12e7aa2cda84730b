import Foundation
import LeRobotCore

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
  package private(set) var withoutCore = 0.0

  package init() {}

  package mutating func add(_ record: StepRecord) {
    steps += 1
    waiting += record.dataSeconds
    computing += record.updateSeconds
    withoutCore += record.secondsWithoutCore ?? 0
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
package final class PaceObserver: EventConsumer {
  package let name = "the pace of the run"
  private let workerCount: Int
  private let environment: [String: String]
  private let log: (String) -> Void
  private var pace = Pace()
  private var isWarm = false
  private var said: Bottleneck?

  /// - Parameter log: is told the line.
  package init(
    workerCount: Int, environment: [String: String], log: @escaping (String) -> Void
  ) {
    self.workerCount = workerCount
    self.environment = environment
    self.log = log
  }

  package func consume(_ event: RunEvent) {
    switch event {
    case .stepped(let record, _):
      if isWarm { pace.add(record) }
      isWarm = true
    case .interval: tell()
    case .configured, .preparing, .prepared, .began, .saving, .savingBegun, .saved, .evaluating,
      .progress, .transferring, .evaluated, .validating, .validated, .evaluationFailed, .logged,
      .ended:
      break
    }
  }

  private func tell() {
    guard pace.steps > 0 else { return }
    if pace.bottleneck != said {
      said = pace.bottleneck
      log(text(pace))
    }
    pace = Pace()
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
}
