import LeRobotCore
import Support
import Synchronization
import Testing

/// Policies and configurations that are named by their repository on the hub.
struct RepositoryConfigPropertyTests {
  /// Repositories in memory, by `NAME@REVISION/FILE`, whose files a memory file system holds too.
  private final class Repositories: RemoteFiles {
    let files: [String: String]
    let asked = Mutex<[String]>([])

    init(_ files: [String: String]) { self.files = files }

    func file(
      _ name: String, of repository: RepositoryName
    ) throws(RemoteFileError) -> String? {
      asked.withLock { $0.append("\(repository)/\(name)") }
      guard files.keys.contains(where: { $0.hasPrefix("\(repository)/") }) else {
        throw RemoteFileError("the hub has no model \(repository); check the name")
      }
      let key = "\(repository)/\(name)"
      return files[key] == nil ? nil : "/cache/\(key)"
    }

    func latestCheckpoint(
      of repository: RepositoryName
    ) throws(RemoteFileError) -> String? {
      asked.withLock { $0.append("\(repository)/checkpoints") }
      let steps = files.keys.compactMap { key in
        key.hasPrefix("\(repository)/checkpoints/") ? key.split(separator: "/")[3] : nil
      }
      return steps.max().map { "checkpoints/\($0)" }
    }

    func policyFolder(_ repository: RepositoryName) throws(RemoteFileError) -> String {
      throw RemoteFileError("not asked for by a configuration")
    }

    var onDisk: [String: String] {
      Dictionary(uniqueKeysWithValues: files.map { ("/cache/\($0.key)", $0.value) })
    }
  }

  private static func policy(_ weight: Int) -> String {
    #"{"type": "act", "push_to_hub": false, "device": "cpu", "kl_weight": \#(weight)}"#
  }

  private static func load(
    _ options: [String], _ repositories: Repositories, files: [String: String] = [:]
  ) throws -> LoadedConfig {
    try ConfigLoader.load(
      arguments: ["--dataset.repo_id=a/b"] + options,
      machine: .forTests(
        files: repositories.onDisk.merging(files) { $1 }, remote: repositories))
  }

  private static func weight(_ loaded: LoadedConfig) -> Double? {
    (loaded.config.policy?.value as? ACTConfig)?.klWeight
  }

  @Test(arguments: [
    (["--policy.path=user/policy"], 1, nil),
    (["--policy.path=user/policy@v2"], 2, "v2"),
    (["--policy.path=user/policy", "--policy.pretrained_revision=v2"], 2, "v2"),
    (["--policy.pretrained_revision=v1", "--policy.path=user/policy@v2"], 2, "v2"),
  ])
  func thePolicyOfARepositoryIsRead(options: [String], weight: Int, revision: String?) throws {
    let repositories = Repositories([
      "user/policy/config.json": Self.policy(1), "user/policy@v2/config.json": Self.policy(2),
    ])
    let loaded = try Self.load(options, repositories)
    #expect(Self.weight(loaded) == Double(weight))
    // What is saved is the name, which LeRobot understands.
    #expect(loaded.config.policy?.common.pretrainedPath == "user/policy")
    #expect(loaded.options.policy.pretrainedRevision == revision)
  }

  @Test func aFolderOfThatNameComesFirst() throws {
    let repositories = Repositories(["user/policy/config.json": Self.policy(1)])
    let loaded = try Self.load(
      ["--policy.path=user/policy"], repositories,
      files: ["user/policy/config.json": Self.policy(3)])
    #expect(Self.weight(loaded) == 3)
    #expect(repositories.asked.withLock { $0 } == [])
  }

  private static func run(_ steps: Int) -> String {
    #"{"dataset": {"repo_id": "a/b"}, "steps": \#(steps), "output_dir": "/old", "policy": \#(policy(1))}"#
  }

  @Test func aConfigurationIsReadToo() throws {
    let repositories = Repositories(["user/policy/train_config.json": Self.run(7)])
    let loaded = try Self.load(
      ["--config_path=user/policy", "--output_dir=/new"], repositories)
    #expect(loaded.config.steps == 7)
    #expect(loaded.remoteCheckpoint == nil)
  }

