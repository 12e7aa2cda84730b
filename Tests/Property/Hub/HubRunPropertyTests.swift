import FakeHub
import Foundation
import LeRobotCore
import LeRobotHub
import Support
import Testing

/// The program itself with a hub on loopback: the commands of LeRobot's tutorials, as written there but
/// for the steps and the sizes.
@Suite(.serialized)
struct HubRunPropertyTests {
  private static let act =
    TrainingProgram.tiny.filter {
      !$0.hasPrefix("--dataset") && !$0.contains("push_to_hub")
    } + ["--steps=1"]
  private static let diffusion =
    TrainingProgram.smallestDiffusion.filter {
      !$0.contains("repo_id") && !$0.contains("root") && !$0.contains("push_to_hub")
        && !$0.contains("policy.type")
    } + ["--steps=1", "--num_workers=0", "--eval_freq=0"]

  /// A hub with the demo of PushT and the tiny dataset.
  private static func fixture() throws -> HubFixture {
    let fixture = try HubFixture()
    for (name, folder) in [("lerobot/pusht", "pusht_demo"), ("lab/tiny", "tiny")] {
      try fixture.hub.addRepository(.dataset, name)
      let path = RepositoryFiles.fixtures.appending(path: "datasets/\(folder)").path
      _ = try fixture.hub.commit(folder: path, to: .dataset, name)
      try fixture.hub.tag("v3.0", .dataset, name)
    }
    return fixture
  }

  /// - Parameter log: a file that takes what the program says, instead of the result.
  private static func run(
    _ fixture: HubFixture, _ arguments: [String], token: String? = HubFixture.token,
    others: [String: String] = [:], log: String? = nil
  ) throws -> CommandRun {
    // The tests' own variables count too where these say nothing.
    let none = [
      "HF_TOKEN": token ?? "", "HF_HUB_OFFLINE": "0", "no_proxy": "*", "HF_HUB_CACHE": "",
      "HF_LEROBOT_HOME": "", "HUGGING_FACE_HUB_TOKEN": "",
    ]
    let redirect = log.map { ["sh", "-c", "exec \"$@\" >'\($0)' 2>&1", "sh"] } ?? []
    return try CommandRun(
      redirect + [TrainingProgram.path] + arguments, in: fixture.folder.path,
      environment: fixture.variables(none.merging(others) { $1 }))
  }

