import Dispatch
import Foundation
import LeRobotCore

/// Asks a run to end when its time is over, as a signal would.
final class TimeLimit {
  /// What the system says of a process that has had its time.
  static let signal = SIGXCPU

  private let timer: any DispatchSourceTimer

  /// - Parameter span: counted from now.
  init(_ span: TimeSpan, _ stop: StopRequest, _ events: RunEvents) {
    timer = DispatchSource.makeTimerSource(queue: .global())
    timer.schedule(deadline: .now() + span.seconds)
    timer.setEventHandler {
      guard stop.request(signal: Self.signal) else { return }
      events.info("The time limit of \(span.text) is reached; stopping after this step")
    }
    timer.resume()
  }

  deinit { timer.cancel() }
}
