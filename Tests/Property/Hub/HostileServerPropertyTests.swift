import FakeHub
import Foundation
import LeRobotCore
import LeRobotHub
import Support
import Testing

/// A server that means harm gets an error, and nothing is written outside the cache.
struct HostileServerPropertyTests {
  private static let name = "alice/policy"

  private static func fixture() throws -> HubFixture {
    let fixture = try HubFixture()
    try fixture.add(
      .model, name, ["config.json": .text("{}"), "model.safetensors": .text("weights")])
    try fixture.add(
      .dataset, name, ["meta/info.json": .text("{}"), "data.parquet": .text("rows")], tag: "v3.0")
    return fixture
  }

  private static func policy(_ fixture: HubFixture) throws {
    _ = try fixture.model(name).folder(optional: [], isWhole: { _, _ in false }) { _ in true }
  }

  private static func dataset(_ fixture: HubFixture) throws {
    let dataset = try fixture.dataset(name)
    try dataset.downloadDescription()
    try dataset.download(paths: ["data.parquet"])
  }

  // MARK: Names of files

  /// The last but one hides its slash: with the accent it is one letter to Swift, and two to the disk.
  private static let paths = [
    "../escaped", "/escaped", "a/../../escaped", "a/..", "..", ".", "", "a//b", "./a", "a/", "a\0b",
    "a\nb", "a\r\nb", "a\u{7f}b", "../\u{301}escaped", String(repeating: "x", count: 256),
    String(repeating: "x/", count: 2100) + "x",
  ]

  @Test(arguments: paths) func aPathThatLeadsOutsideIsRefused(path: String) throws {
    let fixture = try Self.fixture()
    fixture.hub.faults = { $0.path.contains("/tree/") ? .hostilePaths([path]) : nil }
    let model = try #require(HubRepository(.model, Self.name))
    let dataset = try #require(HubRepository(.dataset, Self.name))
    #expect(throws: HubError.unsafePath(model, path: path)) { try Self.policy(fixture) }
    #expect(throws: HubError.unsafePath(dataset, path: path)) { try Self.dataset(fixture) }
    #expect(HubError.unsafePath(model, path: path).description.contains("\n") == false)
    #expect(fixture.filesAskedFor == [])
    // All there is says which commit the main branch is.
    #expect(try fixture.ownFiles().isEmpty)
  }

  @Test(arguments: paths) func nobodyIsSentAnotherFileThanTheOneAskedFor(path: String) throws {
    let fixture = try Self.fixture()
    let empty = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    fixture.hub.faults = { request in
      guard request.path.contains("/paths-info/") else { return nil }
      let entry: JSONValue = [
        "type": "file", "oid": .string(empty), "size": 0, "path": .string(path),
      ]
      return .answer(status: 200, body: JSONValue.array([entry]).pythonText())
    }
    #expect(throws: HubError.self) { try fixture.model(Self.name).file("config.json") }
    #expect(throws: HubError.self) { try Self.dataset(fixture) }
    #expect(try fixture.files().keys.allSatisfy { $0.hasPrefix("home/") })
    #expect(try !fixture.files().keys.contains { $0.contains("escaped") })
  }

  /// A harmless name, but not one that was asked for.
  @Test func filesThatNobodyAskedForAreNotFetched() throws {
    let fixture = try Self.fixture()
    try fixture.add(.dataset, Self.name, ["meta/stats.json": .text("{}")], tag: "v3.0")
    let files = try fixture.hub.files(.dataset, Self.name)
    let dataset = try fixture.dataset(Self.name)
    try dataset.downloadDescription()
    fixture.hub.clearRequests()
    fixture.hub.faults = { request in
      guard request.path.contains("/paths-info/") else { return nil }
      let entries = files.values.map { file -> JSONValue in
        [
          "type": "file", "path": .string(file.path), "size": .int(file.size),
          "oid": .string(String(file.etag.prefix(40))),
          "lfs": file.isLFS
            ? ["oid": .string(file.sha256), "size": .int(file.size)] : .null,
        ]
      }
      return .answer(status: 200, body: JSONValue.array(entries + entries).pythonText())
    }
    try FileSystem.remove("\(fixture.datasetFolder(Self.name))/meta/stats.json")
    try dataset.download(paths: ["data.parquet"])
    #expect(fixture.filesAskedFor == ["data.parquet"])
  }

