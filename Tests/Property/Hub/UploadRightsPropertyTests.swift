import FakeHub
import LeRobotCore
import LeRobotHub
import Support
import Testing

/// Whether a token may upload is known before anything is changed.
struct UploadRightsPropertyTests {
  private static let scope = ["repo.content.read", "repo.write"]
  private static let roles: [String: TokenRole] = [
    "write": .write, "read": .read,
    "own space": .fineGrained(scoped: [TokenScope(.user, "alice", permissions: scope)]),
    "organization": .fineGrained(scoped: [TokenScope(.org, "lab", permissions: scope)]),
    "one model": .fineGrained(scoped: [TokenScope(.model, "lab/policy", permissions: scope)]),
    "only reading": .fineGrained(scoped: [
      TokenScope(.user, "alice", permissions: ["repo.content.read"])
    ]),
    "nothing": .fineGrained(scoped: []),
  ]

  /// A token, a name, and the repository; nil where the token may not write there.
  @Test(arguments: [
    ("write", "policy", "alice/policy"), ("write", "alice/policy", "alice/policy"),
    ("write", "lab/policy", "lab/policy"), ("write", "helpers/policy", "helpers/policy"),
    ("write", "readers/policy", nil), ("write", "bob/policy", nil), ("read", "policy", nil),
    ("read", "lab/policy", nil), ("own space", "policy", "alice/policy"),
    ("own space", "lab/policy", nil), ("organization", "lab/policy", "lab/policy"),
    ("organization", "policy", nil), ("one model", "lab/policy", "lab/policy"),
    ("one model", "lab/other", nil), ("only reading", "policy", nil), ("nothing", "policy", nil),
  ])
  func theRightToWriteIsReadFromTheAccount(
    role: String, name: String, expected: String?
  ) throws {
    let fixture = try HubFixture()
    try fixture.hub.addToken("hf_other", user: "alice", role: try #require(Self.roles[role]))
    let client = try fixture.client(token: "hf_other")
    if let expected {
      #expect(try client.checkUpload(to: name).name == expected)
    } else {
      let error = #expect(throws: HubError.self) { try client.checkUpload(to: name) }
      guard case .noRight = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(error?.description.contains("\n") == false)
    }
    // Nothing but a question was asked.
    #expect(fixture.hub.requests.map(\.path) == ["/api/whoami-v2"])
    #expect(fixture.hub.requests.allSatisfy { $0.method == "GET" })
    #expect(!fixture.hub.hasRepository(.model, expected ?? name))
  }

  @Test func withoutATokenNothingIsAsked() throws {
    let fixture = try HubFixture()
    #expect(throws: HubError.noToken) { try fixture.client().checkUpload(to: "policy") }
    #expect(fixture.hub.count == 0)
  }

  @Test func aTokenThatIsNoneIsNamedByItsPlace() throws {
    let fixture = try HubFixture()
    let client = try fixture.client(token: "hf_unknown")
    let error = #expect(throws: HubError.self) { try client.checkUpload(to: "policy") }
    guard case .badToken(let token) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(token.place == "HF_TOKEN")
    #expect(error?.description.contains("hf_unknown") == false)
  }

  @Test(arguments: ["a/b/c", "alice/", "/policy", "a--b", "my policy", "", "..", "x.git"])
  func aNameThatTheHubCannotHaveIsRefused(name: String) throws {
    let fixture = try HubFixture()
    let client = try fixture.client(token: HubFixture.token)
    #expect(throws: HubError.badName(name)) { try client.checkUpload(to: name) }
    #expect(fixture.hub.count == 0)
  }

  // MARK: The command that uploads later

  private func parse(_ arguments: [String]) throws -> UploadRequest? {
    guard case .upload(let request) = try Invocation(arguments: arguments, machine: .forTests())
    else { return nil }
    return request
  }

  @Test func theCommandThatUploadsIsRead() throws {
    let plain = try #require(try parse(["--upload=run/last", "--policy.repo_id=alice/policy"]))
    #expect(plain.checkpoint == "run/last" && plain.repository == "alice/policy")
    #expect(plain.isPrivate == nil)
    let spaced = try #require(
      try parse(["--policy.private", "True", "--policy.repo_id", "p", "--upload", "run=1/last"]))
    #expect(spaced.checkpoint == "run=1/last" && spaced.repository == "p")
    #expect(spaced.isPrivate == true)
    let open = try #require(
      try parse(["--upload=c", "--policy.repo_id=p", "--policy.private=false"]))
    #expect(open.isPrivate == false)
  }

  @Test(arguments: [
    (["--upload=c"], "--policy.repo_id"), (["--upload", "--policy.repo_id=p"], "--policy.repo_id"),
    (["--upload=", "--policy.repo_id=p"], "--upload"),
    (["--upload=c", "--policy.repo_id=p", "--steps=3"], "--steps=3"),
    (["--upload=c", "--policy.repo_id=p", "--policy.private=maybe"], "--policy.private"),
    (["--upload=c", "--policy.repo_id="], "--policy.repo_id"),
  ])
  func aCommandThatCannotUploadIsNamed(arguments: [String], named: String) {
    let error = #expect(throws: ConfigError.self) { try parse(arguments) }
    #expect(error?.description.contains(named) == true, "\(String(describing: error))")
  }
}
