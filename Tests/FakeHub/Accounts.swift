/// What a member of an organization may do.
package enum OrganizationRole: String, Sendable {
  case read, contributor, write, admin
}

/// A person on the hub.
package struct HubUser: Sendable {
  package let name: String
  package let organizations: [String: OrganizationRole]
}

/// What a fine-grained token allows on one user, organization or repository.
package struct TokenScope: Sendable {
  package enum EntityKind: String, Sendable {
    case user, org, model, dataset
  }

  package let kind: EntityKind
  /// `alice`, or `alice/policy` of a repository.
  package let name: String
  /// `repo.content.read`, `repo.write` and others.
  package let permissions: [String]

  package init(_ kind: EntityKind, _ name: String, permissions: [String]) {
    self.kind = kind
    self.name = name
    self.permissions = permissions
  }
}

/// What a token allows.
package enum TokenRole: Sendable {
  case read
  case write
  case fineGrained(global: [String] = [], scoped: [TokenScope])

  package var name: String {
    switch self {
    case .read: "read"
    case .write: "write"
    case .fineGrained: "fineGrained"
    }
  }
}

/// A token with the name that its user gave it.
struct HubToken: Sendable {
  let user: String
  let role: TokenRole
  let displayName: String
}

/// Who asks: a user by one of the user's tokens.
struct Account: Sendable {
  let user: HubUser
  let token: HubToken

  func mayRead(_ repository: Repository) -> Bool {
    guard repository.isPrivate else { return true }
    let belongs =
      repository.owner == user.name || user.organizations[repository.owner] != nil
      || repository.readers.contains(user.name)
    return belongs && allows(["repo.content.read", "repo.write"], repository)
  }

  /// Whether the files of a gated repository are open.
  func hasPassed(_ repository: Repository) -> Bool {
    !repository.isGated || repository.readers.contains(user.name)
      || repository.owner == user.name || user.organizations[repository.owner] != nil
  }

  func mayWrite(_ repository: Repository) -> Bool {
    mayWrite(in: repository.owner) && allows(["repo.write"], repository)
  }

  func mayCreate(in namespace: String, _ key: RepositoryKey) -> Bool {
    let isMember = user.name == namespace || isAny(of: [.contributor, .write, .admin], namespace)
    return isMember && allows(["repo.write"], Repository(key: key))
  }

  private func mayWrite(in namespace: String) -> Bool {
    user.name == namespace || isAny(of: [.write, .admin], namespace)
  }

  private func isAny(of roles: [OrganizationRole], _ organization: String) -> Bool {
    user.organizations[organization].map { roles.contains($0) } ?? false
  }

  /// Whether the token's own rights suffice for one of these permissions.
  private func allows(_ permissions: [String], _ repository: Repository) -> Bool {
    switch token.role {
    case .read: return permissions.contains("repo.content.read")
    case .write: return true
    case .fineGrained(_, let scopes):
      return scopes.contains { scope in
        scope.covers(repository) && scope.permissions.contains { permissions.contains($0) }
      }
    }
  }
}

extension TokenScope {
  fileprivate func covers(_ repository: Repository) -> Bool {
    switch kind {
    case .user, .org: name == repository.owner
    case .model: repository.key.kind == .model && name == repository.key.id
    case .dataset: repository.key.kind == .dataset && name == repository.key.id
    }
  }
}

extension Account {
  /// The answer of `whoami-v2`.
  var json: JSON {
    let organizations: [JSON] = user.organizations.sorted { $0.key < $1.key }.map { name, role in
      [
        "type": "org", "id": .string("org-\(name)"), "name": .string(name),
        "fullname": .string(name), "email": nil, "canPay": false, "periodEnd": nil,
        "avatarUrl": "", "roleInOrg": .string(role.rawValue), "isEnterprise": false,
      ]
    }
    return [
      "type": "user", "id": .string("user-\(user.name)"), "name": .string(user.name),
      "fullname": .string(user.name), "email": .string("\(user.name)@example.com"),
      "emailVerified": true, "canPay": false, "periodEnd": nil, "isPro": false, "avatarUrl": "",
      "orgs": .array(organizations),
      "auth": ["type": "access_token", "accessToken": accessToken],
    ]
  }

  private var accessToken: JSON {
    let plain: JSON = [
      "displayName": .string(token.displayName), "role": .string(token.role.name),
      "createdAt": "2025-01-01T00:00:00.000Z",
    ]
    guard case .fineGrained(let global, let scopes) = token.role else { return plain }
    return plain.with(
      "fineGrained",
      [
        "canReadGatedRepos": true, "global": .array(global.map { .string($0) }),
        "scoped": .array(scopes.map(\.json)),
      ])
  }
}

extension TokenScope {
  fileprivate var json: JSON {
    [
      "entity": [
        "_id": .string("\(kind)-\(name)"), "type": .string(kind.rawValue), "name": .string(name),
      ],
      "permissions": .array(permissions.map { .string($0) }),
    ]
  }
}