  /// The one line of an error.
  private func errorLine(
    _ run: CommandRun, sourceLocation: SourceLocation = #_sourceLocation
  ) -> String {
    let lines = run.output.split(separator: "\n")
    #expect(
      lines.filter { $0.hasPrefix("lerobot-train: error: ") }.count == 1, "\(run.output)",
      sourceLocation: sourceLocation)
    return lines.first { $0.hasPrefix("lerobot-train: error: ") }.map(String.init) ?? ""
  }

  // MARK: The tutorials' commands

  @Test func diffusionOnPushTIsTrainedUploadedAndReproduced() throws {
    let fixture = try Self.fixture()
    let first = try Self.run(
      fixture,
      [
        "--output_dir=outputs/a", "--policy.type=diffusion", "--dataset.repo_id=lerobot/pusht",
        "--env.type=pusht", "--policy.repo_id=alice/diffusion_pusht",
      ] + Self.diffusion)
    try #require(first.status == 0, "\(first.output)")
    #expect(first.output.contains("\(fixture.hub.endpoint)/alice/diffusion_pusht"))
    let files = try fixture.hub.files(.model, "alice/diffusion_pusht")
    for path in ["model.safetensors", "config.json", "train_config.json", "README.md"] {
      #expect(files[path] != nil, "\(path)")
    }
    #expect(
      FileSystem.exists("\(fixture.datasetFolder("lerobot/pusht"))/meta/info.json"))
    // The right to upload is asked for before anything else.
    #expect(fixture.hub.requests.first?.path == "/api/whoami-v2")

    let again = ["--config_path=alice/diffusion_pusht", "--steps=1"]
    fixture.hub.clearRequests()
    let second = try Self.run(fixture, again + ["--output_dir=outputs/b"])
    try #require(second.status == 0, "\(second.output)")
    #expect(fixture.filesAskedFor == ["train_config.json"])
    #expect(try fixture.hub.commits(.model, "alice/diffusion_pusht").count == 3)

    fixture.hub.clearRequests()
    let third = try Self.run(
      fixture, again + ["--output_dir=outputs/c", "--policy.push_to_hub=false"])
    try #require(third.status == 0, "\(third.output)")
    #expect(fixture.hub.count == 0, "\(fixture.hub.requests)")
  }

  /// The notebook's command, and then fine-tuning of what it made.
  @Test func actIsTrainedUploadedAndFineTuned() throws {
    let fixture = try Self.fixture()
    let isSeen = Shared(false)
    fixture.hub.faults = { _ in
      if Self.someArgumentHolds(HubFixture.token) { isSeen.value.withLock { $0 = true } }
      return nil
    }
    let first = try Self.run(
      fixture,
      [
        "--dataset.repo_id=lab/tiny", "--policy.type=act", "--output_dir=outputs/train/act",
        "--job_name=act_training", "--policy.repo_id=alice/my_policy", "--policy.private=true",
        "--wandb.enable=false",
      ] + Self.act)
    try #require(first.status == 0, "\(first.output)")
    #expect(try fixture.hub.isPrivate(.model, "alice/my_policy"))
    #expect(fixture.hub.leaks.isEmpty)
    fixture.hub.faults = nil

    let finetune = [
      "--policy.path=alice/my_policy", "--dataset.repo_id=lab/tiny", "--batch_size=4",
      "--steps=1", "--num_workers=0", "--policy.push_to_hub=false",
    ]
    fixture.hub.clearRequests()
    let second = try Self.run(fixture, finetune + ["--output_dir=outputs/fine"])
    try #require(second.status == 0, "\(second.output)")
    #expect(fixture.filesAskedFor.contains("model.safetensors"))
    #expect(!fixture.filesAskedFor.contains { $0.hasSuffix(".parquet") })

    fixture.hub.clearRequests()
    for (name, offline) in [("online", "0"), ("offline", "1")] {
      let more = try Self.run(
        fixture, finetune + ["--output_dir=outputs/\(name)"],
        others: ["HF_HUB_OFFLINE": offline])
      #expect(more.status == 0, "\(more.output)")
      #expect(fixture.hub.count == 0, "\(name): \(fixture.hub.requests)")
    }
    // The token is in no file, no line and no argument.
    #expect(!isSeen.value.withLock { $0 })
    let token = Data(HubFixture.token.utf8)
    for (path, bytes) in try fixture.files() {
      #expect(bytes.range(of: token) == nil, "\(path)")
    }
    #expect(!first.output.contains(HubFixture.token))
  }

  /// Whether any program that runs here was given a text on its command line.
  private static func someArgumentHolds(_ text: String) -> Bool {
    let processes = (try? FileSystem.list("/proc")) ?? []
    return processes.contains { name in
      guard Int(name) != nil,
        let file = FileManager.default.contents(atPath: "/proc/\(name)/cmdline")
      else { return false }
      return file.range(of: Data(text.utf8)) != nil
    }
  }

  // MARK: Uploads

  @Test func aFailedUploadEndsWithTheLineThatUploadsLater() throws {
    let fixture = try Self.fixture()
    fixture.hub.faults = {
      $0.path.contains("/commit/") ? .answer(status: 403, body: #"{"error": "closed"}"#) : nil
    }
    let run = try Self.run(
      fixture,
      [
        "--dataset.repo_id=lab/tiny", "--output_dir=outputs/with a space",
        "--policy.repo_id=alice/late",
      ] + Self.act)
    #expect(run.status == 4, "\(run.output)")
    #expect(errorLine(run).contains("closed"))
    let prefix = "Upload it later: lerobot-train "
    let line = run.output.split(separator: "\n").first { $0.hasPrefix(prefix) }
    let command = try #require(line).dropFirst(prefix.count)
    fixture.hub.faults = nil
    let later = try CommandRun(
      ["sh", "-c", "exec '\(TrainingProgram.path)' \(command)"], in: fixture.folder.path,
      environment: fixture.variables(["HF_TOKEN": HubFixture.token, "no_proxy": "*"]))
    #expect(later.status == 0, "\(later.output)")
    #expect(later.output.contains("\(fixture.hub.endpoint)/alice/late"))
    let weights = "outputs/with a space/checkpoints/last/pretrained_model/model.safetensors"
    #expect(
      try fixture.hub.bytes(of: "model.safetensors", .model, "alice/late")
        == Array(try Data(contentsOf: URL(filePath: fixture.folder.file(weights)))))
  }

  private static let uploadingEachStep =
    [
      "--dataset.repo_id=lab/tiny", "--output_dir=outputs/a", "--policy.repo_id=alice/steps",
      "--policy.push_to_hub=false", "--save_checkpoint_to_hub=true", "--save_freq=1",
    ] + act

  @Test func eachCheckpointIsUploadedWithItsTag() throws {
    let fixture = try Self.fixture()
    let run = try Self.run(fixture, Self.uploadingEachStep + ["--steps=2"])
    try #require(run.status == 0, "\(run.output)")
    let tags = try fixture.hub.tags(.model, "alice/steps")
    // A newer one takes the place of one that waits.
    #expect(tags.keys.contains("000002") && Set(tags.keys).isSubset(of: ["000001", "000002"]))
    for tag in tags.keys {
      let files = try fixture.hub.files(.model, "alice/steps", revision: tag)
      for path in ["pretrained_model/model.safetensors", "training_state/training_step.json"] {
        #expect(files["checkpoints/\(tag)/\(path)"] != nil, "\(tag) \(path)")
      }
    }
    #expect(!FileSystem.exists(fixture.folder.file("outputs/a/.uploading")))
  }

  /// On another machine: from the repository into a new folder, bit for bit as here, and one step of it
  /// by its tag.
  @Test func aRunIsResumedFromItsRepository() throws {
    let fixture = try Self.fixture()
    let here = [
      "--dataset.repo_id=lab/tiny", "--policy.repo_id=alice/resumed", "--policy.push_to_hub=false",
      "--save_freq=2",
    ]
    let whole = try Self.run(
      fixture, here + Self.act + ["--steps=4", "--output_dir=outputs/whole"])
    try #require(whole.status == 0, "\(whole.output)")
    let first = try Self.run(
      fixture,
      here + Self.act + [
        "--steps=2", "--output_dir=outputs/first", "--save_checkpoint_to_hub=true",
      ])
    try #require(first.status == 0, "\(first.output)")
    let file = "checkpoints/000002/pretrained_model/train_config.json"
    let written = String(
      decoding: try fixture.hub.bytes(of: file, .model, "alice/resumed"), as: UTF8.self)
    #expect(written.contains("\"env_eval_freq\"") && !written.contains("\"eval_freq\""))
    let second = try Self.run(
      fixture,
      ["--resume=true", "--config_path=alice/resumed", "--steps=4", "--output_dir=outputs/second"])
    try #require(second.status == 0, "\(second.output)")
    for name in [
      "pretrained_model/model.safetensors", "training_state/optimizer_state.safetensors",
    ] {
      let weights = ["whole", "second"].map {
        FileManager.default.contents(
          atPath: fixture.folder.file("outputs/\($0)/checkpoints/000004/\(name)"))
      }
      #expect(weights[0] != nil && weights[0] == weights[1], "\(name)")
    }
    // The options that last do so there too.
    #expect(try fixture.hub.tags(.model, "alice/resumed").keys.contains("000004"))
  }

  /// The first upload is held up until training is over: no step waits for it, and of the checkpoints
  /// that wait the newest is next.
  @Test func aSlowNetworkTakesTheNewestCheckpointAndStallsNoStep() throws {
    let fixture = try Self.fixture()
    let log = fixture.folder.file("log")
    let isHeldUp = Shared(false)
    fixture.hub.faults = { request in
      guard request.path.contains("/preupload/"), !isHeldUp.value.withLock({ $0 }) else {
        return nil
      }
      isHeldUp.value.withLock { $0 = true }
      let end = ContinuousClock.now + .seconds(60)
      func said() -> String {
        String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
      }
      while !said().contains("End of training"), ContinuousClock.now < end { usleep(2000) }
      return nil
    }
    let run = try Self.run(fixture, Self.uploadingEachStep + ["--steps=3"], log: log)
    try #require(run.status == 0)
    #expect(isHeldUp.value.withLock { $0 })
    // On a busy machine the second checkpoint may be there before the first upload begins.
    let uploaded = try fixture.hub.tags(.model, "alice/steps").keys.sorted()
    #expect(uploaded.count == 2 && uploaded.last == "000003", "\(uploaded)")
  }

  @Test func anUploadThatIsForbiddenIsSaidAtTheStartAndAtTheEnd() throws {
    let fixture = try Self.fixture()
    let local = "--dataset.root=\(RepositoryFiles.fixtures.appending(path: "datasets/tiny").path)"
    let run = try Self.run(
      fixture,
      [
        local, "--dataset.repo_id=local/tiny", "--output_dir=outputs/a",
        "--policy.repo_id=alice/later",
      ] + Self.act, others: ["HF_HUB_OFFLINE": "1"])
    // Nothing has failed: it was not to be tried.
    #expect(run.status == 0 && !run.output.contains("error: "), "\(run.output)")
    #expect(run.output.contains("HF_HUB_OFFLINE is set: nothing is uploaded to alice/later"))
    #expect(run.output.contains("Upload it later: lerobot-train --upload="))
    #expect(fixture.hub.count == 0)
  }

  @Test(arguments: [
    ("", "needs a token"), ("hf_unknown", "does not accept the token of HF_TOKEN"),
    ("hf_reader", "may only read"),
  ])
  func theRightToUploadIsCheckedBeforeTheRunBegins(token: String, message: String) throws {
    let fixture = try Self.fixture()
    try fixture.hub.addToken("hf_reader", user: "alice", role: .read)
    let run = try Self.run(
      fixture,
      ["--dataset.repo_id=lab/tiny", "--output_dir=outputs/a", "--policy.repo_id=alice/p"]
        + Self.act, token: token)
    #expect(run.status == 1)
    #expect(errorLine(run).contains(message), "\(run.output)")
    #expect(fixture.hub.requests.allSatisfy { $0.path == "/api/whoami-v2" })
    #expect(fixture.hub.count == (token.isEmpty ? 0 : 1))
    #expect(!FileSystem.exists(fixture.folder.file("outputs")))
  }

  @Test func killedAndBrokenTransfersEndRight() throws {
    let run = try CommandRun([
      "python3", "Scripts/torture_hub", "--runs=2", "--uploads=1", "--seed=7", "--no-measures",
      "--program=\(TrainingProgram.path)",
    ])
    #expect(run.status == 0, "\(run.output)")
    #expect(run.output.contains("2 downloads") && run.output.contains("1 uploads"))
  }

  // MARK: Errors

  private static let train = ["--output_dir=outputs/a", "--policy.push_to_hub=false"]

  @Test(arguments: [
    (["--dataset.repo_id=lerobot/push"], "here is lerobot/pusht"),
    (["--dataset.repo_id=lab/gated"], "/datasets/lab/gated"),
    (["--dataset.repo_id=lab/private"], "set HF_TOKEN"),
    (["--dataset.repo_id=lab/tiny", "--dataset.revision=v7"], "only v3.0, main"),
    (["--dataset.repo_id=lab/tiny", "--policy.path=alice/none"], "no model alice/none"),
    (["--config_path=alice/none"], "no model alice/none"),
  ])
  func whatTheHubDoesNotGiveIsSaidInALine(arguments: [String], message: String) throws {
    let fixture = try Self.fixture()
    let tiny = RepositoryFiles.fixtures.appending(path: "datasets/tiny").path
    let local = fixture.datasetFolder("lerobot/pusht")
    try FileSystem.createDirectory(try #require(FileSystem.parent(of: local)))
    try FileManager.default.copyItem(atPath: tiny, toPath: local)
    try fixture.hub.addRepository(.dataset, "lab/gated", gated: true)
    _ = try fixture.hub.commit(folder: tiny, to: .dataset, "lab/gated")
    try fixture.hub.addRepository(.dataset, "lab/private", private: true)
    let policy =
      arguments.contains { $0.contains("_path=") || $0.contains(".path=") }
      ? [] : ["--policy.type=act"]
    let run = try Self.run(fixture, arguments + policy + Self.train, token: nil)
    #expect(run.status != 0)
    #expect(errorLine(run).contains(message), "\(run.output)")
    #expect(fixture.hub.count > 0)
    #expect(!FileSystem.exists(fixture.folder.file("outputs")))
  }

  @Test func aHubThatIsNotThereIsSaidInALine() throws {
    let fixture = try Self.fixture()
    let run = try Self.run(
      fixture, ["--dataset.repo_id=lab/tiny", "--policy.type=act"] + Self.train,
      others: ["HF_ENDPOINT": "http://nowhere.invalid"])
    #expect(run.status == 1)
    #expect(errorLine(run).contains("HF_HUB_OFFLINE=1"), "\(run.output)")
    #expect(fixture.hub.count == 0)
  }
}
