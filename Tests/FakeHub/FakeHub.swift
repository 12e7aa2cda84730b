import Foundation

/// A Hugging Face hub on loopback, to test clients against.
///
/// It speaks the part of the hub's protocol that downloads, uploads and looks up models and
/// datasets. LFS objects are served by a second host with another name and port. Every request is
/// recorded, and a test can let any of them go wrong.
///
///     let hub = try FakeHub(folder: temporaryFolder)
///     defer { hub.stop() }
///     try hub.addUser("alice")
///     try hub.addToken("hf_alice", user: "alice", role: .write)
///     hub.faults = { $0.path.hasSuffix(".safetensors") ? .cut(afterBytes: 1000) : nil }
///
/// Each connection has a thread; all methods may be called from any thread.
package final class FakeHub: Sendable {
  /// What goes into `HF_ENDPOINT`: `http://127.0.0.1:PORT`.
  package let endpoint: String
  /// Where LFS objects are: `http://localhost:PORT`.
  package let cdn: String

  let core: HubCore
  private let listeners: [Listener]

  /// Listens at once.
  ///
  /// - Parameters:
  ///   - folder: Where LFS objects are kept; created where it is not there, never removed.
  ///   - port: The endpoint's port, or 0 for any that is free.
  ///   - settings: How it behaves.
  /// - Throws: ``FakeHubError`` where the port is taken, the folder cannot be written or libcrypto
  ///   cannot be opened.
  package init(
    folder: String, port: Int = 0, settings: FakeHubSettings = FakeHubSettings()
  ) throws(FakeHubError) {
    _ = try Digest(.sha256)
    let store = try ObjectStore(folder: folder)
    let endpoint = try Listener(port: port)
    let cdn = try Listener(port: 0)
    self.endpoint = "http://127.0.0.1:\(endpoint.port)"
    self.cdn = "http://localhost:\(cdn.port)"
    core = HubCore(settings: settings, store: store, endpoint: self.endpoint, cdn: self.cdn)
    listeners = [endpoint, cdn]
    let servers = [HubServer(core: core, host: .endpoint), HubServer(core: core, host: .cdn)]
    for (listener, server) in zip(listeners, servers) { listener.start { server.serve($0) } }
  }

  deinit { stop() }

  /// Cuts all connections, stalled ones too, and returns when nothing runs any more.
  package func stop() {
    for listener in listeners { listener.stop() }
  }
}

extension FakeHub {
  /// Asked for every request, with its number; nil lets it go well.
  ///
  /// Called on the connection's thread, before the hub does anything: while the closure waits, so
  /// does this request, and no other.
  package var faults: (@Sendable (ReceivedRequest) -> Fault?)? {
    get { core.state.withLock(\.faults) }
    set { core.state.withLock { $0.faults = newValue } }
  }

  /// All requests so far, in the order in which they came.
  package var requests: [ReceivedRequest] { core.state.withLock(\.requests) }

  /// How many requests there were.
  package var count: Int { core.state.withLock { $0.requests.count } }

  /// Waits until there were so many requests.
  ///
  /// - Returns: False where they do not come in time.
  package func wait(forRequests count: Int, seconds: Double = 10) -> Bool {
    let end = Date.now + seconds
    while self.count < count {
      if Date.now > end { return false }
      usleep(2000)
    }
    return true
  }

  /// Requests to the CDN that carried a token, which none may.
  package var leaks: [ReceivedRequest] { requests.filter(\.isLeak) }

  /// Forgets all requests; the next has number 1.
  package func clearRequests() { core.clearRequests() }

  /// LFS objects, by SHA-256, that were uploaded but are in no commit.
  package var unreferencedObjects: Set<String> { core.unreferencedObjects() }

  /// Uploads in parts that were begun and not completed.
  package var unfinishedUploads: Int { core.state.withLock { $0.uploads.count } }
}
