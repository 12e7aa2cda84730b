import LeRobotCore
import Support
import Testing

/// Policies and configurations that are named by their repository on the hub.
@Suite struct HubCachePropertyTests {
  private static let policy =
    #"{"type": "act", "push_to_hub": false, "device": "cpu", "kl_weight": 2}"#
  private static let other = #"{"type": "act", "push_to_hub": false, "device": "cpu"}"#

  private static func load(
    _ option: String, files: [String: String], variables: [String: String]
  ) throws -> LoadedConfig {
    try ConfigLoader.load(
      arguments: ["--dataset.repo_id=a/b", option],
      machine: .forTests(files: files, variables: variables))
  }

  @Test(arguments: [
    (["HF_HUB_CACHE": "/c"], "/c"), (["HUGGINGFACE_HUB_CACHE": "/c"], "/c"),
    (["HF_HUB_CACHE": "/c", "HF_HOME": "/h"], "/c"), (["HF_HOME": "/h"], "/h/hub"),
    (["HF_HOME": "~/h", "HOME": "/u"], "/u/h/hub"),
    (["XDG_CACHE_HOME": "/x", "HOME": "/u"], "/x/huggingface/hub"),
    (["HOME": "/u"], "/u/.cache/huggingface/hub"),
  ])
  func thePolicyOfTheMainBranchIsFound(variables: [String: String], cache: String) throws {
    let repository = "\(cache)/models--user--policy"
    let files = [
      "\(repository)/refs/main": "new\n",
      "\(repository)/snapshots/new/config.json": Self.policy,
      "\(repository)/snapshots/a/config.json": Self.other,
    ]
    let loaded = try Self.load("--policy.path=user/policy", files: files, variables: variables)
    guard let act = loaded.config.policy?.value as? ACTConfig else { throw ConfigError([]) }
    #expect(act.klWeight == 2)
    // What is saved is the name; the weights lie in the snapshot.
    #expect(act.common.pretrainedPath == "user/policy")
    let found = HubCache(variables: variables, files: MemoryFileSystem(files))
    #expect(found.policyFolder("user/policy") == "\(repository)/snapshots/new")
  }

  @Test func aFolderOfThatNameComesFirst() throws {
    let files = [
      "user/policy/config.json": Self.policy, "/c/models--user--policy/refs/main": "new",
      "/c/models--user--policy/snapshots/new/config.json": Self.other,
    ]
    let variables = ["HF_HUB_CACHE": "/c"]
    let loaded = try Self.load("--policy.path=user/policy", files: files, variables: variables)
    guard let act = loaded.config.policy?.value as? ACTConfig else { throw ConfigError([]) }
    #expect(act.klWeight == 2)
    let cache = HubCache(variables: variables, files: MemoryFileSystem(files))
    #expect(cache.policyFolder("user/policy") == nil)
  }

  @Test func aConfigurationIsFoundToo() throws {
    let files = [
      "/c/models--user--policy/snapshots/x/train_config.json":
        #"{"dataset": {"repo_id": "a/b"}, "steps": 7, "policy": \#(Self.other)}"#
    ]
    let loaded = try Self.load(
      "--config_path=user/policy", files: files, variables: ["HF_HUB_CACHE": "/c"])
    #expect(loaded.config.steps == 7)
  }

  @Test(arguments: ["--policy.path", "--config_path"])
  func whatIsNotThereIsExplained(option: String) {
    // The main branch stands at a commit whose files were never loaded.
    let files = [
      "/c/models--user--policy/refs/main": "new",
      "/c/models--user--policy/snapshots/old/config.json": Self.other,
    ]
    let error = #expect(throws: ConfigError.self) {
      try Self.load("\(option)=user/policy", files: files, variables: ["HF_HUB_CACHE": "/c"])
    }
    #expect(
      error?.description
        == "user/policy: no such file; neither a path nor in the local hub cache (/c), and "
        + "downloading is not built yet; download it with `hf download user/policy`")
  }
}
