import Glibc

/// Why the hub cannot start, or what a test asked of it that it does not have.
package enum FakeHubError: Error, CustomStringConvertible {
  case socket(call: String, code: Int32)
  case digest(String)
  case file(path: String, reason: String)
  case unknownRepository(String)
  case unknownRevision(String)
  case unknownUser(String)
  case unknownFile(String)

  package var description: String {
    switch self {
    case .socket(let call, let code):
      "The hub cannot listen: \(call): \(String(cString: strerror(code)))."
    case .digest(let reason): "The hub cannot compute digests: \(reason)."
    case .file(let path, let reason): "\(path): \(reason)."
    case .unknownRepository(let id): "The hub has no repository \(id)."
    case .unknownRevision(let name): "The repository has no revision \(name)."
    case .unknownUser(let name): "The hub has no user \(name); add the user before the token."
    case .unknownFile(let path): "The revision has no file \(path)."
    }
  }

  /// The last call of the system failed, on this file.
  static func lastCall(on path: String) -> FakeHubError {
    .file(path: path, reason: String(cString: strerror(errno)))
  }
}
