import FakeHub
import Foundation
import LeRobotCore
import LeRobotHub
import Support
import Testing

/// Proxies, servers that are not there, and addresses.
struct NetworkPropertyTests {
  private static let name = "alice/policy"

  private static func fixture(_ settings: FakeHubSettings = FakeHubSettings()) throws -> HubFixture
  {
    let fixture = try HubFixture(settings)
    try fixture.add(.model, name, ["config.json": .text("{}"), "a.safetensors": .text("weights")])
    return fixture
  }

  // MARK: Proxies

  /// What the variables say of `http://hub.example:8080`.
  @Test(arguments: [
    (["http_proxy": "http://p:1"], "http://p:1"), (["HTTP_PROXY": "http://p:1"], "http://p:1"),
    (["http_proxy": "http://p:1", "HTTP_PROXY": "http://q:1"], "http://p:1"),
    (["https_proxy": "http://p:1"], ""), (["ALL_PROXY": "http://p:1"], "http://p:1"),
    (["all_proxy": "http://p:1", "http_proxy": "http://q:1"], "http://q:1"), ([:], ""),
    (["http_proxy": "http://p:1", "no_proxy": "*"], ""),
    (["http_proxy": "http://p:1", "no_proxy": "other, Hub.Example"], ""),
    (["http_proxy": "http://p:1", "NO_PROXY": ".example"], ""),
    (["http_proxy": "http://p:1", "no_proxy": "example"], ""),
    (["http_proxy": "http://p:1", "no_proxy": "hub.example:8080"], ""),
    (["http_proxy": "http://p:1", "no_proxy": "hub.example:80"], "http://p:1"),
    (["http_proxy": "http://p:1", "no_proxy": "ample,xhub.example"], "http://p:1"),
  ])
  func theProxyIsTheOneThatCurlWouldTake(variables: [String: String], proxy: String) throws {
    let origin = try #require(HTTPAddress("http://hub.example:8080/a")).origin
    #expect(NetworkSettings(variables).proxy(for: origin) == proxy)
  }

  @Test func requestsGoThroughTheProxy() throws {
    let fixture = try Self.fixture()
    let client = try fixture.client([
      "HF_ENDPOINT": "http://hub.example", "http_proxy": fixture.hub.endpoint,
      "no_proxy": "localhost",
    ])
    let path = try #require(try fixture.model(Self.name, client).file("a.safetensors"))
    #expect(try TextFile.read(path) == "weights")
    let (asked, stored) = (
      fixture.hub.requests.filter { $0.host == .endpoint },
      fixture.hub.requests.filter { $0.host == .cdn }
    )
    #expect(!asked.isEmpty && asked.allSatisfy { $0.isProxied && $0.hostHeader == "hub.example" })
    #expect(stored.count == 1 && stored.allSatisfy { !$0.isProxied })
  }

  @Test(arguments: ["http://127.0.0.1:1", "http://nowhere.invalid:1"])
  func aProxyThatIsNotThereIsNamed(proxy: String) throws {
    let fixture = try Self.fixture()
    let client = try fixture.client(["http_proxy": proxy])
    let error = #expect(throws: HubError.self) {
      try fixture.model(Self.name, client).file("config.json")
    }
    let text = error?.description ?? ""
    #expect(text.contains("http_proxy") && !text.contains("\n"), "\(text)")
    #expect(fixture.hub.count == 0)
  }

  // MARK: Servers

  @Test func aServerThatIsNotThereIsTriedAndNamed() throws {
    let fixture = try Self.fixture()
    let client = try fixture.client(["HF_ENDPOINT": "http://127.0.0.1:1"])
    let error = #expect(throws: HubError.self) {
      try fixture.model(Self.name, client).file("config.json")
    }
    guard case .noAnswer(let address, .noConnection) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(address.description.hasPrefix("http://127.0.0.1:1/"))
    #expect(fixture.pauses == [1, 2, 4, 8])
  }

  @Test func aServerWhoseNameIsUnknownIsNotTriedAgain() throws {
    let fixture = try Self.fixture()
    let client = try fixture.client(["HF_ENDPOINT": "http://nowhere.invalid"])
    let error = #expect(throws: HubError.self) {
      try fixture.model(Self.name, client).file("config.json")
    }
    guard case .noAnswer(_, .noHost) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(fixture.pauses == [])
  }

  /// A server that speaks no TLS where it is expected to.
  @Test func aServerWithoutTLSIsSaidInALine() throws {
    let fixture = try Self.fixture()
    let endpoint = fixture.hub.endpoint.replacing("http:", with: "https:")
    let error = #expect(throws: HubError.self) {
      try fixture.model(Self.name, try fixture.client(["HF_ENDPOINT": endpoint])).file(
        "config.json")
    }
    guard case .noAnswer(_, .tls) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.description.contains("REQUESTS_CA_BUNDLE") == true)
  }

  @Test(arguments: [
    "huggingface.co", "ftp://hub", "http:", "https://…@hub", "file:///tmp", "//hub",
  ])
  func anEndpointThatIsNoAddressIsRefused(text: String) {
    let written = text.replacing("…", with: "user:word")
    #expect(throws: HubError.badEndpoint(text)) { try HubSettings(["HF_ENDPOINT": written]) }
  }

  @Test(arguments: ["", "/", "//"])
  func anEndpointMayEndWithASlash(end: String) throws {
    let fixture = try Self.fixture()
    let client = try fixture.client(["HF_ENDPOINT": fixture.hub.endpoint + end])
    #expect(try fixture.model(Self.name, client).file("config.json") != nil)
  }

  // MARK: What the hub may do

  /// Regular files are sent on to an address on the same server, and large files carry a note for
  /// another kind of store.
  @Test func theHubsNewerWaysAreFollowed() throws {
    var settings = FakeHubSettings()
    (settings.usesResolveCache, settings.announcesXet) = (true, true)
    let fixture = try Self.fixture(settings)
    let model = try fixture.model(Self.name, try fixture.client(token: HubFixture.token))
    for path in ["config.json", "a.safetensors"] {
      let found = try #require(try model.file(path))
      #expect(
        Array(try Data(contentsOf: URL(filePath: found)))
          == (try fixture.hub.bytes(of: path, .model, Self.name)))
    }
    #expect(fixture.hub.requests.contains { $0.path.contains("/resolve-cache/") })
    #expect(fixture.hub.leaks.isEmpty)
  }

  @Test func aListingOfManyPagesIsReadToItsEnd() throws {
    var settings = FakeHubSettings()
    settings.pageSize = 3
    let fixture = try HubFixture(settings)
    let names = (0..<10).map { "a file+%\($0)é.json" }
    try fixture.add(
      .model, Self.name, Dictionary(uniqueKeysWithValues: names.map { ($0, .text($0)) }))
    let folder = try fixture.model(Self.name)
      .folder(optional: [], isWhole: { _, _ in false }) { _ in true }
    #expect(try FileSystem.list(folder) == names.sorted())
    for name in names { #expect(try TextFile.read("\(folder)/\(name)") == name) }
    #expect(fixture.hub.requests.filter { $0.path.contains("/tree/") }.count == 4)
  }
}
