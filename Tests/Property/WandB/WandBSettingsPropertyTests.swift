import Foundation
import LeRobotCore
import LeRobotWandB
import Support
import Testing

/// How options and environment say where a run is logged.
@Suite struct WandBSettingsPropertyTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func config(_ change: (inout TrainPipelineConfig) -> Void = { _ in })
    -> TrainPipelineConfig
  {
    var config = TrainPipelineConfig(dataset: DatasetConfig(repositoryID: "me/data"))
    config.wandb.enable = true
    config.jobName = "job"
    change(&config)
    return config
  }

  private func settings(
    _ config: TrainPipelineConfig, _ variables: [String: String] = [:],
    _ options: RunOptions.WandBOptions = .init()
  ) -> WandBSettings? {
    var all = variables
    all["HOME"] = all["HOME"] ?? folder.path
    return WandBSettings(config, options, all, folder: folder.file("wandb"))
  }

  @Test func anEmptyProjectOrAModeSwitchesItOff() {
    #expect(settings(config()) != nil)
    #expect(settings(config { $0.wandb.enable = false }) == nil)
    #expect(settings(config { $0.wandb.project = "" }) == nil)
    #expect(settings(config { $0.wandb.mode = "disabled" }) == nil)
    #expect(settings(config(), ["WANDB_MODE": "disabled"]) == nil)
  }

  /// The option, then the variable, then online; LeRobot takes an unknown mode as online.
  @Test(
    arguments: [
      (nil, nil, .online), (nil, "offline", .offline), ("online", "offline", .online),
      ("offline", "online", .offline), ("nonsense", "offline", .online),
    ] as [(String?, String?, WandBSettings.Mode)])
  func theModeIsTheOptionsOrTheVariables(
    option: String?, variable: String?, mode: WandBSettings.Mode
  ) {
    let variables = variable.map { ["WANDB_MODE": $0] } ?? [:]
    #expect(settings(config { $0.wandb.mode = option }, variables)?.mode == mode)
  }

  @Test func tagsAreLeRobotsAndShortEnough() throws {
    let long = String(repeating: "n", count: 70)
    let made = try #require(settings(config { $0.dataset.repositoryID = "me/\(long)" }))
    #expect(made.fullTags == ["policy:", "seed:1000", "dataset:me/\(long)"])
    #expect(made.tags.map(\.count) == [7, 9, WandBSettings.tagLimit])
    var options = RunOptions.WandBOptions()
    options.addsTags = false
    #expect(settings(config(), [:], options)?.tags == [])
    #expect(settings(config(), [:], options)?.fullTags.count == 3)
  }

  /// A new run has a name of its own; a resumed one that of its checkpoint, or of its files.
  @Test func aResumedRunKeepsItsName() throws {
    let new = try #require(settings(config()))
    #expect(new.runID.wholeMatch(of: /[a-z0-9]{8}/) != nil && !new.isResumed)
    #expect(settings(config { $0.wandb.runID = "mine" })?.isResumed == false)
    let saved = settings(config { ($0.resume, $0.wandb.runID) = (true, "saved") })
    #expect(saved?.runID == "saved" && saved?.isResumed == true)
    #expect(settings(config { $0.resume = true })?.isResumed == false, "it was never logged")
    _ = try folder.write([], to: "wandb/latest-run/run-found.wandb")
    _ = try folder.write([], to: "wandb/latest-run/run-found.wandb.synced")
    let found = settings(config { $0.resume = true })
    #expect(found?.runID == "found" && found?.isResumed == true)
  }

  @Test func theKeyIsTheVariablesOrThatOfTheServersNetrcEntry() throws {
    _ = try folder.write(
      """
      # machine api.wandb.ai password commented
      machine other password wrong
      machine api.wandb.ai
        login user
        password right
      machine here login user password local
      """.utf8, to: ".netrc")
    #expect(settings(config())?.apiKey == "right")
    #expect(settings(config(), ["WANDB_API_KEY": "k"])?.apiKey == "k")
    #expect(settings(config(), ["WANDB_BASE_URL": "http://here:80/"])?.apiKey == "local")
    #expect(settings(config(), ["WANDB_BASE_URL": "http://there"])?.apiKey == nil)
  }

  /// Neither a message nor a dump of the settings shows the key.
  @Test func theKeyIsNotPrinted() throws {
    let made = try #require(settings(config(), ["WANDB_API_KEY": "secret-key"]))
    var text = "\(made)"
    dump(made, to: &text)
    #expect(made.hasKey && !text.contains("secret-key"))
  }
}

