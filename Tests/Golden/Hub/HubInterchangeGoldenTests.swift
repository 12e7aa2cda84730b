import Dispatch
import FakeHub
import Foundation
import LeRobotCore
import LeRobotHub
import Support
import Testing

/// What this program downloads and uploads against huggingface_hub and LeRobot themselves, which
/// `LEROBOT_PEER` names (a virtual environment), by a hub on loopback.
@Suite(
  .serialized,
  .enabled(if: ProcessInfo.processInfo.environment["LEROBOT_PEER"] != nil, "needs LEROBOT_PEER"))
@TorchThread
struct HubInterchangeGoldenTests {
  nonisolated private let peer = ProcessInfo.processInfo.environment["LEROBOT_PEER"] ?? ""
  private static let tiny = "Fixtures/datasets/tiny"

  /// A hub with the tiny dataset and a policy that was trained here.
  private static func fixture() throws -> HubFixture {
    let fixture = try HubFixture()
    try fixture.hub.addRepository(.dataset, "lab/tiny")
    let folder = RepositoryFiles.root.appending(path: tiny).path
    _ = try fixture.hub.commit(folder: folder, to: .dataset, "lab/tiny")
    try fixture.hub.tag("v3.0", .dataset, "lab/tiny")
    return fixture
  }

  /// The variables of a program that finds nothing but this hub.
  nonisolated private func variables(_ fixture: HubFixture, isOffline: Bool) -> [String: String] {
    fixture.variables([
      "HF_TOKEN": HubFixture.token, "HF_HUB_OFFLINE": isOffline ? "1" : "0", "no_proxy": "*",
      "HF_LEROBOT_HOME": "\(fixture.home)/lerobot", "HF_HUB_CACHE": fixture.cache,
      "HF_DATASETS_CACHE": fixture.folder.file("datasets"), "HF_HUB_DISABLE_TELEMETRY": "1",
      "HF_HUB_DISABLE_PROGRESS_BARS": "1", "PYTHONWARNINGS": "ignore",
    ])
  }

  nonisolated private func python(
    _ fixture: HubFixture, isOffline: Bool, _ program: String
  ) throws -> CommandRun {
    try CommandRun(
      ["\(peer)/bin/python", "-c", program], in: fixture.folder.path,
      environment: variables(fixture, isOffline: isOffline))
  }

  /// Trains a tiny policy with this program on the hub's dataset and uploads it.
  private func train(_ fixture: HubFixture, _ arguments: [String]) throws -> CommandRun {
    let sizes = TrainingProgram.tiny.filter {
      !$0.hasPrefix("--dataset") && !$0.contains("push_to_hub")
    }
    return try TrainingProgram.run(
      sizes + ["--dataset.repo_id=lab/tiny", "--steps=1"] + arguments, in: fixture.folder.path,
      environment: variables(fixture, isOffline: false))
  }

  /// Every part of the cache, with links as what they hold, and without what nobody looks at again.
  private func cache(_ fixture: HubFixture) throws -> [String: Data] {
    try contents(of: fixture.cache).filter {
      !$0.key.hasSuffix(".lock") && $0.key != "CACHEDIR.TAG"
    }
  }

  @Test func pythonLoadsOfflineWhatWasDownloadedHere() throws {
    let fixture = try Self.fixture()
    let uploaded = try train(fixture, ["--policy.repo_id=alice/act", "--output_dir=run"])
    try #require(uploaded.status == 0, "\(uploaded.output)")
    let variables = variables(fixture, isOffline: false)
    let name = try #require(RepositoryName("alice/act"))
    let folder = try Hub(variables).policyFolder(name)
    _ = try Hub(variables).file("none.json", of: name)
    fixture.hub.clearRequests()
    let run = try python(
      fixture, isOffline: true,
      """
      from huggingface_hub import _CACHED_NO_EXIST, hf_hub_download, snapshot_download
      from huggingface_hub import try_to_load_from_cache
      folder = snapshot_download("alice/act", local_files_only=True)
      file = hf_hub_download("alice/act", "model.safetensors")
      assert file == folder + "/model.safetensors", file
      assert try_to_load_from_cache("alice/act", "none.json") is _CACHED_NO_EXIST
      from lerobot.datasets.lerobot_dataset import LeRobotDataset
      dataset = LeRobotDataset("lab/tiny")
      assert len(dataset) == 16, len(dataset)
      dataset[3]
      print("folder", folder)
      """)
    #expect(run.status == 0, "\(run.output)")
    #expect(run.output.contains("folder \(folder)\n"), "\(run.output)")
    #expect(fixture.hub.count == 0)
  }