  @Test(arguments: [
    ([], "outputs/train/2026-11-21/15-09-06_resume"), (["--output_dir=/new"], "/new"),
  ])
  func aRunIsResumedFromItsLastCheckpoint(options: [String], output: String) throws {
    let folder = "user/policy/checkpoints"
    let repositories = Repositories([
      "user/policy/train_config.json": Self.run(1),
      "\(folder)/000002/pretrained_model/train_config.json": Self.run(2),
      "\(folder)/000010/pretrained_model/train_config.json": Self.run(10),
      "\(folder)/000010/training_state/run_options.json":
        #"{"keep_checkpoints": 3, "env": {"own": {"type": "gymnasium", "task": "a/B-v0"}}}"#,
    ])
    let loaded = try Self.load(
      ["--resume=true", "--config_path=user/policy"] + options, repositories)
    #expect(loaded.config.steps == 10)
    #expect(loaded.options.keptCheckpoints == 3)
    #expect(loaded.config.environment?.task == "a/B-v0")
    #expect(loaded.config.outputDirectory == output)
    #expect(loaded.config.checkpointPath == "\(output)/checkpoints/000010")
    #expect(
      loaded.config.policy?.common.pretrainedPath
        == "\(output)/checkpoints/000010/pretrained_model")
    #expect(loaded.remoteCheckpoint?.folder == "checkpoints/000010")
    // Asked again, the hub might name a newer one than the configuration is of.
    let asked = repositories.asked.withLock { $0 }
    #expect(asked.filter { $0.hasSuffix("/checkpoints") }.count == 1, "\(asked)")
  }

  @Test(arguments: [
    (
      ["--policy.path=user/none"],
      "--policy.path=user/none: no such path here, and the hub has no model user/none; check the name"
    ),
    (
      ["--config_path=user/policy"],
      "--config_path=user/policy: no such path here, and the repository has no train_config.json, so "
        + "it is no policy of LeRobot; check the name"
    ),
    (
      ["--resume=true", "--config_path=user/policy"],
      "--config_path=user/policy: no such path here, and the repository has no checkpoint to resume; "
        + "a run uploads them by --save_checkpoint_to_hub=true"
    ),
    (["--policy.path=a/b/c"], "a/b/c: no such file; check --policy.path"),
  ])
  func whatIsNotThereIsExplained(options: [String], message: String) {
    let repositories = Repositories(["user/policy/config.json": Self.policy(1)])
    let error = #expect(throws: ConfigError.self) { try Self.load(options, repositories) }
    #expect(error?.description == message)
  }

  @Test func anUploadNeedsANameThatTheHubTakes() {
    let options = ["--policy.type=act", "--policy.push_to_hub=true", "--policy.repo_id=a b/c"]
    let error = #expect(throws: ConfigError.self) { try Self.load(options, Repositories([:])) }
    #expect(error?.description.contains("expected USER/NAME of letters, digits") == true)
  }

  @Test func lastingOptionsOfNewerFilesAreTaken() throws {
    let text = #"""
      {"dataset": {"repo_id": "a/b"}, "save_checkpoint_to_hub": true, "tolerance_s": 0.5,
       "policy": {"type": "act", "repo_id": "u/p", "device": "cpu", "push_to_hub": false}}
      """#
    let loaded = try Self.load(
      ["--config_path=/c.json"], Repositories([:]), files: ["/c.json": text])
    #expect(loaded.options.uploadsCheckpoints)
    #expect(loaded.options.toleranceSeconds == 0.5)
    #expect(loaded.warnings.isEmpty, "\(loaded.warnings)")
  }

  @Test func theNewestReleasesNamesAreWritten() throws {
    let text = try #require(NewerField.all.renamed(#"{"eval_freq": 5, "steps": 7}"#))
    let value = try JSONValue(parsing: text)
    #expect(value["env_eval_freq"] == 5 && value["steps"] == 7 && value["eval_freq"] == nil)
    #expect(NewerField.all.renamed("[") == nil)
  }
}
