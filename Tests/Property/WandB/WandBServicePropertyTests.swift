import Foundation
import LeRobotCore
import LeRobotLogging
import LeRobotWandB
import Support
import Synchronization
import Testing

/// The upload beside the training: what wandb-core is sent, and what becomes of a run where it fails.
@Suite struct WandBServicePropertyTests {
  private let run: RunFixture
  private let folder: TemporaryFolder

  init() throws {
    run = try RunFixture()
    folder = try TemporaryFolder()
  }

  /// Keeps what is said.
  private final class Said: Sendable {
    let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
  }

  private func train(_ behaviour: FakeCore.Behaviour) throws -> (
    core: FakeCore, service: WandBService, infos: [String], warnings: [String]
  ) {
    let fake = try FakeCore(folder, behaviour)
    let (infos, warnings) = (Said(), Said())
    let service = WandBService(fake.core, info: infos.add, warn: warnings.add)
    let observer = run.observer(service: service)
    try run.train(observer, steps: 1...6, evaluating: [4])
    let path = try run.checkpoint("000006")
    try observer.consume(.saved(WrittenCheckpoint(step: 6, path: path)))
    try observer.consume(.ended(.finished))
    service.finish()
    // Whatever became of the upload, the file has everything.
    #expect(try run.rows().map(\.step) == [2, 4, 6])
    return (fake, service, infos.all, warnings.all)
  }

  @Test func everythingIsSentAndTheFileIsMarked() throws {
    let (fake, service, infos, warnings) = try train(.good)
    #expect(warnings.isEmpty && service.isUploaded)
    #expect(infos == ["Track this run --> https://wandb.ai/me/lerobot/runs/abcd1234"])
    #expect(try fake.steps() == [2, 4, 6])
    let records = try fake.records()
    func count(_ kind: WandBField.Record) -> Int {
      records.filter { $0.has(kind.rawValue) }.count
    }
    #expect(count(.header) == 1 && count(.run) == 1 && count(.files) == 1 && count(.exit) == 1)
    let requests = records.compactMap { $0.message(WandBField.Record.request) }
    #expect(requests.filter { $0.has(WandBField.Request.logArtifact.rawValue) }.count == 1)
    #expect(WandBFiles.syncCommand(of: "abcd1234", in: run.wandb) == nil)
    let latest = "\(run.wandb)/latest-run"
    #expect(FileSystem.exists("\(latest)/run-abcd1234.wandb.synced"))
    #expect(!FileSystem.exists("\(latest)/artifacts"), "the server has the weights")
  }

  @Test func whatTheServerHasIsNotSentAgain() throws {
    #expect(try train(.resumed).core.steps() == [6])
  }

  @Test(arguments: [FakeCore.Behaviour.refusing, .dying, .broken])
  func aFailureIsOneWarning(_ behaviour: FakeCore.Behaviour) throws {
    let (_, service, _, warnings) = try train(behaviour)
    #expect(warnings.count == 1 && !service.isUploaded)
    #expect(warnings.first?.contains("\n") == false)
    let reasons: [FakeCore.Behaviour: String] = [
      .refusing: "no such project", .dying: "wandb-core", .broken: "status 3",
    ]
    let reason = try #require(reasons[behaviour])
    #expect(warnings.first?.contains(reason) == true, "\(warnings)")
    let command = try #require(WandBFiles.syncCommand(of: "abcd1234", in: run.wandb))
    #expect(command.hasPrefix("wandb sync /") && !command.contains("--append"))
  }

  /// The second file of a run adds to the first.
  @Test func laterFilesAreAppended() throws {
    for resumed in [false, true] {
      let observer = run.observer(resumedAt: resumed ? run.history(upTo: 4) : nil)
      try run.train(observer, steps: resumed ? 5...6 : 1...4, from: resumed ? 4 : 0)
      try observer.consume(.ended(.finished))
    }
    let command = try #require(WandBFiles.syncCommand(of: "abcd1234", in: run.wandb))
    let commands = command.components(separatedBy: " && ")
    #expect(commands.count == 2 && commands[1].hasPrefix("wandb sync --append "))
  }
}
