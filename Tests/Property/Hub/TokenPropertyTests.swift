import FakeHub
import Foundation
import LeRobotCore
import LeRobotHub
import Support
import Testing

/// Where a token is looked for, and that it is never where it does not belong.
struct TokenPropertyTests {
  private static let name = "alice/secret"
  private static let token = HubFixture.token

  /// A hub with a private model and a private dataset.
  private static func fixture() throws -> HubFixture {
    let fixture = try HubFixture()
    try fixture.hub.addRepository(.model, name, private: true)
    try fixture.hub.addRepository(.dataset, name, private: true)
    try fixture.add(
      .model, name,
      ["config.json": .text("{}"), "model.safetensors": .bytes(randomBytes(3000, seed: 6))])
    try fixture.add(
      .dataset, name, ["meta/info.json": .text("{}"), "data.parquet": .bytes([1, 2, 3])],
      tag: "v3.0")
    return fixture
  }

  private static func downloadAll(_ fixture: HubFixture, _ client: HubClient) throws {
    _ = try fixture.model(name, client).file("config.json")
    _ = try fixture.model(name, client).file("model.safetensors")
    let dataset = try fixture.dataset(name, client)
    try dataset.downloadDescription()
    try dataset.download(paths: ["data.parquet"])
  }

  // MARK: Where it is looked for

  private struct Place: Sendable, CustomTestStringConvertible {
    let variables: [String: String]
    var files: [String: String] = [:]
    let expected: String?
    var testDescription: String { "\(variables.keys.sorted()) \(files)" }
  }

  /// `HOME_` and `USER_` stand for the folders of the test.
  private static let places = [
    Place(variables: [:], expected: nil),
    Place(variables: ["HF_TOKEN": "one"], expected: "one"),
    Place(variables: ["HF_TOKEN": " one\r\n"], expected: "one"),
    Place(variables: ["HF_TOKEN": "", "HUGGING_FACE_HUB_TOKEN": "two"], expected: "two"),
    Place(variables: ["HF_TOKEN": "one", "HUGGING_FACE_HUB_TOKEN": "two"], expected: "one"),
    Place(variables: [:], files: ["home/token": "three\n"], expected: "three"),
    Place(variables: ["HF_TOKEN": "one"], files: ["home/token": "three"], expected: "one"),
    Place(
      variables: ["HF_TOKEN_PATH": "FOLDER/elsewhere"],
      files: ["home/token": "three", "elsewhere": "four"], expected: "four"),
    Place(
      variables: ["HF_TOKEN_PATH": "FOLDER/none"], files: ["home/token": "three"], expected: nil),
    Place(variables: ["HF_TOKEN": "one", "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"], expected: nil),
    Place(variables: ["HF_TOKEN": "one", "HF_HUB_DISABLE_IMPLICIT_TOKEN": "0"], expected: "one"),
    Place(variables: ["HF_TOKEN": "no\u{e9}"], expected: nil),
  ]

  @Test(arguments: places)
  private func theTokenIsFoundWhereHuggingFaceHubFindsIt(place: Place) throws {
    let fixture = try HubFixture()
    try fixture.add(.model, "alice/open", ["config.json": .text("{}")])
    try FileSystem.createDirectory(fixture.home)
    for (name, text) in place.files { _ = try fixture.folder.write(text.utf8, to: name) }
    let variables = place.variables.mapValues {
      $0.replacing("FOLDER", with: fixture.folder.path)
    }
    for token in ["one", "two", "three", "four"] {
      try fixture.hub.addToken(token, user: "alice", role: .read)
    }
    _ = try fixture.model("alice/open", try fixture.client(variables)).file("config.json")
    let tokens = Set(fixture.hub.requests.map(\.token))
    #expect(tokens == [place.expected])
    #expect(fixture.hub.count == 3)
  }

  @Test func withoutImplicitTokensItIsStillSentWhereSomethingChanges() throws {
    let fixture = try HubFixture()
    let client = try fixture.client(
      token: Self.token, ["HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"])
    #expect(try client.account().name == "alice")
    #expect(fixture.hub.requests.map(\.token) == [Self.token])
  }

  // MARK: Where it never goes

