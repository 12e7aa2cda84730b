import FakeHub
import Foundation
import LeRobotCore
import LeRobotHub
import Support
import Testing

/// What is uploaded arrives whole, in one commit, and only once.
struct UploadPropertyTests {
  private static let name = "alice/policy"
  private static let weights = randomBytes(35_000, seed: 7)
  private static let contents: [String: [UInt8]] = [
    "config.json": Array(#"{"type": "act"}"#.utf8), "model.safetensors": weights,
    "train_config.json": Array("{}".utf8), "empty.json": [], "empty.safetensors": [],
    "norm.safetensors": randomBytes(900, seed: 8),
  ]

  /// Uploads in parts of 10 kB.
  private static func fixture() throws -> HubFixture {
    var settings = FakeHubSettings()
    (settings.multipartThreshold, settings.partSize) = (20_000, 10_000)
    let fixture = try HubFixture(settings)
    try write(contents, into: fixture)
    for (name, text) in ["notes.txt": "not uploaded", ".hidden.json": "{}"] {
      try TextFile.write(text, to: "\(fixture.folder.file("policy"))/\(name)")
    }
    return fixture
  }

  private static func write(_ files: [String: [UInt8]], into fixture: HubFixture) throws {
    try FileSystem.createDirectory(fixture.folder.file("policy"))
    for (name, bytes) in files { _ = try fixture.folder.write(bytes, to: "policy/\(name)") }
  }

  private static func upload(
    _ fixture: HubFixture, _ name: String = name, isPrivate: Bool? = nil
  ) throws -> PolicyUpload {
    let client = try fixture.client(token: HubFixture.token)
    return PolicyUpload(
      client, try client.checkUpload(to: name), isPrivate: isPrivate, fixture.reports)
  }

  private func check(_ fixture: HubFixture, _ contents: [String: [UInt8]] = Self.contents) throws {
    var expected = contents
    expected["README.md"] = Array("a card".utf8)
    let files = try fixture.hub.files(.model, Self.name).keys.filter { $0 != ".gitattributes" }
    #expect(Set(files) == Set(expected.keys))
    for (path, bytes) in expected {
      #expect(try fixture.hub.bytes(of: path, .model, Self.name) == bytes, "\(path)")
    }
    let last = try #require(fixture.progress.last)
    #expect(last.isDone, "\(last)")
    #expect(fixture.progress.allSatisfy { (0...last.byteCount).contains($0.bytesDone) })
    #expect(fixture.hub.leaks.isEmpty)
    #expect(fixture.hub.unreferencedObjects.isEmpty)
  }

  private func commitCount(_ fixture: HubFixture) throws -> Int {
    try fixture.hub.commits(.model, Self.name).count
  }

  private func sent(_ fixture: HubFixture) -> [ReceivedRequest] {
    fixture.hub.requests.filter { $0.method == "PUT" }
  }

  // MARK: Whole

  @Test func oneCommitHoldsAllFiles() throws {
    let fixture = try Self.fixture()
    let page = try Self.upload(fixture).policy(
      in: fixture.folder.file("policy"), card: "a card")
    #expect(page == "\(fixture.hub.endpoint)/alice/policy")
    try check(fixture)
    // The first is the hub's own.
    #expect(try commitCount(fixture) == 2)
    // Four parts and a file that fits into one.
    #expect(sent(fixture).map(\.bodySize).sorted() == [900, 5000, 10_000, 10_000, 10_000])
    #expect(fixture.hub.unfinishedUploads == 0)
    #expect(try !fixture.hub.isPrivate(.model, Self.name))
  }

  @Test(arguments: [true, false])
  func aNewRepositoryIsPrivateAsAskedFor(isPrivate: Bool) throws {
    let fixture = try Self.fixture()
    let upload = try Self.upload(fixture, isPrivate: isPrivate)
    _ = try upload.policy(in: fixture.folder.file("policy"), card: "a card")
    #expect(try fixture.hub.isPrivate(.model, Self.name) == isPrivate)
    try check(fixture)
  }

  @Test func aRepositoryThatIsThereIsKept() throws {
    let fixture = try Self.fixture()
    try fixture.add(.model, Self.name, ["old.txt": .text("old")])
    let upload = try Self.upload(fixture, isPrivate: true)
    _ = try upload.policy(in: fixture.folder.file("policy"), card: "a card")
    #expect(try fixture.hub.bytes(of: "old.txt", .model, Self.name) == Array("old".utf8))
    #expect(try commitCount(fixture) == 3)
  }

  @Test(arguments: [true, false])
  func whoMayNotCreateMayStillWrite(isThere: Bool) throws {
    let fixture = try Self.fixture()
    if isThere { try fixture.hub.addRepository(.model, Self.name) }
    fixture.hub.faults = {
      $0.path == "/api/repos/create" ? .answer(status: 403, body: "{}") : nil
    }
    let upload = try Self.upload(fixture)
    if isThere {
      _ = try upload.policy(in: fixture.folder.file("policy"), card: "a card")
      try check(fixture)
    } else {
      #expect(throws: HubError.self) {
        try upload.policy(in: fixture.folder.file("policy"), card: "a card")
      }
      #expect(!fixture.hub.hasRepository(.model, Self.name))
    }
  }

