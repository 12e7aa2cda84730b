import Foundation

/// Addresses by which a script steers a hub that runs in another process.
extension Exchange {
  /// - `POST /-/faults`: adds faults, a list of what ``ScriptedFault`` reads.
  /// - `DELETE /-/faults`: removes all.
  /// - `GET /-/requests`: the record, without the requests of this extension.
  /// - `DELETE /-/requests`: clears it.
  /// - `GET /-/state`: objects that no commit holds, unfinished uploads, tokens at the CDN.
  func control(_ parts: ArraySlice<String>) throws -> Response {
    switch (head.method, parts.joined(separator: "/")) {
    case ("POST", "faults"):
      let faults = try decoded([ScriptedFault].self)
      core.state.withLock { $0.scripted += faults }
    case ("DELETE", "faults"): core.state.withLock { $0.scripted = [] }
    case ("GET", "requests"): return recordedRequests()
    case ("DELETE", "requests"): core.clearRequests()
    case ("GET", "state"): return currentState()
    default: throw Refusal.notFound
    }
    return .json([:])
  }

  private func recordedRequests() -> Response {
    let requests = core.state.withLock(\.requests).filter { !$0.path.hasPrefix("/-/") }
    return .json(.array(requests.map(\.json)))
  }

  private func currentState() -> Response {
    let (uploads, leaks) = core.state.withLock { state in
      (state.uploads.count, state.requests.filter(\.isLeak).count)
    }
    return .json([
      "unreferencedObjects": .int(core.unreferencedObjects().count),
      "unfinishedUploads": .int(uploads), "leaks": .int(leaks), "cdn": .string(core.cdn),
    ])
  }
}

extension HubCore {
  /// Numbers begin with 1 again.
  func clearRequests() {
    state.withLock { state in
      state.requests = []
      state.generation += 1
    }
  }
}

extension ReceivedRequest {
  /// A token where none may go.
  package var isLeak: Bool { host == .cdn && authorization != nil }

  fileprivate var json: JSON {
    [
      "number": .int(number), "host": .string(host.rawValue), "method": .string(method),
      "target": .string(target), "path": .string(path), "isProxied": .bool(isProxied),
      "authorized": .bool(authorization != nil), "userAgent": .string(userAgent ?? ""),
      "range": range.map { .string($0) } ?? nil, "bodySize": .int(bodySize),
      "status": status.map { .int($0) } ?? nil, "hadFault": .bool(hadFault),
    ]
  }
}