  @Test func itNeverGoesToWhereFilesAreStored() throws {
    let fixture = try Self.fixture()
    try Self.downloadAll(fixture, try fixture.client(token: Self.token))
    let stored = fixture.hub.requests.filter { $0.host == .cdn }
    #expect(stored.count == 2 && stored.allSatisfy { $0.authorization == nil })
    #expect(
      fixture.hub.requests.filter { $0.host == .endpoint }.allSatisfy { $0.token == Self.token })
  }

  /// Another port, another name of the same machine, and another server.
  @Test(arguments: ["port", "host", "relative"])
  func itNeverFollowsARedirectElsewhere(kind: String) throws {
    let (fixture, other) = (try Self.fixture(), try HubFixture())
    let target =
      switch kind {
      case "port": other.hub.endpoint
      case "host": fixture.hub.endpoint.replacing("127.0.0.1", with: "localhost")
      default: "//localhost:\(fixture.hub.endpoint.split(separator: ":").last ?? "")"
      }
    let isSent = Shared(false)
    fixture.hub.faults = { request in
      guard request.method == "GET", request.hostHeader?.hasPrefix("127") == true else {
        return nil
      }
      isSent.value.withLock { $0 = true }
      return .redirect(to: target + request.target)
    }
    let client = try fixture.client(token: Self.token)
    #expect(throws: HubError.self) { try fixture.model(Self.name, client).file("config.json") }
    #expect(isSent.value.withLock { $0 })
    let elsewhere =
      other.hub.requests + fixture.hub.requests.filter { $0.hostHeader?.hasPrefix("127") != true }
    #expect(!elsewhere.isEmpty && elsewhere.allSatisfy { $0.authorization == nil })
  }

  /// A server that repeats what it was sent.
  @Test(arguments: [400, 401, 403, 404, 409, 429, 500])
  func itIsInNoErrorThoughTheServerRepeatsIt(status: Int) throws {
    let fixture = try Self.fixture()
    let client = try fixture.client(token: Self.token)
    for headers in [["X-Error-Message": "no, Bearer \(Self.token)"], [:]] {
      fixture.hub.faults = { _ in
        .answer(status: status, headers: headers, body: #"{"error": "bad \#(Self.token)"}"#)
      }
      for ask in [
        { try Self.downloadAll(fixture, client) },
        { _ = try client.checkUpload(to: "alice/policy") },
        { try fixture.dataset(Self.name, client).downloadDescription() },
      ] {
        let error = #expect(throws: HubError.self) { try ask() }
        let texts = [error?.description ?? "", dumped(error), String(reflecting: error)]
        for text in texts { #expect(!text.contains(Self.token), "\(text)") }
      }
    }
    #expect(fixture.hub.requests.contains { $0.token == Self.token })
  }

  @Test func itIsInNoDescriptionAndNoDump() throws {
    let fixture = try Self.fixture()
    let variables = fixture.variables(["HF_TOKEN": Self.token])
    let (settings, hub) = (try HubSettings(variables), Hub(variables))
    let client = HubClient(settings)
    let location = CacheFolders(variables)
    let all: [Any] = [
      settings, hub, client, location, try fixture.model(Self.name, client), try hub.client(),
      try fixture.dataset(Self.name, client),
    ]
    for value in all {
      for text in [dumped(value), "\(value)", String(reflecting: value)] {
        #expect(!text.contains(Self.token), "\(type(of: value))")
      }
    }
  }

  @Test func itIsInNoFileAndNoArgument() throws {
    let fixture = try Self.fixture()
    let client = try fixture.client(token: Self.token)
    try Self.downloadAll(fixture, client)
    let policy = fixture.folder.file("policy")
    try FileSystem.createDirectory(policy)
    try TextFile.write("{}", to: "\(policy)/config.json")
    let upload = PolicyUpload(
      client, try client.checkUpload(to: "alice/new"), isPrivate: nil, fixture.reports)
    _ = try upload.policy(in: policy, card: "a card")
    let files = try fixture.files()
    #expect(files.count > 10)
    for (path, bytes) in files {
      #expect(bytes.range(of: Data(Self.token.utf8)) == nil, "\(path)")
    }
    for notice in fixture.notices { #expect(!notice.contains(Self.token)) }
    let arguments = try Data(contentsOf: URL(filePath: "/proc/self/cmdline"))
    #expect(arguments.range(of: Data(Self.token.utf8)) == nil)
  }

  private func dumped(_ value: some Any) -> String {
    var text = ""
    dump(value, to: &text)
    return text
  }
}
