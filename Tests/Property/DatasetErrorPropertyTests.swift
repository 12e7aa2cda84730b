import Foundation
import LeRobotCore
import LeRobotData
import Support
import Testing

/// Whatever is wrong with a dataset is named: the file, the episode and frame, the remedy.
struct DatasetErrorPropertyTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  // MARK: Helpers

  private func copy(_ version: String) throws -> String {
    try DatasetFixture.copy(version, into: folder)
  }

  /// Replaces text in a file of a dataset.
  private func edit(_ file: String, _ old: String, _ new: String) throws {
    let text = try String(contentsOfFile: file, encoding: .utf8)
    try #require(text.contains(old), "\(file) does not hold \(old)")
    try text.replacingOccurrences(of: old, with: new)
      .write(toFile: file, atomically: true, encoding: .utf8)
  }

  private func replace(_ file: String, by other: String) throws {
    try FileManager.default.removeItem(atPath: file)
    try FileManager.default.copyItem(atPath: other, toPath: file)
  }

  private func truncate(_ file: String, to size: Int) throws {
    let handle = try FileHandle(forWritingTo: URL(filePath: file))
    try handle.truncate(atOffset: UInt64(size))
    try handle.close()
  }

  /// Opening fails with exactly this error, in one line that begins with what it is about.
  private func expect(
    _ expected: DataError, opening path: String, episodes: [Int]? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: DataError.self, sourceLocation: sourceLocation) {
      try DatasetFixture.open(path, episodes: episodes)
    }
    #expect(error == expected, sourceLocation: sourceLocation)
    check(expected, sourceLocation)
  }

  /// Reading a frame fails with this error, and opening does not.
  private func expect(
    _ expected: DataError, reading frame: Int, of path: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let reader = try DatasetFixture.open(path).makeReader()
    let error = #expect(throws: DataError.self, sourceLocation: sourceLocation) {
      try reader.item(frame)
    }
    #expect(error == expected, sourceLocation: sourceLocation)
    check(expected, sourceLocation)
  }

  private func check(_ error: DataError, _ sourceLocation: SourceLocation) {
    #expect(!error.description.contains("\n"), sourceLocation: sourceLocation)
    #expect(error.description.contains(";") || error.description.contains(":"))
  }

  private func video(_ dataset: String, _ episode: Int) -> String {
    "\(dataset)/videos/chunk-000/observation.images.top/episode_00000\(episode).mp4"
  }

  private func table(_ dataset: String, _ episode: Int) -> String {
    "\(dataset)/data/chunk-000/episode_00000\(episode).parquet"
  }

  private func damaged(_ name: String) -> String {
    RepositoryFiles.fixtures.appending(path: "tables/\(name).parquet").path
  }

  // MARK: Finding the dataset

  @Test func missingFolderIsNamed() {
    let path = folder.file("nowhere")
    expect(.datasetNotFound(path: path, reason: nil), opening: path)
  }

  @Test func aMissingFFmpegIsNamed() {
    let reason = "libavformat.so.59: cannot open shared object file"
    #expect(
      DataError.noFFmpeg(reason: reason).description
        == "videos need FFmpeg's libraries (\(reason)); Scripts/setup installs them")
  }

  @Test func folderWithoutDatasetIsNamed() {
    expect(.notADataset(path: folder.path), opening: folder.path)
  }

  @Test func unknownVersionIsNamed() throws {
    let path = try copy("v30")
    try edit(path + "/meta/info.json", "v3.0", "v1.6")
    expect(.unknownVersion(file: path + "/meta/info.json", version: "v1.6"), opening: path)
  }

  @Test func streamingAndUnknownBackendsAreRefused() {
    var config = DatasetConfig(repositoryID: "local/x")
    config.root = DatasetFixture.layout("v30")
    config.videoBackend = "opencv"
    #expect(throws: DataError.unknownVideoBackend("opencv")) {
      try LeRobotDataset.open(config, environment: [:])
    }
    config.streaming = true
    #expect(throws: DataError.streamingUnsupported) {
      try LeRobotDataset.open(config, environment: [:])
    }
  }

  @Test(arguments: [[3], [0, -1], [1, 99]])
  func missingEpisodeIsNamed(_ episodes: [Int]) {
    expect(
      .missingEpisode(episode: episodes.last ?? 0, count: 3), opening: DatasetFixture.layout("v30"),
      episodes: episodes)
  }

  @Test func emptySelectionIsRefused() {
    let path = DatasetFixture.layout("v30")
    expect(.noEpisodes(path: path), opening: path, episodes: [])
  }

  // MARK: Files

  @Test func missingTableIsNamedWithItsEpisode() throws {
    let path = try copy("v21")
    try FileManager.default.removeItem(atPath: table(path, 1))
    expect(.missingFile(file: table(path, 1), episode: 1), opening: path)
    #expect(try DatasetFixture.open(path, episodes: [0, 2]).frameCount == 16)
  }

  @Test func missingVideoIsNamedWithItsEpisode() throws {
    let path = try copy("v20")
    try FileManager.default.removeItem(atPath: video(path, 2))
    expect(.missingFile(file: video(path, 2), episode: 2), opening: path)
    #expect(try DatasetFixture.open(path, episodes: [1, 0]).frameCount == 12)
  }

  @Test(arguments: [
    ("v30", "tasks.parquet"), ("v21", "episodes.jsonl"), ("v21", "tasks.jsonl"),
  ])
  func missingMetadataIsNamed(_ version: String, _ file: String) throws {
    let path = try copy(version)
    try FileManager.default.removeItem(atPath: "\(path)/meta/\(file)")
    expect(.missingFile(file: "\(path)/meta/\(file)", episode: nil), opening: path)
  }

  /// Nothing is normalised then, as in LeRobot.
  @Test(arguments: [
    ("v30", "stats.json"), ("v21", "episodes_stats.jsonl"), ("v20", "stats.json"),
  ])
  func missingStatisticsAreAWarning(_ version: String, _ file: String) throws {
    let path = try copy(version)
    try FileManager.default.removeItem(atPath: "\(path)/meta/\(file)")
    let found = try FoundDataset(folder: path, ReadingOptions())
    var use = FeatureUse()
    use.read = ["observation.state", "action"]
    use.statistics = ["observation.state": ["mean", "std"], "action": ["min", "max"]]
    #expect(
      try found.open(use).warnings == [
        "\(path)/meta/\(file): has no statistics of observation.state, action, which are not "
          + "normalised; --dataset.recompute_stats=true computes them from the data"
      ])
  }

  @Test(arguments: [0, 3, 200, 20_000])
  func tableCutShortIsUnreadable(_ size: Int) throws {
    let path = try copy("v30")
    let file = path + "/data/chunk-000/file-000.parquet"
    try truncate(file, to: size)
    let error = #expect(throws: DataError.self) { try DatasetFixture.open(path) }
    #expect(error == .noFooter(file: file))
  }

  /// Of the many bytes that may change, some make Arrow say why in two lines.
  @Test func whatArrowSaysIsOneLine() throws {
    let path = try copy("v30")
    let file = path + "/meta/tasks.parquet"
    let whole = try Data(contentsOf: URL(filePath: file))
    for offset in 0..<200 {
      var bytes = whole
      bytes[whole.count - 9 - offset] ^= 0xFF
      try bytes.write(to: URL(filePath: file))
      do throws(DataError) {
        _ = try ParquetFile(path: file).read()
      } catch {
        #expect(!error.description.contains("\n"), "byte \(offset) from the footer's end")
      }
    }
  }

  @Test func metadataThatContradictsItselfIsMalformed() throws {
    let path = try copy("v30")
    let info = path + "/meta/info.json"
    try edit(info, "\"total_episodes\": 3", "\"total_episodes\": 4")
    #expect(
      try DatasetFixture.open(path).contents.warnings == [
        "\(info): total_episodes is 4, but meta/ lists 3 episodes, which are used"
      ])
    try edit(info, "\"fps\": 10", "\"fps\": 0")
    expect(.malformed(file: info, reason: "fps is 0.0, which is no rate"), opening: path)
    try edit(info, "\"features\": {", "\"features\": [")
    let error = #expect(throws: DataError.self) { try DatasetFixture.open(path) }
    guard case .malformed(info, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  /// What `info.json` says with which nothing could be computed.
  @Test(arguments: [
    ("[3]", "[4000000000, 4000000000]", "has the shape [4000000000, 4000000000]"),
    ("[3]", "[-4]", "has the shape [-4]"),
    ("\"dtype\": \"float32\"", "\"dtype\": \"string\"", "is text, not numbers"),
    ("\"fps\": 10", "\"fps\": 1e999", "which is no rate"),
    ("\"video_path\"", "\"video\"", "there is no video_path, but observation.images.top is"),
  ])
  func metadataNothingCanBeMadeOfIsMalformed(old: String, new: String, reason: String) throws {
    let path = try copy("v30")
    let info = path + "/meta/info.json"
    let text = try String(contentsOfFile: info, encoding: .utf8)
    // Lists stand on several lines.
    try text.replacing(#/\[\s*3\s*\]/#, with: "[3]")
      .write(toFile: info, atomically: true, encoding: .utf8)
    try edit(info, old, new)
    let error = #expect(throws: DataError.self) { try DatasetFixture.open(path) }
    guard case .malformed(info, let found)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(found.contains(reason), "\(found)")
  }

  @Test(arguments: ["/meta/info.json", "/meta/stats.json", "/meta/tasks.parquet"])
  func aFolderInAFilesPlaceIsNoDamage(file: String) throws {
    let path = try copy("v30")
    try FileManager.default.removeItem(atPath: path + file)
    try FileManager.default.createDirectory(
      atPath: path + file, withIntermediateDirectories: false)
    expect(.notReadable(file: path + file, reason: "it is a folder"), opening: path)
  }

  /// Root may read anything.
  @Test(.enabled(if: geteuid() != 0, "for whom permissions count"))
  func aFileThatMayNotBeReadIsNoDamage() throws {
    let path = try copy("v30")
    for file in ["/meta/tasks.parquet", "/meta/info.json"].map({ path + $0 }) {
      #expect(chmod(file, 0) == 0)
      expect(.notReadable(file: file, reason: "permission denied"), opening: path)
    }
  }

  /// Lengths whose sum is beyond any number, and none.
  @Test(arguments: [0, -5, 1 << 62])
  func episodesOfNoLengthAreMalformed(length: Int) throws {
    let path = try copy("v21")
    let file = path + "/meta/episodes.jsonl"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    try text.replacing(#/"length": \d+/#, with: "\"length\": \(length)")
      .write(toFile: file, atomically: true, encoding: .utf8)
    expect(.malformed(file: file, reason: "episode 0 has \(length) frames"), opening: path)
  }

  @Test func unwritableFolderIsNamed() {
    let path = folder.file("no/such.parquet")
    let error = #expect(throws: DataError.self) {
      try ParquetWriter(path: path, columns: [("x", .integers([]))])
    }
    guard case .notWritable(path, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  // MARK: Tables

  @Test func missingColumnIsNamed() throws {
    let path = try copy("v21")
    try edit(path + "/meta/info.json", "\"next.reward\": {", "\"next.rewards\": {")
    #expect(
      try DatasetFixture.open(path).contents.warnings == [
        "not read, as the policy does without: next.rewards (the tables have no such column)"
      ])
    try edit(path + "/meta/info.json", "\"next.rewards\": {", "\"observation.state\": {")
    expect(
      .wrongWidth(
        file: table(path, 0), column: "observation.state", row: 0, found: 3, expected: 1),
      opening: path)
  }

  /// Policies compute with real numbers, so those that are there are taken.
  @Test func realNumbersDeclaredAsWholeOnesAreRead() throws {
    let path = try copy("v21")
    let expected = try DatasetFixture.open(path).makeReader().batch([0, 8])
    try edit(path + "/meta/info.json", "float64", "int64")
    let found = try DatasetFixture.open(path).makeReader().batch([0, 8])
    #expect(found.tensors == expected.tensors)
  }

  @Test func wrongTypeIsNamed() throws {
    let path = try copy("v21")
    try edit(path + "/meta/info.json", "\"image\"", "\"float32\"")
    var use = FeatureUse()
    use.read = ["observation.image"]
    let expected = DataError.wrongType(
      file: table(path, 0), column: "observation.image", found: "structure", expected: "float32")
    #expect(throws: expected) {
      try FoundDataset(folder: path, ReadingOptions()).open(use)
    }
  }

  @Test func wrongWidthIsNamed() throws {
    let path = try copy("v30")
    try edit(
      path + "/meta/info.json", #""float64",\#n            "shape": [\#n                2"#,
      #""float64",\#n            "shape": [\#n                4"#)
    expect(
      .wrongWidth(
        file: path + "/data/chunk-000/file-000.parquet", column: "observation.environment_state",
        row: 0, found: 2, expected: 4), opening: path)
  }

  @Test func nullIsNamedWithItsRow() throws {
    let path = try copy("v21")
    try replace(table(path, 0), by: damaged("null_state"))
    expect(
      .findings([
        "\(table(path, 0)): episode 0, frame 4 of observation.state is null; fill the value in, or "
          + "leave the episode out by --dataset.episodes"
      ]), opening: path)
  }

  @Test func wrongRowCountIsNamed() throws {
    let path = try copy("v21")
    try replace(table(path, 0), by: table(path, 1))
    expect(.wrongRowCount(file: table(path, 0), found: 5, expected: 7), opening: path)
  }

  @Test func rowsOfAnotherEpisodeAreNamed() throws {
    let path = try copy("v21")
    try replace(table(path, 0), by: table(path, 1))
    try edit(path + "/meta/episodes.jsonl", "\"length\": 7", "\"length\": 5")
    expect(.wrongEpisode(file: table(path, 0), row: 0, found: 1, expected: 0), opening: path)
  }

  @Test func unknownTaskIsNamed() throws {
    let path = try copy("v21")
    try edit(path + "/meta/tasks.jsonl", "\"task_index\": 1", "\"task_index\": 7")
    #expect(
      try DatasetFixture.open(path).contents.warnings == [
        "\(path)/meta/tasks.jsonl: has no task 1, which frames refer to; their task is empty text"
      ])
  }

  // MARK: Cameras

  @Test func videoCutShortIsNamedWithItsFrame() throws {
    let path = try copy("v30")
    let file = path + "/videos/observation.images.top/chunk-000/file-000.mp4"
    let index = try VideoIndex(path: file)
    let size = try #require(FileManager.default.contents(atPath: file)).count
    try truncate(file, to: size - 100)
    expect(
      .truncatedVideo(
        file: file, frame: index.frameCount - 1, needed: size, size: size - 100), opening: path)
  }

  /// A file may shrink after it was opened: an error then too, no signal.
  @Test func videoCutShortWhileOpenIsNamed() throws {
    let path = try copy("v30")
    let file = path + "/videos/observation.images.top/chunk-000/file-000.mp4"
    let reader = try DatasetFixture.open(path).makeReader()
    _ = try reader.item(0)
    try truncate(file, to: 3000)
    let error = #expect(throws: DataError.self) { try reader.item(20) }
    guard case .atFrame(2, 8, .truncatedVideo(file, _, _, 3000))? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func videoWithoutItsIndexIsUnreadable() throws {
    let path = try copy("v21")
    // The writer puts the index last, where a broken download loses it.
    try VideoPropertyTests.write(video(path, 0), frames: 7, width: 80, height: 64)
    let size = try #require(FileManager.default.contents(atPath: video(path, 0))).count
    try truncate(video(path, 0), to: size - 200)
    let error = #expect(throws: DataError.self) { try DatasetFixture.open(path) }
    guard case .unreadable(video(path, 0), _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func tooFewFramesAreNamed() throws {
    let path = try copy("v21")
    try replace(video(path, 2), by: video(path, 1))
    expect(
      .tooFewFrames(file: video(path, 2), episode: 2, found: 5, expected: 9), opening: path)
  }

  @Test func damagedPictureDataIsNamed() throws {
    let path = try copy("v30")
    let file = path + "/videos/observation.images.top/chunk-000/file-000.mp4"
    let size = try #require(FileManager.default.contents(atPath: file)).count
    let handle = try FileHandle(forUpdating: URL(filePath: file))
    try handle.seek(toOffset: UInt64(size - 900))
    try handle.write(contentsOf: Data(repeating: 0xFF, count: 900))
    try handle.close()
    let reader = try DatasetFixture.open(path).makeReader()
    let error = #expect(throws: DataError.self) { try reader.item(20) }
    guard case .atFrame(2, 8, .undecodableFrame(file, 20, _))? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    // The decoder is of use afterwards.
    #expect(try reader.item(2)["index"] == HostTensor([2] as [Int64], shape: []))
  }

  @Test func timestampsOutsideTheToleranceAreNamed() throws {
    let path = try copy("v21")
    try VideoPropertyTests.write(video(path, 0), frames: 7, width: 80, height: 64, fps: 8)
    let asked = Double(Float(0.1))
    try expect(
      .atFrame(
        episode: 0, frame: 1,
        .timestampOutOfTolerance(
          file: video(path, 0), asked: asked, nearest: 0.125, tolerance: 1e-4)),
      reading: 1, of: path)
  }

  @Test func wrongPictureSizeIsNamed() throws {
    let path = try copy("v21")
    try VideoPropertyTests.write(video(path, 1), frames: 5)
    expect(
      .wrongImageSize(
        file: video(path, 1), camera: "observation.images.top", found: [16, 32, 3],
        expected: [64, 80, 3]), opening: path)
  }

  /// All of a camera's videos have the size that LeRobot trains on, whatever is declared.
  @Test func anotherSizeThanDeclaredIsAWarning() throws {
    let path = try copy("v30")
    try edit(
      path + "/meta/info.json", #""shape": [\#n                64,\#n                80"#,
      #""shape": [\#n                48,\#n                96"#)
    let dataset = try DatasetFixture.open(path)
    #expect(dataset.contents.warnings.count == 1)
    #expect(
      dataset.contents.warnings[0].hasSuffix(
        "are 64x80, meta/info.json declares 48x96; the real size is used"))
    #expect(try dataset.makeReader().item(0)["observation.images.top"]?.shape == [3, 64, 80])
    #expect(dataset.policyFeatures["observation.images.top"]?.shape == [3, 64, 80])
  }

  @Test func pictureThatIsOnlyNamedIsLookedForBelowTheDataset() throws {
    let path = try copy("v21")
    try replace(table(path, 0), by: damaged("picture_by_path"))
    try expect(
      .atFrame(
        episode: 0, frame: 4,
        .missingImageFile(
          file: table(path, 0), camera: "observation.image", row: 4, path: "a.png",
          looked: [path + "/a.png", "a.png"])),
      reading: 4, of: path)
    try Data("GIF89a".utf8).write(to: URL(filePath: path + "/a.png"))
    let reader = try DatasetFixture.open(path).makeReader()
    let error = #expect(throws: DataError.self) { try reader.item(4) }
    guard case .atFrame(0, 4, .undecodableImage)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func brokenPictureIsNamed() throws {
    let path = try copy("v20")
    try replace(table(path, 0), by: damaged("broken_picture"))
    let reader = try DatasetFixture.open(path).makeReader()
    let error = #expect(throws: DataError.self) { try reader.item(4) }
    guard case .atFrame(0, 4, .undecodableImage(table(path, 0), "observation.image", 4, _))? = error
    else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.description.hasPrefix("episode 0, frame 4: ") == true)
  }
}