  /// The same files, links, notes and references, whichever program downloads.
  @Test func bothLayOutTheCacheAlike() throws {
    let (ours, theirs) = (try Self.fixture(), try Self.fixture())
    let files: [String: HubContents] = [
      "config.json": .text("{}"), "model.safetensors": .bytes(randomBytes(5000, seed: 1)),
      "deep/er/notes.json": .text("[]"),
    ]
    for fixture in [ours, theirs] { try fixture.add(.model, "alice/policy", files, tag: "v1") }
    let name = try #require(RepositoryName("alice/policy@v1"))
    let hub = Hub(variables(ours, isOffline: false))
    for path in files.keys.sorted() + ["none.json"] { _ = try hub.file(path, of: name) }
    let run = try python(
      theirs, isOffline: false,
      """
      from huggingface_hub import hf_hub_download
      from huggingface_hub.errors import EntryNotFoundError
      for path in ["config.json", "deep/er/notes.json", "model.safetensors", "none.json"]:
          try:
              hf_hub_download("alice/policy", path, revision="v1")
          except EntryNotFoundError:
              assert path == "none.json"
      """)
    try #require(run.status == 0, "\(run.output)")
    // The two hubs name their commits alike or not; the names of the contents are the same.
    func plain(_ fixture: HubFixture) throws -> [String: String] {
      let commit = try #require(try fixture.hub.branches(.model, "alice/policy")["main"])
      var result: [String: String] = [:]
      for (path, data) in try cache(fixture) {
        result[path.replacing(commit, with: "COMMIT")] =
          data.base64EncodedString() == Data(commit.utf8).base64EncodedString()
          ? "COMMIT" : data.base64EncodedString()
      }
      return result
    }
    let (a, b) = (try plain(ours), try plain(theirs))
    #expect(a.count == 8)
    #expect(a.keys.sorted() == b.keys.sorted())
    #expect(a == b)
  }

  /// Python is held up at the server until this program has said that it waits.
  @Test func aFileThatPythonIsDownloadingIsWaitedFor() throws {
    let fixture = try Self.fixture()
    try fixture.add(.model, "alice/policy", ["model.safetensors": .text("weights")])
    let (isAsked, isWaiting) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    fixture.hub.faults = { request in
      if request.host == .cdn, request.method == "GET" {
        isAsked.signal()
        _ = isWaiting.wait(timeout: .now() + 60)
      }
      return nil
    }
    let output = Shared("")
    let others = DispatchGroup()
    DispatchQueue.global().async(group: others) {
      let run = try? python(
        fixture, isOffline: false,
        """
        from huggingface_hub import hf_hub_download
        print("path", hf_hub_download("alice/policy", "model.safetensors"))
        """)
      output.value.withLock { $0 = run?.output ?? "" }
    }
    try #require(isAsked.wait(timeout: .now() + 60) == .success)
    let notices = Shared<[String]>([])
    let reports = TransferReports(notice: { notice in
      notices.value.withLock { $0.append(notice) }
      isWaiting.signal()
    })
    let hub = Hub(variables(fixture, isOffline: false), reports)
    let name = try #require(RepositoryName("alice/policy"))
    let path = try #require(try hub.file("model.safetensors", of: name))
    others.wait()
    #expect(try TextFile.read(path) == "weights")
    #expect(output.value.withLock { $0 }.contains("path \(path)\n"))
    #expect(notices.value.withLock { $0 }.count == 1)
    #expect(fixture.hub.requests.filter { $0.host == .cdn && $0.method == "GET" }.count == 1)
  }

  @Test func whatPythonDownloadedIsReadHereWithoutARequest() throws {
    let fixture = try Self.fixture()
    let uploaded = try train(fixture, ["--policy.repo_id=alice/act", "--output_dir=run"])
    try #require(uploaded.status == 0, "\(uploaded.output)")
    try FileSystem.remove(fixture.home)
    let run = try python(
      fixture, isOffline: false,
      """
      from huggingface_hub import snapshot_download
      from lerobot.datasets.lerobot_dataset import LeRobotDataset
      snapshot_download("alice/act")
      LeRobotDataset("lab/tiny")
      """)
    try #require(run.status == 0, "\(run.output)")
    fixture.hub.clearRequests()
    for variables in [
      variables(fixture, isOffline: false), variables(fixture, isOffline: true),
    ] {
      let tuned = try TrainingProgram.run(
        [
          "--policy.path=alice/act", "--dataset.repo_id=lab/tiny", "--steps=1", "--batch_size=4",
          "--num_workers=0", "--policy.push_to_hub=false",
          "--output_dir=tuned\(variables["HF_HUB_OFFLINE"] ?? "")",
        ], in: fixture.folder.path, environment: variables)
      #expect(tuned.status == 0, "\(tuned.output)")
    }
    #expect(fixture.hub.count == 0, "\(fixture.hub.requests)")
  }

  @Test func leRobotSelectsTheSameActionWithWhatWasUploadedHere() throws {
    let fixture = try Self.fixture()
    let uploaded = try train(fixture, ["--policy.repo_id=alice/act", "--output_dir=run"])
    try #require(uploaded.status == 0, "\(uploaded.output)")
    let checkpoint = try Checkpoint.open(fixture.folder.file("run"))
    let ours = try SelectedAction.ours(with: checkpoint, dataset: Self.tiny, frame: 5)
    fixture.hub.clearRequests()
    let theirs = try SelectedAction.lerobots(
      with: "alice/act", dataset: Self.tiny, frame: 5, peer: peer,
      environment: variables(fixture, isOffline: false))
    #expect(ours.count == theirs.count && !ours.isEmpty)
    for (a, b) in zip(ours, theirs) { #expect(abs(a - b) <= 1e-5 * max(1, abs(b))) }
    #expect(fixture.hub.requests.contains { $0.path.hasPrefix("/objects/") })
  }
}
