import Foundation
import LeRobotCore
import LeRobotData
import Support
import Testing

/// Folders of raw recordings: faults are named, statistics are kept.
struct RecordingPropertyTests {
  /// The error of opening a folder and reading all of it.
  static func error(_ path: String) -> RecordingError? {
    do throws(DataError) {
      let dataset = try RecordingFixture.open(path)
      _ = try dataset.makeReader().batch(Array(0..<dataset.frameCount))
      return nil
    } catch {
      switch error {
      case .recording(let cause), .atFrame(_, _, .recording(let cause)): return cause
      default: return nil
      }
    }
  }

  @Test(arguments: [
    "no_action": "episode_1.hdf5: no dataset /action;",
    "no_state": "episode_1.hdf5: no dataset /observations/qpos;",
    "short_action": "/action has 2 frames, /observations/qpos 3;",
    "short_camera": "/observations/images/cam has 2 frames, /observations/qpos 3;",
    "flat_state": "/observations/qpos is float32 [3], not numbers [frames, joints];",
    "float_camera":
      "cam is float32 [3, 6, 8, 3], not uint8 [frames, height, width, 3] or a row of bytes a frame;",
    "more_joints": "/action is 4 wide, in the first episode 2 wide;",
    "no_camera": "/observations/images/cam is not recorded, in the first episode 6×8 pixels;",
    "other_pixels": "/observations/images/cam is 6×9 pixels, in the first episode 6×8 pixels;",
    "other_jpeg_size": "is [4, 4, 3], the first one [6, 8, 3]",
    "damaged_jpeg": "as no known picture does;",
  ])
  func faultIsNamedWithFileEpisodeAndRemedy(_ fault: String, _ text: String) throws {
    let fixture = try RecordingFixture(fault: fault)
    let message = try #require(Self.error(fixture.path)).description
    #expect(message.contains(text), "\(message)")
    #expect(message.hasPrefix("episode 1") && message.contains("episode_1.hdf5"))
    #expect(message.contains(";") && !message.contains("\n"))
  }

  @Test func emptyEpisodeIsRefused() throws {
    let fixture = try RecordingFixture(fault: "empty")
    let message = try #require(Self.error(fixture.path)).description
    #expect(message.contains("episode_1.hdf5"), "\(message)")
  }

  @Test func cutFileIsNamed() throws {
    let fixture = try RecordingFixture("pixels")
    let file = fixture.path + "/episode_10.hdf5"
    try Data(contentsOf: URL(filePath: file)).dropLast(100).write(to: URL(filePath: file))
    let message = try #require(Self.error(fixture.path)).description
    #expect(message.contains("episode 2: \(file): not a whole HDF5 file (truncated file"))
  }

  @Test(arguments: [
    "{\"fps\": 0}": "fps is 0", "{\"task\": 3}": "task is 3", "{\"speed\": 3}": "speed",
    "[": "JSON",
  ])
  func wrongOptionsAreNamed(_ text: String, _ reason: String) throws {
    let fixture = try RecordingFixture("pixels")
    try text.write(toFile: fixture.path + "/recordings.json", atomically: true, encoding: .utf8)
    let message = try #require(Self.error(fixture.path)).description
    #expect(message.contains("recordings.json: ") && message.contains(reason), "\(message)")
  }

  @Test func fiftyFramesASecondUnlessToldOtherwise() throws {
    let fixture = try RecordingFixture("pixels")
    let options = fixture.path + "/recordings.json"
    try FileManager.default.removeItem(atPath: options)
    #expect(try RecordingFixture.open(fixture.path).fps == 50)
    try "{\"fps\": 30}".write(toFile: options, atomically: true, encoding: .utf8)
    let dataset = try RecordingFixture.open(fixture.path)
    #expect(dataset.fps == 30)
    #expect(try dataset.makeReader().item(2)["timestamp"]?.doubles == [Double(Float(2.0 / 30))])
    #expect(dataset.statistics["timestamp"]?["max"]?.doubles == [8.0 / 30])
  }

  @Test func statisticsAreKeptUntilARecordingChanges() throws {
    let fixture = try RecordingFixture("pixels")
    let kept = fixture.path + "/statistics.json"
    let computed = try RecordingFixture.open(fixture.path)
    #expect(computed.contents.warnings.isEmpty)
    let text = try String(contentsOfFile: kept, encoding: .utf8)
    #expect(try RecordingFixture.open(fixture.path).statistics == computed.statistics)

    // What is kept is what is used.
    try text.replacingOccurrences(of: "\"task_index\"", with: "\"other\"")
      .write(toFile: kept, atomically: true, encoding: .utf8)
    #expect(try RecordingFixture.open(fixture.path).statistics.keys.contains("other"))

    try FileManager.default.removeItem(atPath: fixture.path + "/episode_10.hdf5")
    let fewer = try RecordingFixture.open(fixture.path)
    #expect(fewer.statistics["observation.state"]?["count"]?.doubles == [13])
    #expect(!fewer.statistics.keys.contains("other"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.path).count == 4)
  }

  @Test func damagedStatisticsAreComputedAnew() throws {
    let fixture = try RecordingFixture("pixels")
    let statistics = try RecordingFixture.open(fixture.path).statistics
    let kept = URL(filePath: fixture.path + "/statistics.json")
    try Data(contentsOf: kept).dropLast(900).write(to: kept)
    #expect(try RecordingFixture.open(fixture.path).statistics == statistics)
  }

  @Test func statisticsThatCannotBeKeptAreAWarning() throws {
    let fixture = try RecordingFixture("pixels")
    let other = try RecordingFixture("pixels")
    let expected = try RecordingFixture.open(other.path).statistics
    // A folder of that name cannot be replaced by a file, not even by root.
    let kept = fixture.path + "/statistics.json"
    try FileManager.default.createDirectory(atPath: kept, withIntermediateDirectories: false)
    let dataset = try RecordingFixture.open(fixture.path)
    #expect(dataset.statistics == expected)
    #expect(dataset.contents.warnings.count == 1)
    #expect(dataset.contents.warnings.first?.contains("statistics.json") == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.path).count == 5)
  }

  @Test(arguments: [(480, 640, 4), (299, 200, 1), (300, 200, 2), (720, 1280, 8)])
  func largePicturesAreThinned(_ height: Int, _ width: Int, _ step: Int) {
    #expect(PictureStatistics.thinning(height: height, width: width) == step)
  }
}
