import FakeHub
import Foundation
import LeRobotCore
import LeRobotHub
import Support
import Testing

/// Models in huggingface_hub's cache, and when the hub is asked.
struct ModelCachePropertyTests {
  private static let name = "alice/policy"
  private static let files: [String: HubContents] = [
    "config.json": .text(#"{"type": "act"}"#),
    "model.safetensors": .bytes(randomBytes(5000, seed: 2)),
    "policy_preprocessor.json": .text(#"{"steps": [{"state_file": "norm.safetensors"}]}"#),
    "norm.safetensors": .text("numbers"), "README.md": .text("a card"),
    "deep/er/notes.json": .text("{}"), "pytorch_model.bin": .text("not wanted"),
  ]

  private func policy(_ model: HubModel) throws(HubError) -> String {
    try model.folder(
      optional: PolicyFolder.optional, isWhole: PolicyFolder.isWhole, PolicyFolder.isPart)
  }

  private func link(_ path: String) -> String? { FileSystem.linkTarget(path) }

  @Test func theCacheIsLaidOutAsHuggingFaceHubDoes() throws {
    let fixture = try HubFixture()
    let commit = try fixture.add(.model, Self.name, Self.files)
    let folder = try policy(fixture.model(Self.name))
    let root = "\(fixture.cache)/models--alice--policy"
    #expect(folder == "\(root)/snapshots/\(commit)")
    #expect(try TextFile.read("\(root)/refs/main") == commit)
    let hub = try fixture.hub.files(.model, Self.name)
    let wanted = [
      "config.json", "model.safetensors", "norm.safetensors", "policy_preprocessor.json",
    ]
    #expect(try FileSystem.list(folder) == wanted)
    for path in wanted {
      let etag = try #require(hub[path]?.etag)
      #expect(link("\(folder)/\(path)") == "../../blobs/\(etag)")
      #expect(
        Array(try Data(contentsOf: URL(filePath: "\(root)/blobs/\(etag)")))
          == (try fixture.hub.bytes(of: path, .model, Self.name)))
      #expect(FileSystem.exists("\(fixture.cache)/.locks/models--alice--policy/\(etag).lock"))
    }
    #expect(try FileSystem.list("\(root)/blobs").count == wanted.count)
    #expect(try FileSystem.list("\(root)/.no_exist/\(commit)") == ["policy_postprocessor.json"])
    // A file in folders of its own.
    let deep = try #require(try fixture.model(Self.name).file("deep/er/notes.json"))
    let etag = try #require(hub["deep/er/notes.json"]?.etag)
    #expect(link(deep) == "../../../../blobs/\(etag)")
    #expect(try TextFile.read(deep) == "{}")
  }

  @Test func aWholePolicyIsUsedWithoutARequest() throws {
    let fixture = try HubFixture()
    try fixture.add(.model, Self.name, Self.files)
    let folder = try policy(fixture.model(Self.name))
    #expect(try fixture.model(Self.name).file("none.json") == nil)
    let count = fixture.hub.count
    #expect(try policy(fixture.model(Self.name)) == folder)
    #expect(try fixture.model(Self.name).file("config.json") == "\(folder)/config.json")
    #expect(try fixture.model(Self.name).file("none.json") == nil)
    #expect(fixture.hub.count == count && count > 0)
  }

  @Test(arguments: [
    "model.safetensors", "config.json", "norm.safetensors", "policy_preprocessor.json",
  ])
  func whatIsMissingOfAPolicyIsDownloaded(path: String) throws {
    let fixture = try HubFixture()
    try fixture.add(.model, Self.name, Self.files)
    let folder = try policy(fixture.model(Self.name))
    try FileSystem.remove("\(folder)/\(path)")
    fixture.hub.clearRequests()
    #expect(try policy(fixture.model(Self.name)) == folder)
    #expect(FileSystem.size(of: "\(folder)/\(path)") != nil)
    // Its contents are still among the blobs.
    #expect(fixture.filesAskedFor == [] && fixture.hub.count > 0)
  }

  @Test func offlineUsesTheCacheAndAsksNobody() throws {
    let fixture = try HubFixture()
    let commit = try fixture.add(.model, Self.name, Self.files, tag: "v1")
    let folder = try policy(fixture.model(Self.name))
    _ = try policy(fixture.model(Self.name, revision: "v1"))
    let count = fixture.hub.count
    let offline = try fixture.client(["HF_HUB_OFFLINE": "1"])
    for revision in [nil, "v1", commit] {
      #expect(try policy(fixture.model(Self.name, revision: revision, offline)) == folder)
    }
    for revision in ["v2", String(repeating: "0", count: 40)] {
      let error = #expect(throws: HubError.self) {
        try policy(fixture.model(Self.name, revision: revision, offline))
      }
      guard case .offline = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
    #expect(fixture.hub.count == count)
  }

  @Test func aNamedRevisionAsksAndMayHaveMoved() throws {
    let fixture = try HubFixture()
    let first = try fixture.add(.model, Self.name, Self.files, tag: "v1")
    #expect(try policy(fixture.model(Self.name, revision: "v1")).hasSuffix(first))
    let second = try fixture.add(.model, Self.name, ["config.json": .text("{}")], tag: "v1")
    #expect(try policy(fixture.model(Self.name, revision: "v1")).hasSuffix(second))
    #expect(try policy(fixture.model(Self.name, revision: first)).hasSuffix(first))
    #expect(
      try TextFile.read("\(fixture.cache)/models--alice--policy/refs/v1") == second)
  }

