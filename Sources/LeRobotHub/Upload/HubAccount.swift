import LeRobotCore

/// Who a token belongs to, and what it may be used for.
package struct HubAccount: Sendable, Equatable {
  /// What a token with chosen rights may write to.
  private enum Rights: Sendable, Equatable {
    case nothing
    case everything
    /// Users, organisations and repositories by their names.
    case some([String])
  }

  package let name: String
  /// The user's role in each organisation.
  private let roles: [String: String]
  private let rights: Rights

  /// - Parameter answer: what the hub answers to `whoami-v2`.
  init?(_ answer: JSONValue) {
    guard let name = answer["name"]?.stringValue else { return nil }
    self.name = name
    var roles: [String: String] = [:]
    for organisation in answer["orgs"]?.arrayValue ?? [] {
      guard let name = organisation["name"]?.stringValue else { continue }
      roles[name] = organisation["roleInOrg"]?.stringValue ?? ""
    }
    self.roles = roles
    let token = answer["auth"]?["accessToken"]
    rights =
      switch token?["role"]?.stringValue {
      case "read": .nothing
      case "fineGrained": Self.rights(token?["fineGrained"]?["scoped"]?.arrayValue)
      // Other kinds of tokens say nothing of their rights.
      default: .everything
      }
  }

  private static func rights(_ scopes: [JSONValue]?) -> Rights {
    guard let scopes else { return .everything }
    return .some(
      scopes.compactMap { scope in
        let permissions = scope["permissions"]?.arrayValue?.compactMap(\.stringValue) ?? []
        return permissions.contains("repo.write") ? scope["entity"]?["name"]?.stringValue : nil
      })
  }

  /// The repository's full name: one without an owner is the user's.
  package func fullName(_ name: String) -> String {
    name.contains("/") ? name : "\(self.name)/\(name)"
  }

  /// Why the token may not write to a repository; nil where it may, as far as that can be known.
  func obstacle(to repository: HubRepository) -> String? {
    let owner = String(repository.name.prefix { $0 != "/" })
    if owner != name {
      guard let role = roles[owner] else {
        return "\(owner) is neither \(name), whose token it is, nor an organisation of \(name)"
      }
      if role == "read" { return "\(name) may only read what \(owner) has" }
    }
    switch rights {
    case .everything: return nil
    case .nothing: return "the token may only read; make one with the right to write"
    case .some(let names):
      return names.contains(owner) || names.contains(repository.name)
        ? nil : "the token lacks the right to write (repo.write) there"
    }
  }
}

extension HubClient {
  /// Asks whose token it is.
  ///
  /// - Throws: `HubError.noToken` where there is none, `badToken` where the hub does not know it.
  package func account() throws(HubError) -> HubAccount {
    let path = "/api/whoami-v2"
    if settings.isOffline { throw .offline(try settings.address(path)) }
    guard settings.tokenForWriting() != nil else { throw .noToken }
    let answer = try json(.get, path, isChange: true)
    guard let account = HubAccount(answer) else {
      throw .notTheHub(try settings.address(path), reason: "an answer without a name came")
    }
    return account
  }

  /// Finds out whether a policy can be uploaded, without changing anything.
  ///
  /// - Parameter name: of the repository; without an owner it is the user's.
  /// - Returns: the repository.
  /// - Throws: `HubError.badName`, `noToken`, `badToken` or `noRight`, or where the hub cannot be asked.
  package func checkUpload(to name: String) throws(HubError) -> HubRepository {
    guard HubRepository(.model, name) != nil else { throw .badName(name) }
    let account = try account()
    guard let repository = HubRepository(.model, account.fullName(name)) else {
      throw .badName(name)
    }
    if let obstacle = account.obstacle(to: repository) {
      throw .noRight(repository, reason: obstacle)
    }
    return repository
  }
}
