import Dispatch

/// Does the same work on several threads, the calling one among them, and waits until all are done.
/// Where the system has no thread left, fewer do it.
///
/// Unlike Dispatch's, these threads may wait for a network: they are not as many as there are cores.
package func onSeveralThreads(_ count: Int, _ work: @escaping @Sendable () -> Void) {
  let group = DispatchGroup()
  for _ in 1..<max(1, count) {
    group.enter()
    let status = startThread {
      work()
      group.leave()
    }
    if status != 0 { group.leave() }
  }
  work()
  group.wait()
}