/// The commit that a run was started at.
@Suite struct GitCommitPropertyTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func branchesPackedBranchesAndWorktreesAreFollowed() throws {
    #expect(GitCommit(at: folder.path) == nil)
    _ = try folder.write("ref: refs/heads/main\n".utf8, to: ".git/HEAD")
    _ = try folder.write("# pack\n123 refs/heads/main\n".utf8, to: ".git/packed-refs")
    #expect(GitCommit(at: folder.path)?.commit == "123")
    _ = try folder.write("456\n".utf8, to: ".git/refs/heads/main")
    try FileSystem.createDirectory(folder.file("a/b"))
    #expect(GitCommit(at: folder.file("a/b"))?.commit == "456")
    _ = try folder.write("gitdir: ../.git/worktrees/w\n".utf8, to: "w/.git")
    _ = try folder.write("../..\n".utf8, to: ".git/worktrees/w/commondir")
    _ = try folder.write("789\n".utf8, to: ".git/worktrees/w/HEAD")
    #expect(GitCommit(at: folder.file("w"))?.commit == "789")
  }

  @Test(arguments: [
    ("https://user:token@example.org/me/code.git", "https://example.org/me/code.git"),
    ("git@example.org:me/code.git", "git@example.org:me/code.git"),
  ])
  func anAddressLosesItsPassword(_ written: String, _ told: String) throws {
    _ = try folder.write("123\n".utf8, to: ".git/HEAD")
    _ = try folder.write(
      "[remote \"other\"]\n\turl = x\n[remote \"origin\"]\n\turl = \(written)\n".utf8,
      to: ".git/config")
    #expect(GitCommit(at: folder.path)?.remote == told)
  }
}

/// Where wandb-core is found.
@Suite struct WandBCorePropertyTests {
  private let machine: TemporaryFolder

  init() throws { machine = try TemporaryFolder() }

  private func add(_ packages: String, release: String) throws {
    let path = try machine.write([], to: "\(packages)/wandb/bin/wandb-core")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    try FileSystem.createDirectory(machine.file("\(packages)/wandb-\(release).dist-info"))
  }

  private func core(_ variables: [String: String]) -> WandBCore? {
    WandBCore(in: variables, libraries: machine.file("checkout/.build/release"))
  }

  @Test func theActiveEnvironmentComesFirstAndTellsTheRelease() throws {
    let variables = [
      "VIRTUAL_ENV": machine.file("active"), "HOME": machine.file("home"), "PATH": "",
    ]
    #expect(core(variables) == nil)
    try add("home/.local/lib/python3.12/site-packages", release: "0.31.0")
    #expect(core(variables)?.path.contains("home/.local") == true)
    try add("checkout/.deps/wandb", release: "0.22.0")
    #expect(core(variables)?.path.contains(".deps/wandb") == true)
    #expect(core(variables)?.needsProbe == true)
    try add("active/lib/python3.12/site-packages", release: "0.21.4")
    #expect(core(variables)?.path.contains("active") == true)
    #expect(core(variables)?.needsProbe == false)
    let chosen = core(variables.merging(["LEROBOT_WANDB_CORE": "mine"]) { $1 })
    #expect(chosen == WandBCore(path: "mine") && chosen?.needsProbe == false)
  }
}