  /// Sizes that no file has, alone or together.
  @Test(arguments: [Int.max, 1 << 60, 1 << 44])
  func sizesThatNoFileHasAreRefused(size: Int) throws {
    let fixture = try Self.fixture()
    fixture.hub.faults = { request in
      guard request.path.contains("/tree/") else { return nil }
      let digest = JSONValue.string(String(repeating: "a", count: 64))
      let entries = (0..<3).map { number -> JSONValue in
        [
          "type": "file", "path": .string("f\(number)"), "size": 100,
          "oid": .string(String(repeating: "a", count: 40)),
          "lfs": ["oid": digest, "size": .int(size)],
        ]
      }
      return .answer(status: 200, body: JSONValue.array(entries).pythonText())
    }
    let error = #expect(throws: HubError.self) { try Self.policy(fixture) }
    switch error {
    case .wrongContents where size > 1 << 44, .noSpace where size == 1 << 44: break
    default: Issue.record("\(String(describing: error))")
    }
    #expect(fixture.filesAskedFor == [])
  }

  /// A commit is what addresses, links and notes are made of.
  @Test(arguments: ["../../other", "main", "", String(repeating: "A", count: 40)])
  func aCommitThatIsNoneIsNotBelieved(commit: String) throws {
    let fixture = try Self.fixture()
    fixture.hub.faults = { request in
      let reference: JSONValue = ["name": "v3.0", "targetCommit": .string(commit)]
      if request.path.hasSuffix("/refs") {
        let answer: JSONValue = ["tags": [reference], "branches": []]
        return .answer(status: 200, body: answer.pythonText())
      }
      guard request.path.contains("/revision/") else { return nil }
      return .answer(status: 200, body: JSONValue.object(["sha": .string(commit)]).pythonText())
    }
    #expect(throws: HubError.self) { try Self.dataset(fixture) }
    #expect(throws: HubError.self) { try Self.policy(fixture) }
    #expect(fixture.hub.requests.allSatisfy { $0.hadFault } && fixture.hub.count > 1)
    #expect(try fixture.files().isEmpty)
  }

  // MARK: Where answers lead

  @Test(arguments: [
    "<http://127.0.0.1:1/api>; rel=\"next\"", "<http://localhost/api>; rel=\"next\"",
    "<file:///etc/passwd>; rel=\"next\"", "<//evil.example/api>; rel=\"next\"",
  ])
  func aListingIsNotContinuedElsewhere(link: String) throws {
    let fixture = try Self.fixture()
    fixture.hub.faults = { $0.path.contains("/tree/") ? .link(link) : nil }
    let error = #expect(throws: HubError.self) { try Self.policy(fixture) }
    guard case .badRedirect = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(fixture.filesAskedFor == [])
  }

  @Test func aListingThatLeadsToItselfEnds() throws {
    let fixture = try Self.fixture()
    fixture.hub.faults = { request in
      request.path.contains("/tree/") ? .link("<\(request.target)>; rel=\"next\"") : nil
    }
    let error = #expect(throws: HubError.self) { try Self.policy(fixture) }
    guard case .endless = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(fixture.hub.count < 10)
  }