  @Test func contentsThatAreThereAreNotSentAgain() throws {
    let fixture = try Self.fixture()
    var contents = Self.contents
    contents["twin.safetensors"] = Self.weights
    try Self.write(contents, into: fixture)
    let (upload, folder) = (try Self.upload(fixture), fixture.folder.file("policy"))
    _ = try upload.policy(in: folder, card: "a card")
    try check(fixture, contents)
    #expect(sent(fixture).count == 5)
    fixture.hub.clearRequests()
    try Self.write(["config.json": Array("{}".utf8)], into: fixture)
    _ = try upload.policy(in: folder, card: "a card")
    #expect(sent(fixture).isEmpty && fixture.hub.count > 0)
    #expect(try fixture.hub.bytes(of: "config.json", .model, Self.name) == Array("{}".utf8))
  }

  @Test func aCheckpointLiesInItsFolderAndItsTagMoves() throws {
    let fixture = try Self.fixture()
    let (upload, folder) = (try Self.upload(fixture), fixture.folder.file("policy"))
    try FileSystem.createDirectory("\(folder)/training_state")
    try TextFile.write("{}", to: "\(folder)/training_state/step.json")
    try upload.checkpoint(in: folder, named: "000010")
    let first = try #require(try fixture.hub.tags(.model, Self.name)["000010"])
    #expect(try fixture.hub.branches(.model, Self.name)["main"] == first)
    let files = try fixture.hub.files(.model, Self.name)
    #expect(files["checkpoints/000010/training_state/step.json"] != nil)
    #expect(files["checkpoints/000010/model.safetensors"]?.size == 35_000)
    try TextFile.write("[]", to: "\(folder)/training_state/step.json")
    try upload.checkpoint(in: folder, named: "000010")
    let second = try #require(try fixture.hub.tags(.model, Self.name)["000010"])
    #expect(second != first)
    #expect(
      try fixture.hub.bytes(
        of: "checkpoints/000010/training_state/step.json", .model, Self.name, revision: "000010")
        == Array("[]".utf8))
  }

  // MARK: Failures that pass

  /// A fault for the first request that fits.
  private func failOnce(
    _ fixture: HubFixture, by fault: Fault, _ fits: @escaping @Sendable (ReceivedRequest) -> Bool
  ) {
    let isDone = Shared(false)
    fixture.hub.faults = { request in
      isDone.value.withLock { done in
        guard !done, fits(request) else { return nil }
        done = true
        return fault
      }
    }
  }

  private static let passing: [Fault] = [
    .serverError, .tooManyRequests(retryAfter: 3), .disconnect, .loseAnswer,
    .cutUpload(afterBytes: 50),
  ]

  @Test(arguments: [
    "/whoami-v2", "/repos/create", "/preupload/", "/objects/batch", "/objects/", "/uploads/",
    "/complete_multipart/", "/lfs/verify", "/commit/",
  ])
  func aFailureThatPassesIsTriedAgain(path: String) throws {
    for fault in Self.passing {
      let fixture = try Self.fixture()
      failOnce(fixture, by: fault) {
        path == "/objects/" ? $0.host == .cdn && $0.path.hasPrefix(path) : $0.path.contains(path)
      }
      // A commit whose answer is lost is made twice, and the second changes nothing; an upload that
      // is completed twice is not there the second time.
      let upload = try Self.upload(fixture)
      _ = try upload.policy(in: fixture.folder.file("policy"), card: "a card")
      try check(fixture)
      #expect(fixture.hub.requests.contains { $0.hadFault }, "\(path) \(fault)")
      #expect(fixture.pauses.count <= 1)
    }
  }

  @Test func onlyThePartThatFailedIsSentAgain() throws {
    let fixture = try Self.fixture()
    failOnce(fixture, by: .serverError) { $0.path.hasSuffix("/3") }
    _ = try Self.upload(fixture).policy(in: fixture.folder.file("policy"), card: "a card")
    try check(fixture)
    let parts = sent(fixture).filter { $0.path.hasPrefix("/uploads/") }
    #expect(parts.map { $0.path.suffix(1) }.sorted() == ["1", "2", "3", "3", "4"])
  }

  /// Stores answer 403 to an address whose time is over.
  @Test(arguments: ["/objects/", "/uploads/"])
  func anAddressWhoseTimeIsOverIsAskedForAgain(path: String) throws {
    let fixture = try Self.fixture()
    let expired = Fault.answer(
      status: 403, headers: ["Content-Type": "application/xml"],
      body: "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>")
    failOnce(fixture, by: expired) { $0.host == .cdn && $0.path.contains(path) }
    _ = try Self.upload(fixture).policy(in: fixture.folder.file("policy"), card: "a card")
    #expect(fixture.hub.requests.filter { $0.path.hasSuffix("/objects/batch") }.count == 2)
    for (path, bytes) in Self.contents {
      #expect(try fixture.hub.bytes(of: path, .model, Self.name) == bytes)
    }
    #expect(fixture.progress.last?.isDone == true)
  }

  // MARK: Failures that stay

  @Test(arguments: ["/objects/", "/uploads/", "/complete_multipart/", "/lfs/verify", "/commit/"])
  func aFailedUploadLeavesNothingHalfAndLaterSucceeds(path: String) throws {
    let fixture = try Self.fixture()
    try fixture.add(.model, Self.name, ["config.json": .text("old")])
    let before = try fixture.hub.commits(.model, Self.name).map(\.id)
    for fault in [Fault.serverError, .answer(status: 403, body: "{}"), .htmlPage] {
      // A store's answer has no body that matters, and what it holds need not be checked again.
      if case .answer(status: 200, _, _) = fault, path != "/commit/" { continue }
      if case .answer(status: 403, _, _) = fault, path == "/lfs/verify" { continue }
      fixture.hub.faults = { $0.path.contains(path) && $0.path.last != "h" ? fault : nil }
      #expect(throws: HubError.self) {
        try Self.upload(fixture).policy(in: fixture.folder.file("policy"), card: "a card")
      }
      #expect(fixture.hub.requests.contains { $0.hadFault })
      #expect(try fixture.hub.commits(.model, Self.name).map(\.id) == before)
    }
    fixture.hub.faults = nil
    _ = try Self.upload(fixture).policy(in: fixture.folder.file("policy"), card: "a card")
    #expect(try fixture.hub.bytes(of: "model.safetensors", .model, Self.name) == Self.weights)
    #expect(try fixture.hub.commits(.model, Self.name).count == before.count + 1)
  }

  /// Parts of which no whole can be made, down to sizes at the end of what a number holds.
  @Test(arguments: ["0", "-1", "1", "9000", "36000", "9223372036854775807", "many"])
  func partsThatDoNotFitAreRefused(size: String) throws {
    let fixture = try Self.fixture()
    try fixture.hub.addRepository(.model, Self.name)
    let digest = try Digest.hexadecimal(.sha256, of: Self.weights)
    let target = JSONValue.string("\(fixture.hub.cdn)/uploads/1/1")
    let header: JSONValue = ["chunk_size": .string(size), "1": target, "2": target, "3": target]
    let object: JSONValue = [
      "oid": .string(digest), "size": 35_000,
      "actions": ["upload": ["href": target, "header": header]],
    ]
    let answer: JSONValue = ["objects": [object]]
    fixture.hub.faults = {
      $0.path.hasSuffix("/batch") ? .answer(status: 200, body: answer.pythonText()) : nil
    }
    #expect(throws: HubError.self) {
      try Self.upload(fixture).policy(in: fixture.folder.file("policy"), card: "a card")
    }
    #expect(fixture.hub.requests.contains { $0.hadFault })
    #expect(try commitCount(fixture) == 1)
    if size != "many" { #expect(sent(fixture).isEmpty) }
  }

  /// A server has time to make a file of parts, or a commit; bytes that do not come are missed sooner.
  @Test func whatChangesSomethingIsGivenTime() throws {
    let address = try #require(HTTPAddress("http://hub/a"))
    let network = NetworkSettings([:])
    func seconds(_ method: HTTPRequest.Method, isChange: Bool, isAnonymous: Bool = false) -> Int {
      var request = HTTPRequest(method, address)
      (request.isChange, request.isAnonymous) = (isChange, isAnonymous)
      return network.idleTimeout(of: request)
    }
    #expect(seconds(.get, isChange: false) == 10 && seconds(.get, isChange: true) == 10)
    #expect(seconds(.post, isChange: false) == 10)
    #expect(seconds(.post, isChange: true) == 120 && seconds(.delete, isChange: true) == 120)
    #expect(seconds(.put, isChange: false, isAnonymous: true) == 120)
    let patient = NetworkSettings(["HF_HUB_DOWNLOAD_TIMEOUT": "500"])
    var commit = HTTPRequest(.post, address)
    commit.isChange = true
    #expect(patient.idleTimeout(of: commit) == 500)
  }

  @Test func manyFilesAreAskedAboutInSeveralQuestions() throws {
    let fixture = try HubFixture()
    var contents: [String: [UInt8]] = [:]
    for number in 0..<300 { contents["shard\(number).safetensors"] = Array("\(number)".utf8) }
    try Self.write(contents, into: fixture)
    _ = try Self.upload(fixture).policy(in: fixture.folder.file("policy"), card: "a card")
    try check(fixture, contents)
    for question in ["/preupload/", "/objects/batch"] {
      #expect(fixture.hub.requests.filter { $0.path.contains(question) }.count == 2)
    }
    #expect(fixture.hub.requests.filter { $0.path.contains("/commit/") }.count == 1)
  }
}
