import Foundation
import LeRobotCore
import LeRobotData
import OrderedCollections
import Support
import Testing

/// Statistics that a policy needs and a dataset lacks are computed from its data, once.
struct ComputedStatisticsPropertyTests {
  private let folder: TemporaryFolder
  private let root: String
  private var cache: String { folder.file("cache/statistics.json") }
  private var stored: String { root + "/meta/stats.json" }
  private static let state = "observation.state"
  private static let quantiles = ["q01", "q10", "q50", "q90", "q99"]

  init() throws {
    folder = try TemporaryFolder()
    root = try DatasetFixture.copy("v30", into: folder)
  }

  /// Removes statistics from the dataset.
  private func strip(_ names: [String], of features: [String] = ["observation.state", "action"])
    throws
  {
    try edit { statistics in
      for key in features {
        var feature = statistics[key]?.objectValue ?? [:]
        for name in names { feature[name] = nil }
        statistics[key] = .object(feature)
      }
    }
  }

  private func edit(_ change: (inout OrderedDictionary<String, JSONValue>) -> Void) throws {
    var statistics = try JSONValue(parsing: TextFile.read(stored)).objectValue ?? [:]
    change(&statistics)
    try TextFile.write(JSONValue.object(statistics).pythonText(), to: stored)
  }

  private func open(
    _ modes: OrderedDictionary<String, [String]> = [
      "observation.state": ["q01", "q99"], "action": ["q01", "q99"],
    ],
    episodes: [Int]? = nil, isKept: Bool = true, recomputes: Bool = false,
    usesImageNet: Bool = true, names: OrderedDictionary<String, String> = [:]
  ) throws -> LeRobotDataset.Contents {
    var options = ReadingOptions()
    options.episodes = episodes
    options.keptStatistics = KeptStatistics(file: cache, isKept: isKept)
    options.recomputesStatistics = recomputes
    options.usesImageNetStatistics = usesImageNet
    options.names = names
    var use = FeatureUse()
    use.statistics = modes
    use.read = Set(modes.keys)
    return try FoundDataset(folder: root, options).open(use)
  }