  @Test(arguments: [302, 307, 308]) func aBodyIsNeverSentElsewhere(status: Int) throws {
    let (fixture, other) = (try Self.fixture(), try Self.fixture())
    let target = other.hub.endpoint
    fixture.hub.faults = { request in
      ["POST", "PUT"].contains(request.method)
        ? .redirect(to: target + request.target, status: status) : nil
    }
    let client = try fixture.client(token: HubFixture.token)
    let repository = try #require(HubRepository(.model, Self.name))
    let upload = HubUpload(client, repository, fixture.reports)
    for ask in [
      { _ = try fixture.model(Self.name, client).file("config.json") },
      { try upload.createRepository(isPrivate: nil) },
      { _ = try upload.commit([UploadFile("a.txt", text: "a")], message: "m") },
    ] {
      let error = #expect(throws: HubError.self) { try ask() }
      guard case .badRedirect = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
    #expect(other.hub.count == 0)
    #expect(fixture.hub.requests.contains { $0.status == status })
  }

  @Test(arguments: [
    "file:///etc/passwd", "ftp://127.0.0.1/a", "http://user:word@127.0.0.1/a", "http://",
    "gopher:a",
  ])
  func aRedirectToSomethingElseThanTheWebIsRefused(target: String) throws {
    let fixture = try Self.fixture()
    fixture.hub.faults = { _ in .redirect(to: target) }
    let error = #expect(throws: HubError.self) { try fixture.model(Self.name).file("config.json") }
    guard case .badRedirect = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(fixture.hub.count == 1)
  }

  @Test func redirectsThatLeadInACircleEnd() throws {
    let fixture = try Self.fixture()
    fixture.hub.faults = { .redirect(to: $0.target) }
    let error = #expect(throws: HubError.self) { try Self.policy(fixture) }
    guard case .badRedirect = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(fixture.hub.count == 11)
  }

  /// No server with TLS is at hand, so the rule alone is asked.
  @Test(arguments: [
    ("https://hub/a", "http://hub/a", false, false),
    ("https://hub/a", "https://cdn/a", false, true),
    ("https://hub/a", "https://cdn/a", true, false), ("https://hub/a", "/b", true, true),
    ("https://hub/a", "https://hub:444/a", true, false),
    ("http://hub/a", "https://hub/a", false, true),
    ("http://hub/a", "http://cdn/a", false, true),
    ("https://hub/a", "http://hub:443/a", true, false),
    ("https://hub/a", "HTTP://hub/a", false, false), ("https://hub/a", "//cdn/a", false, true),
  ])
  func nothingSecretBecomesReadable(
    from: String, to: String, hasBody: Bool, isAllowed: Bool
  ) throws {
    let address = try #require(HTTPAddress(from))
    let request = HTTPRequest(
      hasBody ? .post : .get, address, body: hasBody ? .bytes([1]) : nil)
    let next = try? request.redirected(to: to)
    #expect((next != nil) == isAllowed)
    #expect(next?.body?.count == (isAllowed && hasBody ? 1 : nil))
  }

  // MARK: Answers without end or sense

  @Test func aHeadWithoutEndIsCut() throws {
    let fixture = try Self.fixture()
    fixture.hub.faults = { _ in .hugeHeaders(kilobytes: 100) }
    let error = #expect(throws: HubError.self) { try Self.policy(fixture) }
    guard case .noAnswer(_, .headTooLong) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(fixture.hub.count == 1)
  }

  @Test(arguments: [
    Fault.endless, .all([.answer(status: 404), .endless]),
    .all([.redirect(to: "/elsewhere"), .endless]),
  ])
  func anAnswerWithoutEndIsCut(fault: Fault) throws {
    let fixture = try Self.fixture()
    fixture.hub.faults = { _ in fault }
    let error = #expect(throws: HubError.self) { try Self.policy(fixture) }
    guard case .endless = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(fixture.hub.count == 1)
  }

  /// Words of a server that would move the cursor or begin a line of their own.
  @Test(arguments: ["\u{1b}[2J", "\u{9b}2J", "\u{7}", "\u{2028}", "\r", "\u{7f}"])
  func nothingOfAServerSteersTheTerminal(control: String) throws {
    let fixture = try Self.fixture()
    let reference: JSONValue = [
      "name": .string("here\(control)"), "targetCommit": .string(String(repeating: "a", count: 40)),
    ]
    let faults: [Fault] = [
      .answer(status: 418, headers: ["X-Error-Message": "here\(control)"]),
      .answer(
        status: 418, body: JSONValue.object(["error": .string("here\(control)")]).pythonText()),
      .redirect(to: "gopher:here\(control)"), .redirect(to: "http://here\(control)/"),
      .all([
        .answer(status: 200, body: JSONValue.array([]).pythonText()),
        .link("<gopher:here\(control)>; rel=\"next\""),
      ]),
    ]
    for fault in faults {
      fixture.hub.faults = { request in
        if request.path.hasSuffix("/refs") {
          return .answer(status: 200, body: JSONValue.object(["tags": [reference]]).pythonText())
        }
        return request.path.contains("/revision/nothing") ? nil : fault
      }
      let revisions = [String(repeating: "b", count: 40), "nothing"]
      for revision in revisions {
        let error = #expect(throws: HubError.self) {
          _ = try fixture.model(Self.name, revision: revision)
            .folder(optional: [], isWhole: { _, _ in false }) { _ in true }
        }
        let text = error?.description ?? "\n"
        #expect(text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
        #expect(text.split(whereSeparator: \.isNewline).count == 1, "\(text)")
      }
    }
    #expect(fixture.hub.requests.contains { $0.hadFault })
  }

  @Test(arguments: ["/refs", "/tree/", "/paths-info/", "/revision/"])
  func aWebPageIsNotTheHub(path: String) throws {
    let fixture = try Self.fixture()
    let isMet = Shared(false)
    for fault in [Fault.htmlPage, .garbageJSON, .answer(status: 200, body: "")] {
      fixture.hub.faults = { request in
        guard request.path.contains(path) else { return nil }
        isMet.value.withLock { $0 = true }
        return fault
      }
      let error = #expect(throws: HubError.self) {
        path == "/revision/" ? try Self.policy(fixture) : try Self.dataset(fixture)
      }
      guard case .notTheHub(let address, _) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(address.description.hasPrefix(fixture.hub.endpoint))
    }
    #expect(isMet.value.withLock { $0 })
  }
}
