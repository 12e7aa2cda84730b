#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What a signal does to this process.
package enum SignalDisposition {
  /// Whether a signal is ignored: of a hang-up under nohup, of Ctrl-C in what a script put into the
  /// background. Both inherit it.
  package static func isIgnored(_ number: Int32) -> Bool {
    var present = sigaction()
    guard sigaction(number, nil, &present) == 0 else { return false }
    let ignored: __sighandler_t = SIG_IGN
    return unsafeBitCast(present.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(ignored, to: Int.self)
  }
}