  /// What LeRobot wrote when it recorded the dataset.
  private func recorded(_ key: String) throws -> OrderedDictionary<String, HostTensor> {
    try #require(
      DatasetFixture.open(DatasetFixture.layout("v30")).statistics[key])
  }

  private func expect(
    _ found: OrderedDictionary<String, HostTensor>?,
    _ expected: OrderedDictionary<String, HostTensor>, _ names: [String]
  ) throws {
    for name in names {
      let (ours, theirs) = try (
        #require(found?[name]).doubles, #require(expected[name]).doubles
      )
      #expect(mismatch(theirs, ours, relative: 1e-12) == nil, "\(name): \(ours), not \(theirs)")
    }
  }

  @Test func quantilesThatADatasetLacksAreComputed() throws {
    try strip(Self.quantiles)
    let contents = try open()
    for key in [Self.state, "action"] {
      try expect(contents.statistics[key], recorded(key), Self.quantiles)
    }
    #expect(contents.warnings.isEmpty, "\(contents.warnings)")
    let notice = try #require(contents.notices.first)
    #expect(contents.notices.count == 1)
    #expect(notice.hasPrefix("Computed quantiles of observation.state, action from the data in "))
    #expect(notice.hasSuffix(" s; kept in \(cache)"))
  }

  /// One that has its quantiles is left alone, whatever they are.
  @Test func quantilesThatADatasetHasAreUsed() throws {
    try strip(Self.quantiles, of: ["action"])
    try edit { statistics in
      var state = statistics[Self.state]?.objectValue ?? [:]
      state["q01"] = [-9.0, -9.0, -9.0]
      statistics[Self.state] = .object(state)
    }
    let contents = try open()
    #expect(contents.statistics[Self.state]?["q01"]?.doubles == [-9, -9, -9])
    #expect(contents.notices.first?.hasPrefix("Computed quantiles of action from") == true)
    #expect(try open(["observation.state": ["q10", "q90"]]).notices.isEmpty)
  }

  @Test func otherStatisticsOfTheDatasetStay() throws {
    try strip(Self.quantiles)
    try edit { statistics in
      var state = statistics[Self.state]?.objectValue ?? [:]
      state["mean"] = [5.0, 5.0, 5.0]
      statistics[Self.state] = .object(state)
    }
    #expect(try open().statistics[Self.state]?["mean"]?.doubles == [5, 5, 5])
  }

  @Test func whereADatasetHasNoStatisticsAllAreComputed() throws {
    try FileManager.default.removeItem(atPath: stored)
    let contents = try open()
    try expect(contents.statistics["action"], recorded("action"), ["q01", "q99", "min", "max"])
    #expect(contents.warnings.isEmpty)
    // Other modes leave such a feature as it is, as LeRobot does.
    #expect(try open(["action": ["mean", "std"]]).statistics["action"] == nil)
  }

  @Test func theNextStartReadsWhatWasKept() throws {
    try strip(Self.quantiles)
    let first = try open()
    let changed = try #require(FileStamp(cache))
    let second = try open()
    #expect(second.statistics == first.statistics)
    #expect(
      second.notices == [
        "Statistics of observation.state, action: computed from the data before, kept in \(cache)"
      ])
    #expect(FileStamp(cache) == changed)
    // The dataset's own folder is left alone.
    #expect(
      try FileSystem.list(root + "/meta") == FileSystem.list(DatasetFixture.layout("v30/meta")))
  }

  @Test func aChangedDatasetIsLookedAtAgain() throws {
    try strip(Self.quantiles)
    _ = try open()
    let table = root + "/data/chunk-000/file-000.parquet"
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_700_000_000)], ofItemAtPath: table)
    #expect(try open().notices.first?.hasPrefix("Computed ") == true)
    #expect(try open().notices.first?.hasPrefix("Statistics of ") == true)
  }

  @Test(arguments: ["", "{", "[]", #"{"made_of": {}, "statistics": {"action": {"q01": ["x"]}}}"#])
  func aDamagedFileIsMadeAgain(text: String) throws {
    try strip(Self.quantiles)
    let expected = try open().statistics
    let whole = try TextFile.read(cache)
    try TextFile.write(text, to: cache)
    #expect(try open().statistics == expected)
    #expect(try TextFile.read(cache) == whole)
  }

  @Test func eachFeatureIsKeptForItself() throws {
    try strip(Self.quantiles)
    let action = try open(["action": ["q01", "q99"]]).statistics["action"]
    _ = try open(["observation.state": ["q10", "q90"]])
    let both = try open()
    #expect(both.notices.first?.hasPrefix("Statistics of ") == true)
    #expect(both.statistics["action"] == action)
  }

  @Test func nothingIsKeptWhereThatIsNotWanted() throws {
    try strip(Self.quantiles)
    #expect(try open(isKept: false).notices.first?.hasSuffix(" s; not kept") == true)
    #expect(!FileSystem.exists(cache))
  }

  @Test func aFileThatCannotBeWrittenIsAWarning() throws {
    try strip(Self.quantiles)
    try TextFile.write("", to: folder.file("cache"))
    let contents = try open()
    #expect(contents.warnings.count == 1)
    #expect(
      contents.warnings[0].hasSuffix("without it every start computes the statistics again"))
    #expect(contents.notices.first?.hasSuffix(" s; not kept") == true)
  }

  // MARK: - Episodes

  @Test func theyAreOfAllEpisodesWhicheverAreSelected() throws {
    try strip(Self.quantiles)
    let contents = try open(episodes: [1])
    #expect(contents.episodes.count == 1)
    try expect(contents.statistics["action"], recorded("action"), Self.quantiles)
    #expect(try open().notices.first?.hasPrefix("Statistics of ") == true)
  }

  /// Leaves the table with one episode of one value not finite, or without the last episode's rows.
  private func damage(_ change: ([[Float]]) -> [[Float]]) throws {
    let table = root + "/data/chunk-000/file-000.parquet"
    let batch = try ParquetFile(path: table).read()
    let whole = try #require(batch.columns.first { $0.name == "action" })
    let values = try whole.floats()
    let width = values.count / whole.count
    let rows = (0..<whole.count).map { Array(values[$0 * width..<($0 + 1) * width]) }
    let changed = change(rows)
    let episodes =
      [Int64](repeating: 0, count: 7) + [Int64](repeating: 1, count: 5)
      + [Int64](repeating: 2, count: 9)
    let frames = (0..<7).map(Int64.init) + (0..<5).map(Int64.init) + (0..<9).map(Int64.init)
    try ParquetWriter.write(
      [
        ("action", .fixedList(width: width, .floats(changed.flatMap(\.self)))),
        ("episode_index", .integers(Array(episodes.prefix(changed.count)))),
        ("frame_index", .integers(Array(frames.prefix(changed.count)))),
        ("task_index", .integers([Int64](repeating: 0, count: changed.count))),
        ("timestamp", .floats(frames.prefix(changed.count).map { Float($0) / 10 })),
      ], to: table)
  }

  private static let action: OrderedDictionary = ["action": ["q01", "q99"]]

  @Test func anEpisodeThatIsNotFiniteIsLeftOut() throws {
    try strip(Self.quantiles)
    try damage { rows in
      var rows = rows
      rows[8][1] = .infinity
      return rows
    }
    let use = FeatureUse.scaling(Self.action)
    var options = ReadingOptions()
    options.cameraKeys = []
    options.episodes = [0, 2]
    let contents = try FoundDataset(folder: root, options).open(use)
    #expect(contents.statistics["action"]?["q01"]?.doubles.allSatisfy(\.isFinite) == true)
    #expect(
      contents.warnings.contains {
        $0.hasPrefix("episode 1 left out of the statistics: not all values are finite")
      }, "\(contents.warnings)")
    // Where that episode is used itself it is an error.
    options.episodes = nil
    #expect(throws: DataError.self) { try FoundDataset(folder: root, options).open(use) }
  }

  @Test func whereOtherEpisodesCannotBeReadTheSelectedOnesCount() throws {
    try strip(Self.quantiles)
    try damage { Array($0.prefix(14)) }
    var options = ReadingOptions()
    options.cameraKeys = []
    options.episodes = [0]
    let contents = try FoundDataset(folder: root, options).open(.scaling(Self.action))
    #expect(contents.statistics["action"]?["q99"] != nil)
    let warning = contents.warnings.first {
      $0.hasPrefix("statistics are computed of the selected")
    }
    #expect(warning?.contains("\n") == false, "\(contents.warnings)")
  }

  // MARK: - Recomputing

  @Test func wrongStatisticsAreReplacedByComputedOnes() throws {
    try edit { statistics in
      statistics["action"] = ["mean": [9.0, 9.0], "std": [0.0, .double(.nan)], "q01": .null]
      statistics[Self.state] = .null
    }
    #expect(throws: DataError.self) { try open(["action": ["mean", "std"]]) }
    let contents = try open(
      ["action": ["mean", "std"], "observation.state": ["min", "max"]], recomputes: true)
    for key in ["action", Self.state] {
      try expect(
        contents.statistics[key], recorded(key), ["min", "max", "mean", "std"] + Self.quantiles)
    }
    #expect(contents.warnings.isEmpty, "\(contents.warnings)")
    #expect(
      contents.notices.first?.hasPrefix("Computed all statistics of observation.state, action ")
        == true)
  }

  /// A file that is no JSON is an error without it.
  @Test func aDamagedFileOfStatisticsDoesNotMatterThen() throws {
    try TextFile.write("{", to: stored)
    #expect(throws: DataError.self) { try open(["action": ["mean", "std"]]) }
    let contents = try open(["action": ["mean", "std"]], recomputes: true)
    try expect(contents.statistics["action"], recorded("action"), ["mean", "std"])
    #expect(contents.warnings.count == 1 && contents.warnings[0].contains("stats.json: not JSON"))
  }

  @Test func whatIsNotScaledStaysAsItIs() throws {
    let contents = try open(
      ["action": ["mean", "std"], "observation.state": []], recomputes: true)
    try expect(contents.statistics[Self.state], recorded(Self.state), ["mean", "std"])
    #expect(contents.notices.first?.contains("observation.state") == false)
    #expect(try open(["observation.state": []], recomputes: true).notices.isEmpty)
  }

  /// ImageNet's mean and deviation stay where they are asked for.
  @Test func camerasAreComputedFromPictures() throws {
    let camera = "observation.image"
    let names = ["min", "max", "mean"] + Self.quantiles
    let recorded = try recorded(camera)
    let own = try open([camera: ["mean", "std"]], recomputes: true, usesImageNet: false)
    try expect(own.statistics[camera], recorded, names)
    // LeRobot's own deviations overflow (Q-DATA-9).
    let deviations = try #require(own.statistics[camera]?["std"]).doubles
    #expect(deviations.allSatisfy { $0 > 0.01 && $0 < 0.5 }, "\(deviations)")
    #expect(try open([camera: ["mean", "std"]], recomputes: true).notices.isEmpty)
    let scaled = try open([camera: ["min", "max"]], recomputes: true)
    try expect(scaled.statistics[camera], recorded, ["min", "max"])
    #expect(scaled.statistics[camera]?["mean"]?.values(of: Float.self) == [0.485, 0.456, 0.406])
  }

  @Test func quantilesOfACameraAreComputedToo() throws {
    let camera = "observation.images.top"
    try strip(Self.quantiles, of: [camera])
    let found = try open([camera: ["q01", "q99"]]).statistics[camera]
    // The recorded ones are of pictures before the video changed them.
    let (ours, theirs) = try (
      #require(found?["q99"]).doubles, #require(recorded(camera)["q99"]).doubles
    )
    #expect(found?["q99"]?.shape == [3, 1, 1])
    #expect(zip(ours, theirs).allSatisfy { abs($0 - $1) < 0.1 }, "\(ours), not \(theirs)")
  }

  /// A run from the command line: its processors hold what was computed.
  @Test func aRunScalesByWhatWasComputed() throws {
    let run = try TinyRun()
    let dataset = run.file("dataset")
    try FileManager.default.copyItem(atPath: run.file("Fixtures/datasets/tiny"), toPath: dataset)
    let file = dataset + "/meta/stats.json"
    var statistics = try #require(JSONValue(parsing: TextFile.read(file)).objectValue)
    let right = try #require(statistics["action"]?["mean"])
    let width = try #require(right.arrayValue?.count)
    var action = try #require(statistics["action"]?.objectValue)
    action["mean"] = .array([JSONValue](repeating: 77.0, count: width))
    statistics["action"] = .object(action)
    try TextFile.write(JSONValue.object(statistics).pythonText(), to: file)
    let done = try TrainingProgram.run(
      TrainingProgram.tiny + [
        "--dataset.root=\(dataset)", "--dataset.recompute_stats=true", "--steps=1",
        "--save_freq=1", "--output_dir=\(run.file("run"))",
      ], environment: CommandRun.offline.merging(["HF_LEROBOT_HOME": run.file("home")]) { $1 })
    try #require(done.status == 0, "\(done.output)")
    #expect(done.output.contains("Computed all statistics of "), "\(done.output)")
    let checkpoint = run.file("run/checkpoints/000001")
    let saved = try SafetensorsFile(
      path: checkpoint
        + "/pretrained_model/policy_preprocessor_step_3_normalizer_processor.safetensors"
    ).tensors()
    let expected = try #require(HostTensor(nested: right)).doubles
    let found = try #require(saved["action.mean"]).doubles
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "\(found), not \(expected)")
    let config = try TextFile.read(checkpoint + "/pretrained_model/train_config.json")
    #expect(!config.contains("recompute_stats"))
    let options = try JSONValue(
      parsing: TextFile.read(checkpoint + "/training_state/run_options.json"))
    #expect(options["dataset"]?["recompute_stats"] == true)
  }

  @Test func newNamesAreTheRunsAndTheFileHasTheDatasets() throws {
    try strip(Self.quantiles)
    let contents = try open(
      ["observation.joints": ["q01", "q99"]], names: ["observation.state": "observation.joints"])
    try expect(contents.statistics["observation.joints"], recorded(Self.state), Self.quantiles)
    #expect(try open(["observation.state": ["q01", "q99"]]).notices[0].hasPrefix("Statistics of "))
  }
}

extension FeatureUse {
  /// A use that reads and scales features.
  fileprivate static func scaling(_ statistics: OrderedDictionary<String, [String]>) -> FeatureUse {
    var use = FeatureUse()
    (use.statistics, use.read) = (statistics, Set(statistics.keys))
    return use
  }
}
