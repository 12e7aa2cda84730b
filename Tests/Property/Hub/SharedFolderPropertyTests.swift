import Dispatch
import FakeHub
import Foundation
import LeRobotCore
import LeRobotHub
import Support
import Testing

/// Several programs that download the same, and disks that cannot take a file.
struct SharedFolderPropertyTests {
  private static let name = "alice/policy"
  private static let bytes = randomBytes(50_000, seed: 4)

  private static func fixture() throws -> HubFixture {
    let fixture = try HubFixture()
    try fixture.add(.model, name, ["model.safetensors": .bytes(bytes)])
    try fixture.add(
      .dataset, name, ["meta/info.json": .text("{}"), "data.parquet": .bytes(bytes)], tag: "v3.0")
    return fixture
  }

  private static func download(
    _ kind: RepositoryKind, _ fixture: HubFixture, _ reports: TransferReports
  ) throws {
    let client = try fixture.client()
    guard kind == .dataset else {
      let repository = try #require(HubRepository(.model, name))
      _ = try HubModel(client, repository, revision: nil, reports).file("model.safetensors")
      return
    }
    let repository = try #require(HubRepository(.dataset, name))
    let dataset = HubDataset(
      client, repository, into: fixture.datasetFolder(name), revision: nil, versions: ["v3.0"],
      reports)
    try dataset.downloadDescription()
    try dataset.download(paths: ["data.parquet"])
  }

  /// The first is held up at the server until the second has said that it waits.
  @Test(arguments: [RepositoryKind.model, .dataset])
  func twoProgramsDownloadAFileOnce(kind: RepositoryKind) throws {
    let fixture = try Self.fixture()
    if kind == .dataset { try fixture.dataset(Self.name).downloadDescription() }
    let (isAsked, isWaiting) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    fixture.hub.faults = { request in
      if request.host == .cdn {
        isAsked.signal()
        _ = isWaiting.wait(timeout: .now() + 20)
      }
      return nil
    }
    let failures = Shared<[String]>([])
    let others = DispatchGroup()
    DispatchQueue.global().async(group: others) {
      do {
        try Self.download(kind, fixture, TransferReports())
      } catch {
        failures.value.withLock { $0.append("\(error)") }
      }
    }
    #expect(isAsked.wait(timeout: .now() + 20) == .success)
    let notices = Shared<[String]>([])
    let reports = TransferReports(notice: { notice in
      notices.value.withLock { $0.append(notice) }
      isWaiting.signal()
    })
    try Self.download(kind, fixture, reports)
    others.wait()
    #expect(failures.value.withLock { $0 } == [])
    #expect(notices.value.withLock { $0 }.count == 1)
    #expect(fixture.hub.requests.filter { $0.host == .cdn }.count == 1)
  }

  /// `/dev/full` takes no byte.
  @Test(arguments: [RepositoryKind.model, .dataset])
  func aFullDiskIsSaidInALine(kind: RepositoryKind) throws {
    let fixture = try Self.fixture()
    let file = try #require(
      try fixture.hub.files(kind, Self.name).values.first { $0.isLFS })
    var partial = "\(fixture.cache)/models--alice--policy/blobs/\(file.etag).incomplete"
    if kind == .dataset {
      let digest = try Digest.digest(.sha1, of: "data.parquet.metadata".utf8)
      let text = Data(digest).base64EncodedString()
        .replacing("+", with: "-").replacing("/", with: "_")
      partial =
        "\(fixture.datasetFolder(Self.name))/.cache/huggingface/download/"
        + "\(text).\(file.etag).incomplete"
    }
    try FileSystem.createDirectory(try #require(FileSystem.parent(of: partial)))
    try FileSystem.link(partial, to: "/dev/full")
    let error = #expect(throws: HubError.self) {
      try Self.download(kind, fixture, TransferReports())
    }
    let text = error?.description ?? ""
    #expect(text.contains(partial) && text.contains("no space left"), "\(text)")
    #expect(!text.contains("\n"))
  }

  @Test func spaceIsCheckedBeforeAnythingIsFetched() throws {
    let fixture = try Self.fixture()
    let size = 1 << 44
    let blob = String(repeating: "a", count: 40)
    let sha256 = String(repeating: "b", count: 64)
    fixture.hub.faults = { request in
      guard request.path.contains("/paths-info/") else { return nil }
      let entry = """
        [{"type": "file", "path": "model.safetensors", "oid": "\(blob)", "size": 130,
          "lfs": {"oid": "\(sha256)", "size": \(size), "pointerSize": 130}}]
        """
      return .answer(status: 200, body: entry)
    }
    let error = #expect(throws: HubError.self) {
      try Self.download(.model, fixture, TransferReports())
    }
    guard case .noSpace(_, needed: size, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    // What is here already needs no room.
    let blobs = "\(fixture.cache)/models--alice--policy/blobs"
    try FileSystem.createDirectory(blobs)
    try Data(count: 5000).write(to: URL(filePath: "\(blobs)/\(sha256).incomplete"))
    let next = #expect(throws: HubError.self) {
      try Self.download(.model, fixture, TransferReports())
    }
    guard case .noSpace(_, needed: size - 5000, _) = next else {
      Issue.record("\(String(describing: next))")
      return
    }
    #expect(fixture.filesAskedFor == [])
    #expect(error?.description.contains("HF_HOME") == true)
  }

  @Test(arguments: [RepositoryKind.model, .dataset])
  func aPlaceThatCannotBeWrittenIsNamed(kind: RepositoryKind) throws {
    let fixture = try Self.fixture()
    _ = try fixture.folder.write([], to: "home")
    let error = #expect(throws: HubError.self) {
      try Self.download(kind, fixture, TransferReports())
    }
    guard case .file = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.description.contains(fixture.home) == true)
    #expect(error?.description.contains("\n") == false)
  }
}
