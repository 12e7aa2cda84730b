import LeRobotCore
import Support
import Testing

/// Options of our own.
struct RunOptionsPropertyTests {
  private static let base = [
    "--dataset.repo_id=a/b", "--policy.type=act", "--policy.push_to_hub=false",
  ]

  @Test(arguments: [["--keep_checkpoints=3"], ["--keep_checkpoints", "3"]])
  func theNumberOfCheckpointsIsTaken(option: [String]) throws {
    let loaded = try ConfigLoader.load(arguments: Self.base + option, machine: .forTests())
    #expect(loaded.options.keptCheckpoints == 3)
    // LeRobot would refuse a train_config.json with a field that it does not know.
    #expect(!loaded.config.json.pythonText().contains("keep"))
  }

  @Test(arguments: ["0", "-1", "x", "1.5", "3x"])
  func anythingButAPositiveNumberIsRefused(value: String) {
    let option = "--keep_checkpoints=\(value)"
    do throws(ConfigError) {
      _ = try ConfigLoader.load(arguments: Self.base + [option], machine: .forTests())
      Issue.record("taken")
    } catch {
      #expect(
        error.description
          == "\(option): expected a number of checkpoints from 1 up, found \(value)")
    }
  }

  @Test func withoutItEveryCheckpointStays() throws {
    let loaded = try ConfigLoader.load(arguments: Self.base, machine: .forTests())
    #expect(loaded.options.keptCheckpoints == nil)
  }

  @Test(arguments: RunOptions.FrameCache.allCases)
  func theFrameCacheIsTakenAndStaysOutOfTheFile(choice: RunOptions.FrameCache) throws {
    let loaded = try ConfigLoader.load(
      arguments: Self.base + ["--dataset.frame_cache=\(choice)"], machine: .forTests())
    #expect(loaded.options.frameCache == choice)
    #expect(!loaded.config.json.pythonText().contains("frame_cache"))
    let without = try ConfigLoader.load(arguments: Self.base, machine: .forTests())
    #expect(without.options.frameCache == nil)
  }

  @Test(arguments: [
    ("dataset.frame_cach=ram", "dataset.frame_cache"), ("keep_checkpoint=3", "keep_checkpoints"),
    ("dryrun", "dry_run"),
  ])
  func aMistypedOptionOfOursIsKnownToo(option: String, meant: String) {
    do throws(ConfigError) {
      _ = try ConfigLoader.load(arguments: Self.base + ["--\(option)"], machine: .forTests())
      Issue.record("taken")
    } catch {
      #expect(error.description.contains("did you mean --\(meant)?"), "\(error)")
    }
  }

  @Test func anUnknownFrameCacheIsRefused() {
    do throws(ConfigError) {
      _ = try ConfigLoader.load(
        arguments: Self.base + ["--dataset.frame_cache=gpu"], machine: .forTests())
      Issue.record("taken")
    } catch {
      #expect(error.description.contains("--dataset.frame_cache") && "\(error)".contains("disk"))
    }
  }

  @Test(arguments: ["/run", "/run/checkpoints"])
  func aRunWithoutItsLinkResumesFromItsHighestStep(path: String) throws {
    let text = #"""
      {"dataset": {"repo_id": "a/b"}, "policy": {"type": "act", "push_to_hub": false},
       "optimizer": {"type": "adamw"}}
      """#
    let files = ["000002", "000010"].map {
      ("/run/checkpoints/\($0)/pretrained_model/train_config.json", text)
    }
    let loaded = try ConfigLoader.load(
      arguments: ["--resume=true", "--config_path=\(path)"],
      machine: .forTests(files: Dictionary(uniqueKeysWithValues: files)))
    #expect(loaded.config.checkpointPath == "/run/checkpoints/000010")
  }

  @Test func aRunKilledInItsFirstCheckpointDoesNotBlockTheNextOne() throws {
    let loaded = try ConfigLoader.load(
      arguments: Self.base + ["--output_dir=/run"],
      machine: .forTests(
        files: ["/run/checkpoints/.unfinished-000001/pretrained_model/config.json": "{}"]))
    #expect(loaded.config.outputDirectory == "/run")
  }
}
