import Foundation
import LeRobotCore
import Support
import Testing

/// Checkpoints through crashes, moves and damage.
struct CheckpointPropertyTests {
  @Test func whatIsWrittenIsReadBack() throws {
    let run = try TemporaryFolder()
    let contents = CheckpointContents.sample(step: 12)
    let path = try CheckpointWriter(outputDirectory: run.path, totalSteps: 100).write(contents)
    let checkpoint = try Checkpoint.open(path)
    #expect(try checkpoint.weights() == contents.weights)
    #expect(try checkpoint.readTrainingState() == contents.trainingState)
    #expect(try checkpoint.processors() == contents.processors)
    #expect(try checkpoint.policyConfig() == "{}")
    #expect(try TextFile.read(checkpoint.pretrainedModel + "/README.md") == "card")
  }

  @Test(arguments: [
    (7, 100, "000007"), (1_000_000, 2_000_000, "1000000"), (1, 12_345_678, "00000001"),
  ])
  func namesArePaddedToSort(step: Int, total: Int, name: String) {
    #expect(CheckpointLayout.name(step: step, totalSteps: total) == name)
    #expect(CheckpointLayout.step(name: name) == step)
  }

  @Test(arguments: ["last", "unfinished-000001", "+1", "-1", "1 ", "१"])
  func otherNamesAreNoCheckpoints(name: String) {
    #expect(CheckpointLayout.step(name: name) == nil)
  }

  @Test func lastPointsAtTheNewestAndSurvivesMoving() throws {
    let run = try TemporaryFolder()
    let writer = CheckpointWriter(outputDirectory: run.file("a") + "/", totalSteps: 10)
    try writer.write(.sample(step: 1))
    try writer.write(.sample(step: 2))
    #expect(FileSystem.linkTarget(run.file("a/checkpoints/last")) == "000002")
    try FileSystem.rename(run.file("a"), to: run.file("b"))
    #expect(try Checkpoint.open(run.file("b")).path == run.file("b/checkpoints/000002"))
  }

  @Test func everyWayToNameACheckpointFindsIt() throws {
    let run = try TemporaryFolder()
    let path = try CheckpointWriter(outputDirectory: run.path, totalSteps: 1)
      .write(.sample(step: 1))
    let expected = try Checkpoint.open(path)
    for suffix in [
      "", "/", "/checkpoints", "/checkpoints/last", "/checkpoints/000001/",
      "/checkpoints/000001/pretrained_model",
      "/checkpoints/000001/pretrained_model/train_config.json",
    ] {
      let found = try Checkpoint.open(run.path + suffix)
      #expect(try found.weights() == expected.weights(), "\(suffix)")
      #expect(found.hasTrainingState, "\(suffix)")
    }
  }

  @Test func withoutItsLinkTheHighestStepIsTheLast() throws {
    let run = try TemporaryFolder()
    let writer = CheckpointWriter(outputDirectory: run.path, totalSteps: 10)
    try writer.write(.sample(step: 9))
    try writer.write(.sample(step: 10))
    try FileSystem.remove(run.file("checkpoints/last"))
    #expect(try Checkpoint.open(run.path).path == writer.path(step: 10))
  }

  @Test func savingAStepAgainReplacesIt() throws {
    let run = try TemporaryFolder()
    let writer = CheckpointWriter(outputDirectory: run.path, totalSteps: 10)
    try writer.write(.sample(step: 1, value: 1))
    let path = try writer.write(.sample(step: 1, value: 2))
    #expect(try Checkpoint.open(path).weights()["w"] == HostTensor([2 as Float], shape: [1]))
    #expect(try FileSystem.list(writer.folder) == ["000001", "last"])
  }

  @Test func withoutAnExchangeAStepIsReplacedByTwoRenames() throws {
    let run = try TemporaryFolder()
    let writer = CheckpointWriter(outputDirectory: run.path, totalSteps: 10) { _, _ in false }
    try writer.write(.sample(step: 1, value: 1))
    let path = try writer.write(.sample(step: 1, value: 2))
    #expect(try Checkpoint.open(path).weights()["w"] == HostTensor([2 as Float], shape: [1]))
    #expect(try FileSystem.list(writer.folder) == ["000001", "last"])
  }

