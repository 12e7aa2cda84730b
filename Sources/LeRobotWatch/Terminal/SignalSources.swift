import Dispatch
import Foundation
import LeRobotCore

/// Calls a function for each signal that arrives, in the place of what the signal does by itself.
final class SignalSources {
  private let sources: [any DispatchSourceSignal]

  /// - Parameters:
  ///   - numbers: those among them that the process ignores stay ignored.
  ///   - handler: called on a queue of its own, one signal at a time.
  init(_ numbers: [Int32], handler: @escaping @Sendable (Int32) -> Void) {
    let queue = DispatchQueue(label: "signals")
    sources = numbers.filter { !SignalDisposition.isIgnored($0) }.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { handler(number) }
      source.resume()
      return source
    }
  }

  deinit {
    for source in sources { source.cancel() }
  }

  /// Those that ask a program to end.
  static let ending = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]
}
