import FakeHub
import Foundation
import LeRobotCore
import LeRobotHub
import Support
import Testing

/// Which files of a dataset are downloaded, of which revision, and in which order.
struct DatasetDownloadPropertyTests {
  private static let name = "lab/pick"
  private static let tables = (0..<3).map { "data/chunk-000/file-00\($0).parquet" }

  private static func files(_ mark: String = "v3.0") -> [String: HubContents] {
    var files: [String: HubContents] = [
      "meta/info.json": .text(#"{"codebase_version": "\#(mark)"}"#), "meta/stats.json": .text("{}"),
      "meta/episodes/chunk-000/file-000.parquet": .bytes(randomBytes(2000, seed: 1)),
      "README.md": .text("a dataset"), "videos/top/file-000.mp4": .text("a film"),
    ]
    for (index, path) in tables.enumerated() { files[path] = .text("\(mark) table \(index)") }
    return files
  }

  private func text(_ fixture: HubFixture, _ path: String) throws -> String {
    try TextFile.read("\(fixture.datasetFolder(Self.name))/\(path)")
  }

  @Test func descriptionComesFirstAndItsInfoLast() throws {
    let fixture = try HubFixture()
    try fixture.add(.dataset, Self.name, Self.files(), tag: "v3.0")
    try fixture.dataset(Self.name).downloadDescription()
    #expect(fixture.filesAskedFor.last == "meta/info.json")
    #expect(
      Set(fixture.filesAskedFor)
        == ["meta/info.json", "meta/stats.json", "meta/episodes/chunk-000/file-000.parquet"])
    #expect(fixture.notices == [])
  }