  /// This machine's file systems can exchange; the two renames are for those that cannot.
  @Test func twoFoldersAreExchangedInOneStep() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b"] { try FileSystem.createDirectory(folder.file(name)) }
    _ = try folder.write("1".utf8, to: "a/one")
    _ = try folder.write("2".utf8, to: "b/two")
    #expect(try FileSystem.exchange(folder.file("a"), folder.file("b")))
    #expect(try FileSystem.list(folder.file("a")) == ["two"])
    #expect(try FileSystem.list(folder.file("b")) == ["one"])
    #expect(throws: FileError.self) {
      try FileSystem.exchange(folder.file("a"), folder.file("c"))
    }
  }

  /// Killed between the two renames: every way to name the checkpoint still finds it.
  @Test(arguments: [
    "", "/checkpoints", "/checkpoints/last", "/checkpoints/000002",
    "/checkpoints/last/pretrained_model", "/checkpoints/000002/pretrained_model/train_config.json",
    "/checkpoints/last/pretrained_model/train_config.json",
  ])
  func aReplacedCheckpointIsFoundUnderItsName(suffix: String) throws {
    let run = try TemporaryFolder()
    let writer = CheckpointWriter(outputDirectory: run.path, totalSteps: 10)
    try writer.write(.sample(step: 1, value: 1))
    try writer.write(.sample(step: 2, value: 2))
    let aside = writer.folder + "/.replaced-000002"
    try FileSystem.rename(writer.path(step: 2), to: aside)
    let found = try Checkpoint.open(run.path + suffix)
    #expect(found.path == aside && CheckpointLayout.original(found.path) == writer.path(step: 2))
    #expect(try found.readTrainingState().step == 2)
    #expect(try found.weights()["w"] == HostTensor([2 as Float], shape: [1]))
    // The configuration's own look at the files sees the same.
    let files = DiskFileSystem()
    let config = writer.folder + "/last/pretrained_model/train_config.json"
    #expect(files.kind(of: config) == .file && files.kind(of: writer.folder + "/000003") == nil)
    #expect(try !files.contents(of: config).isEmpty)
    try writer.cleanUp()
    #expect(try FileSystem.list(writer.folder) == ["000001", "000002", "last"])
    #expect(try Checkpoint.open(run.path + suffix).readTrainingState().step == 2)
  }

  @Test func whatIsNotConfirmedIsNotKept() throws {
    let run = try TemporaryFolder()
    let writer = CheckpointWriter(outputDirectory: run.path, totalSteps: 10)
    try writer.write(.sample(step: 1))
    let before = try Support.contents(of: run.path)
    var contents = CheckpointContents.sample(step: 2)
    contents.confirm = { () throws(WeightError) in throw WeightError.changedDuringSave("w") }
    #expect(
      throws: CheckpointError.notWritten(
        checkpoint: writer.path(step: 2), reason: .changedDuringSave("w"))
    ) { try writer.write(contents) }
    #expect(try Support.contents(of: run.path) == before)
  }

  @Test func failedWriteLeavesEverythingAsItWas() throws {
    let run = try TemporaryFolder()
    let writer = CheckpointWriter(outputDirectory: run.path, totalSteps: 10)
    try writer.write(.sample(step: 1))
    let before = try Support.contents(of: run.path)
    // An optimizer whose folder has the name of a file that is already written.
    let broken = CheckpointContents.sample(step: 2, optimizers: ["", "training_step.json"])
    do throws(CheckpointError) {
      try writer.write(broken)
      Issue.record("written")
    } catch {
      guard case .notWritten(writer.path(step: 2), .file(.system(.create, _, _))) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(!error.description.contains("\n"))
    }
    #expect(try Support.contents(of: run.path) == before)
  }

  @Test func folderThatCannotBeMadeIsNamed() throws {
    let run = try TemporaryFolder()
    let file = try run.write([], to: "file")
    do throws(CheckpointError) {
      try CheckpointWriter(outputDirectory: file, totalSteps: 1).write(.sample(step: 1))
      Issue.record("written")
    } catch {
      #expect(error.description.contains(file))
    }
  }

  @Test func cleaningUpRemovesWhatAKilledRunLeft() throws {
    let run = try TemporaryFolder()
    let writer = CheckpointWriter(outputDirectory: run.path, totalSteps: 10)
    try writer.write(.sample(step: 1))
    let before = try Support.contents(of: run.path)
    try FileSystem.createDirectory(writer.folder + "/.unfinished-000002/pretrained_model")
    try FileSystem.link(writer.folder + "/.unfinished-last", to: "000002")
    #expect(try Checkpoint.open(run.path).path == writer.path(step: 1))
    try writer.cleanUp()
    #expect(try Support.contents(of: run.path) == before)
    // Killed between the two renames of a replacement, and after both.
    try FileSystem.rename(writer.path(step: 1), to: writer.folder + "/.replaced-000001")
    try writer.cleanUp()
    #expect(try Support.contents(of: run.path) == before)
    try FileSystem.createDirectory(writer.folder + "/.replaced-000001")
    try writer.cleanUp()
    #expect(try Support.contents(of: run.path) == before)
  }

  @Test func cleaningUpBeforeTheFirstCheckpointDoesNothing() throws {
    let run = try TemporaryFolder()
    try CheckpointWriter(outputDirectory: run.path, totalSteps: 1).cleanUp()
    #expect(try FileSystem.list(run.path) == [])
  }

  @Test(arguments: ["", "missing", "file.txt"])
  func pathWithoutCheckpointIsExplained(name: String) throws {
    let run = try TemporaryFolder()
    _ = try run.write([], to: "file.txt")
    do throws(CheckpointError) {
      _ = try Checkpoint.open(run.file(name))
      Issue.record("opened")
    } catch {
      guard case .notFound = error else {
        Issue.record("\(error)")
        return
      }
      #expect(!error.description.contains("\n"))
    }
  }

  @Test func policyWithoutTrainingStateCannotBeResumed() throws {
    let run = try TemporaryFolder()
    _ = try run.write("{}".utf8, to: "config.json")
    let checkpoint = try Checkpoint.open(run.path)
    #expect(!checkpoint.hasTrainingState)
    #expect(throws: CheckpointError.self) { try checkpoint.readTrainingState() }
  }

  @Test(arguments: [
    ("training_step.json", "{", "expected"),
    ("training_step.json", "{}", "number of steps"),
    ("training_step.json", #"{"step": -1}"#, "number of steps"),
    ("optimizer_param_groups.json", "[{}]", "expected a list"),
    ("optimizer_state.safetensors", "", "too few"),
    ("rng_state.safetensors", "\u{8}\0\0\0\0\0\0\0{}      ", "625 integers"),
    ("scheduler_state.json", "nope", "expected"),
  ])
  func damagedStateIsExplained(file: String, text: String, reason: String) throws {
    let run = try TemporaryFolder()
    let path = try CheckpointWriter(outputDirectory: run.path, totalSteps: 1)
      .write(.sample(step: 1))
    try TextFile.write(text, to: "\(path)/training_state/\(file)")
    do throws(CheckpointError) {
      _ = try Checkpoint.open(path).readTrainingState()
      Issue.record("read")
    } catch {
      #expect(error.description.contains(file))
      #expect(error.description.contains(reason), "\(error)")
      #expect(!error.description.contains("\n"))
    }
  }

  /// LeRobot fails too; going on with a new optimizer would look like going on.
  @Test func anOptimizerThatIsNotThereIsMissed() throws {
    let run = try TemporaryFolder()
    let path = try CheckpointWriter(outputDirectory: run.path, totalSteps: 1)
      .write(.sample(step: 1))
    let file = "\(path)/training_state/optimizer_param_groups.json"
    try FileSystem.remove(file)
    let error = #expect(throws: CheckpointError.missing(file: file)) {
      try Checkpoint.open(path).readTrainingState()
    }
    #expect(error?.description.hasSuffix("use an earlier one") == true)
  }

  @Test func halfOfTheProcessorsAreNotThoseOfAnOlderRelease() throws {
    let run = try TemporaryFolder()
    let path = try CheckpointWriter(outputDirectory: run.path, totalSteps: 1)
      .write(.sample(step: 1))
    try FileSystem.remove("\(path)/pretrained_model/policy_preprocessor.json")
    #expect(try !Checkpoint.open(path).isBeforeProcessors)
  }

  @Test func optimizerStateOfAnotherShapeIsExplained() throws {
    let run = try TemporaryFolder()
    let path = try CheckpointWriter(outputDirectory: run.path, totalSteps: 1)
      .write(.sample(step: 1))
    let file = "\(path)/training_state/optimizer_state.safetensors"
    try SafetensorsWriter.write(["state/x/exp_avg": HostTensor([1.0], shape: [1])], to: file)
    #expect(
      throws: CheckpointError.invalidField(
        file: file, field: "state/x/exp_avg", reason: "expected state/index/name")
    ) { try Checkpoint.open(path).readTrainingState() }
  }

  @Test(arguments: [
    ("a/b", "a"), ("/a", "/"), ("/a/", "/"), ("a", "."), ("/a/b//", "/a"), ("a/b/c", "a/b"),
  ])
  func parentIsTheFolderAbove(path: String, parent: String) {
    #expect(FileSystem.parent(of: path) == parent)
    #expect(FileSystem.parent(of: "/") == nil)
  }
}
