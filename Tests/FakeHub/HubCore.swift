import Foundation
import Synchronization

/// What all connections of a hub share.
final class HubCore: Sendable {
  /// An object that is uploaded in parts.
  struct Upload: Sendable {
    let object: String
    let size: Int
    let partSize: Int
    let path: String
    /// By number, from 1.
    var etags: [Int: String] = [:]

    var partCount: Int { (size + partSize - 1) / partSize }
  }

  struct State: Sendable {
    var repositories: [RepositoryKey: Repository] = [:]
    /// Where a renamed repository is now.
    var renamed: [RepositoryKey: RepositoryKey] = [:]
    var users: [String: HubUser] = [:]
    /// By what stands in the `Authorization` header.
    var tokens: [String: HubToken] = [:]
    var uploads: [String: Upload] = [:]
    var requests: [ReceivedRequest] = []
    /// How often the record was cleared.
    var generation = 0
    var faults: (@Sendable (ReceivedRequest) -> Fault?)?
    var scripted: [ScriptedFault] = []
  }

  let settings: FakeHubSettings
  let store: ObjectStore
  let state = Mutex(State())
  let endpoint: String
  let cdn: String
  private let secret = UUID().uuidString

  init(settings: FakeHubSettings, store: ObjectStore, endpoint: String, cdn: String) {
    self.settings = settings
    self.store = store
    self.endpoint = endpoint
    self.cdn = cdn
  }

  /// What makes an address of the CDN valid without a token.
  func signature(of path: String) throws(FakeHubError) -> String {
    String(try Digest.hex(.sha256, Array((secret + path).utf8)).prefix(32))
  }

  /// An address of the CDN, or of the endpoint, that carries its own permission.
  func signed(_ path: String, host: HubHost) throws(FakeHubError) -> String {
    let address = host == .cdn ? cdn : endpoint
    return "\(address)\(path)?X-Signature=\(try signature(of: path))"
  }

  /// Objects that no commit of any repository holds.
  func unreferencedObjects() -> Set<String> {
    let held = state.withLock { state in
      state.repositories.values.flatMap(\.commits.values).flatMap(\.files.values)
        .filter(\.isLFS).map(\.sha256)
    }
    return store.all().subtracting(held)
  }
}

extension HubCore {
  /// Where a request stands in the record.
  struct Ticket {
    fileprivate let generation: Int
    fileprivate let index: Int
  }

  /// Records a request and asks for its fault.
  func admit(_ head: RequestHead, host: HubHost) -> (ticket: Ticket, fault: Fault?, number: Int) {
    let (ticket, request, faults) = state.withLock { state in
      let request = ReceivedRequest(number: state.requests.count + 1, host: host, head: head)
      let ticket = Ticket(generation: state.generation, index: state.requests.count)
      state.requests.append(request)
      return (ticket, request, state.faults)
    }
    let isControl = settings.hasControl && request.path.hasPrefix("/-/")
    let fault = isControl ? nil : faults?(request) ?? scriptedFault(for: request)
    if fault != nil { update(ticket) { $0.hadFault = true } }
    return (ticket, fault, request.number)
  }

  /// Changes the record of a request, unless it has been cleared.
  ///
  /// - Returns: The changed record.
  @discardableResult
  func update(_ ticket: Ticket, _ change: (inout ReceivedRequest) -> Void) -> ReceivedRequest? {
    state.withLock { state in
      guard ticket.generation == state.generation else { return nil }
      change(&state.requests[ticket.index])
      return state.requests[ticket.index]
    }
  }

  private func scriptedFault(for request: ReceivedRequest) -> Fault? {
    state.withLock { state in
      guard let index = state.scripted.firstIndex(where: { $0.matches(request) }) else {
        return nil
      }
      let fault = state.scripted[index].fault
      state.scripted[index].times -= 1
      state.scripted.removeAll { $0.times <= 0 }
      return fault
    }
  }
}
