import Dispatch
import Foundation
import LeRobotCore

/// Turns Ctrl-C, the signals of batch systems and a terminal's end into a wish to end after the
/// present step.
///
/// A second Ctrl-C ends the process at once; what is on disk stays whole, because checkpoints
/// are written aside and renamed.
struct SignalWatch {
  private let sources: [any DispatchSourceSignal]

  /// - Parameter saves: whether the run writes checkpoints.
  init(_ stop: StopRequest, saves: Bool) {
    let queue = DispatchQueue(label: "signals")
    let end = saves ? "a checkpoint is saved first" : "no checkpoint is saved"
    let note = "\nStopping after this step; \(end).\n"
    sources = Self.watched.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        if stop.request(signal: number) {
          StandardStream.error.write(note)
        } else if number == SIGINT {
          _exit(128 + SIGINT)
        }
      }
      source.resume()
      return source
    }
  }

  /// A terminal's end does not concern a run that nohup started.
  private static var watched: [Int32] {
    [SIGINT, SIGTERM, SIGUSR1] + (isIgnored(SIGHUP) ? [] : [SIGHUP])
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var present = sigaction()
    guard sigaction(number, nil, &present) == 0 else { return false }
    let ignored: __sighandler_t = SIG_IGN
    return unsafeBitCast(present.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(ignored, to: Int.self)
  }

  /// A reader that has gone away and a file that may not grow end the write that meets them, which
  /// says so, not the program.
  static func ignoreFailedWrites() {
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
  }

  /// The exit status that tells a shell or a batch system how the run ended: 130 after Ctrl-C,
  /// 129 after the terminal's end; 0 after SIGTERM and SIGUSR1, which ask for a tidy end and got it.
  static func exitStatus(after number: Int32) -> Int32 {
    [SIGINT, SIGHUP].contains(number) ? 128 + number : 0
  }
}
