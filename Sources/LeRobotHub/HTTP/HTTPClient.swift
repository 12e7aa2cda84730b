import Synchronization

/// Connections to servers, kept for the next exchange. Every thread may use it.
package final class HTTPClient: Sendable {
  /// Owns what one thread after the other uses.
  ///
  /// It is in the pool or with the one thread that took it out, never both: `@unchecked` holds.
  private struct Idle: @unchecked Sendable {
    let connection: HTTPConnection
  }

  private let network: NetworkSettings
  private let idle = Mutex<[Idle]>([])
  /// Enough for all threads that download.
  private static let mostIdle = 16

  package init(_ network: NetworkSettings) {
    self.network = network
  }

  /// Does one exchange. The pieces of the answer's body go to `sink` as they arrive.
  package func stream(
    _ request: HTTPRequest, shallEnd: @escaping () -> Bool = { false },
    sink: @escaping (HTTPHead, UnsafeRawBufferPointer) -> Bool
  ) throws(HubError) -> HTTPHead {
    let connection: HTTPConnection
    if let kept = idle.withLock({ $0.popLast() }) {
      connection = kept.connection
    } else {
      connection = try HTTPConnection()
    }
    do throws(HTTPError) {
      let head = try connection.perform(request, network, shallEnd: shallEnd, sink: sink)
      let kept = Idle(connection: connection)
      idle.withLock { if $0.count < Self.mostIdle { $0.append(kept) } }
      return head
    } catch {
      // A connection that failed is not used again.
      throw .noAnswer(from: request.address, error)
    }
  }
}