  @Test(arguments: ["cut", "busy"])
  func aNamedRevisionIsTakenFromTheCacheWhereTheHubCannotBeAsked(failure: String) throws {
    let fixture = try HubFixture()
    try fixture.add(.model, Self.name, Self.files, tag: "v1")
    let folder = try policy(fixture.model(Self.name, revision: "v1"))
    fixture.hub.clearRequests()
    fixture.hub.faults = { _ in failure == "cut" ? .disconnect : .unavailable }
    #expect(try policy(fixture.model(Self.name, revision: "v1")) == folder)
    #expect(fixture.hub.count > 1)
    #expect(fixture.notices.last?.contains("of the cache is used") == true)
    #expect(throws: HubError.self) { try policy(fixture.model(Self.name, revision: "v2")) }
  }

  @Test func aNameMayHoldTheRevision() throws {
    let fixture = try HubFixture()
    let commit = try fixture.add(.model, Self.name, Self.files, tag: "v1")
    try fixture.add(.model, Self.name, ["config.json": .text("{}")])
    let name = try #require(RepositoryName("\(Self.name)@v1"))
    let folder = try Hub(fixture.variables()).policyFolder(name)
    #expect(folder.hasSuffix(commit))
  }

  /// Names come from files of other people's repositories.
  @Test(arguments: ["../../../../escaped", "/escaped", "a/../../../../../escaped", "", "a\0b"])
  func aNameThatLeadsOutsideIsNoFile(name: String) throws {
    let fixture = try HubFixture()
    try fixture.add(.model, Self.name, Self.files)
    _ = try policy(fixture.model(Self.name))
    let before = try fixture.files()
    let (count, model) = (fixture.hub.count, try fixture.model(Self.name))
    #expect(try model.file(name) == nil)
    #expect(try fixture.files() == before)
    #expect(fixture.hub.count == count)
  }

  @Test func aRenamedRepositoryIsFollowed() throws {
    let fixture = try HubFixture()
    try fixture.add(.model, "alice/old", Self.files)
    try fixture.hub.renameRepository(.model, "alice/old", to: Self.name)
    let folder = try policy(fixture.model("alice/old"))
    #expect(FileSystem.size(of: "\(folder)/model.safetensors") == 5000)
    #expect(fixture.hub.requests.contains { $0.status == 307 })
  }
}
