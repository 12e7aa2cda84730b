import Dispatch
import Foundation
import LeRobotCore

/// Turns Ctrl-C and the signals of batch systems into a wish to end after the present step.
///
/// A second Ctrl-C ends the process at once; what is on disk stays whole, because checkpoints
/// are written aside and renamed.
struct SignalWatch {
  private let sources: [any DispatchSourceSignal]

  init(_ stop: StopRequest) {
    let queue = DispatchQueue(label: "signals")
    sources = [SIGINT, SIGTERM, SIGUSR1].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        if stop.request(signal: number) {
          let note = "\nStopping after this step; a checkpoint is saved first.\n"
          FileHandle.standardError.write(Data(note.utf8))
        } else if number == SIGINT {
          _exit(128 + SIGINT)
        }
      }
      source.resume()
      return source
    }
  }

  /// The exit status that tells a shell or a batch system how the run ended: 130 after Ctrl-C;
  /// 0 after SIGTERM and SIGUSR1, which ask for a tidy end and got it.
  static func exitStatus(after number: Int32) -> Int32 {
    number == SIGINT ? 128 + SIGINT : 0
  }
}