  /// What a killed program leaves is not taken for a dataset: info.json is what says that it is one.
  @Test func withoutAllOfItsDescriptionADatasetHasNoInfo() throws {
    let fixture = try HubFixture()
    try fixture.add(.dataset, Self.name, Self.files(), tag: "v3.0")
    fixture.hub.faults = {
      $0.path.hasSuffix("stats.json") ? .answer(status: 404, headers: [:], body: "{}") : nil
    }
    #expect(throws: HubError.self) { try fixture.dataset(Self.name).downloadDescription() }
    #expect(fixture.filesAskedFor.contains("meta/stats.json"))
    #expect(
      !FileSystem.exists("\(fixture.datasetFolder(Self.name))/meta/info.json"))
    fixture.hub.faults = nil
    try fixture.dataset(Self.name).downloadDescription()
    #expect(try text(fixture, "meta/stats.json") == "{}")
  }

  @Test func onlyTheFilesAskedForAreDownloadedAndOnce() throws {
    let fixture = try HubFixture()
    try fixture.add(.dataset, Self.name, Self.files(), tag: "v3.0")
    let dataset = try fixture.dataset(Self.name)
    try dataset.downloadDescription()
    fixture.hub.clearRequests()
    try dataset.download(paths: [Self.tables[1]])
    #expect(fixture.filesAskedFor == [Self.tables[1]])
    #expect(try text(fixture, Self.tables[1]) == "v3.0 table 1")
    try dataset.download(paths: Self.tables)
    #expect(fixture.filesAskedFor.sorted() == Self.tables.sorted())
    fixture.hub.clearRequests()
    try dataset.downloadDescription()
    try dataset.download(paths: Self.tables)
    #expect(fixture.filesAskedFor == [] && fixture.hub.count > 0)
  }

  @Test func aFileThatTheHubLacksIsNamed() throws {
    let fixture = try HubFixture()
    try fixture.add(.dataset, Self.name, Self.files(), tag: "v3.0")
    let dataset = try fixture.dataset(Self.name)
    try dataset.downloadDescription()
    let error = #expect(throws: HubError.self) {
      try dataset.download(paths: [Self.tables[0], "data/none.parquet"])
    }
    guard case .noFile(_, "data/none.parquet", _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(fixture.filesAskedFor.contains(Self.tables[0]) == false)
  }

  // MARK: Revisions

  /// Tags of the hub, and which of them, or of its branches, is taken; nil for none.
  @Test(arguments: [
    (["v2.1", "v3.0"], "v3.0", 0), (["v2.0", "v2.1"], "v2.1", 1), (["v2.0"], "v2.0", 1),
    ([], "main", 1), (["first"], "main", 1), (["v3.0", "v9.9"], "v3.0", 0),
    (["v3.1", "v4.0"], nil, 0),
  ])
  func theNewestVersionThatCanBeReadIsTaken(
    tags: [String], expected: String?, noticeCount: Int
  ) throws {
    let fixture = try HubFixture()
    for tag in tags { try fixture.add(.dataset, Self.name, Self.files(tag), tag: tag) }
    try fixture.add(.dataset, Self.name, Self.files("main"))
    let dataset = try fixture.dataset(Self.name)
    guard let expected else {
      #expect(
        throws: HubError.noVersion(
          try #require(HubRepository(.dataset, Self.name)), known: tags,
          readable: ["v3.0", "v2.1", "v2.0"])
      ) { try dataset.downloadDescription() }
      return
    }
    try dataset.downloadDescription()
    try dataset.download(paths: [Self.tables[0]])
    #expect(try text(fixture, "meta/info.json").contains(expected))
    #expect(try text(fixture, Self.tables[0]) == "\(expected) table 0")
    #expect(fixture.notices.count == noticeCount, "\(fixture.notices)")
    #expect(fixture.notices.allSatisfy { $0.contains(expected) })
  }

  @Test(arguments: ["a tag", "main", "a commit"])
  func aRevisionIsTakenAsItIsGiven(kind: String) throws {
    let fixture = try HubFixture()
    let commit = try fixture.add(.dataset, Self.name, Self.files("early"), tag: "pr/1")
    try fixture.add(.dataset, Self.name, Self.files("late"), tag: "v3.0")
    let revision = ["a tag": "pr/1", "main": "main", "a commit": commit][kind]
    try fixture.dataset(Self.name, revision: revision).downloadDescription()
    #expect(try text(fixture, "meta/info.json").contains(kind == "main" ? "late" : "early"))
    #expect(fixture.notices == [])
  }

  @Test func anUnknownRevisionIsAnErrorWithThoseThereAre() throws {
    let fixture = try HubFixture()
    try fixture.add(.dataset, Self.name, Self.files(), tag: "v3.0")
    let error = #expect(throws: HubError.self) {
      try fixture.dataset(Self.name, revision: "v8").downloadDescription()
    }
    let text = error?.description ?? ""
    #expect(text.contains("no revision v8") && text.contains("v3.0, main"), "\(text)")
    #expect(!FileSystem.exists(fixture.datasetFolder(Self.name)))
  }

  // MARK: Later files

  @Test func laterFilesAreOfTheDescriptionsCommit() throws {
    let fixture = try HubFixture()
    try fixture.add(.dataset, Self.name, Self.files(), tag: "v3.0")
    try fixture.dataset(Self.name).downloadDescription()
    try fixture.add(.dataset, Self.name, Self.files("newer"), tag: "v3.0")
    fixture.hub.clearRequests()
    try fixture.dataset(Self.name).download(paths: [Self.tables[2]])
    #expect(try text(fixture, Self.tables[2]) == "v3.0 table 2")
    #expect(!fixture.hub.requests.contains { $0.path.hasSuffix("/refs") })
  }

  @Test(arguments: [true, false])
  func aDatasetThatCameInAnotherWayIsCompletedIfItIsTheHubs(isSame: Bool) throws {
    let fixture = try HubFixture()
    try fixture.add(.dataset, Self.name, Self.files(), tag: "v3.0")
    let folder = fixture.datasetFolder(Self.name)
    try FileSystem.createDirectory("\(folder)/meta")
    let version = isSame ? "v3.0" : "v9.9"
    try TextFile.write(#"{"codebase_version": "\#(version)"}"#, to: "\(folder)/meta/info.json")
    let dataset = try fixture.dataset(Self.name)
    if isSame {
      try dataset.download(paths: [Self.tables[0]])
      #expect(try text(fixture, Self.tables[0]) == "v3.0 table 0")
      return
    }
    let error = #expect(throws: HubError.self) { try dataset.download(paths: [Self.tables[0]]) }
    guard case .otherContents = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(fixture.filesAskedFor == [])
  }

  @Test func aPrivateDatasetNeedsItsToken() throws {
    let fixture = try HubFixture()
    try fixture.hub.addRepository(.dataset, "alice/secret", private: true)
    try fixture.add(.dataset, "alice/secret", Self.files(), tag: "v3.0")
    let repository = try #require(HubRepository(.dataset, "alice/secret"))
    #expect(throws: HubError.noRepository(repository, hasToken: false)) {
      try fixture.dataset("alice/secret").downloadDescription()
    }
    let client = try fixture.client(token: HubFixture.token)
    try fixture.dataset("alice/secret", client).downloadDescription()
    #expect(
      FileSystem.exists("\(fixture.datasetFolder("alice/secret"))/meta/info.json"))
  }

  @Test func aGatedDatasetNamesThePageThatOpensIt() throws {
    let fixture = try HubFixture()
    try fixture.hub.addRepository(.dataset, "lab/gated", gated: true)
    try fixture.add(.dataset, "lab/gated", Self.files(), tag: "v3.0")
    let error = #expect(throws: HubError.self) {
      try fixture.dataset("lab/gated").downloadDescription()
    }
    #expect(
      error?.description.contains("\(fixture.hub.endpoint)/datasets/lab/gated") == true,
      "\(String(describing: error))")
  }
}
