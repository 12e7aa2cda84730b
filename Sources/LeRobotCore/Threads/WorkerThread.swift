import Foundation

/// Starts a thread that ends with `body`.
///
/// Foundation does not report that the system has no thread left; code that waits for such a thread
/// would wait for ever.
/// - Returns: 0, or the system's error code.
package func startThread(_ body: @escaping @Sendable () -> Void) -> Int32 {
  let work = Unmanaged.passRetained(ThreadBody(body))
  var thread = pthread_t()
  let status = pthread_create(
    &thread, nil,
    { work in
      if let work { Unmanaged<ThreadBody>.fromOpaque(work).takeRetainedValue().run() }
      return nil
    }, work.toOpaque())
  if status == 0 { pthread_detach(thread) } else { work.release() }
  return status
}

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
