extension FakeHub {
  /// Adds a user, or replaces the one with this name.
  ///
  /// - Parameter organizations: What the user may do in which organization.
  package func addUser(_ name: String, organizations: [String: OrganizationRole] = [:]) {
    let user = HubUser(name: name, organizations: organizations)
    core.state.withLock { $0.users[name] = user }
  }

  /// Lets a token stand for a user.
  ///
  /// - Parameter name: What the user called it.
  /// - Throws: ``FakeHubError/unknownUser(_:)``.
  package func addToken(
    _ token: String, user: String, role: TokenRole, name: String = "test"
  ) throws(FakeHubError) {
    let entry = HubToken(user: user, role: role, displayName: name)
    let isKnown = core.state.withLock { state in
      guard state.users[user] != nil else { return false }
      state.tokens[token] = entry
      return true
    }
    guard isKnown else { throw .unknownUser(user) }
  }

  /// Makes a token invalid.
  package func removeToken(_ token: String) {
    core.state.withLock { $0.tokens[token] = nil }
  }
}
