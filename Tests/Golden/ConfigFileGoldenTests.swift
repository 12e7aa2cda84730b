import Foundation
import LeRobotCore
import Support
import Testing

/// Configuration files that people write and other releases leave, held against what LeRobot reads.
@Suite struct ConfigFileGoldenTests {
  private static func entries(_ name: String) throws -> [JSONValue] {
    let file = RepositoryFiles.fixtures.appending(path: "config/\(name).jsonl")
    return try RepositoryFiles.lines(file).map { try JSONValue(parsing: $0) }
  }

  // MARK: - Written by hand

  /// Refused here with a reason: a key that stands twice, bytes, Python's sets.
  private static let refusedHere: Set = ["twice.yaml", "binary.yaml", "set.yaml"]
  /// Accepted here: fields nobody knows are dropped with a warning (Quirks.md, Q-CONFIG-9), tabs
  /// between tokens are space, a date is a folder's name (Q-CONFIG-12).
  private static let acceptedHere: Set = [
    "merge.yaml", "unknown.yaml", "unknown_inside.yaml", "other_policys.yaml", "dotted.yaml",
    "unknown.json", "job_name_44.yaml", "output_dir_44.yaml", "output_dir_25.yaml",
  ]

  @Test func writtenFilesMeanWhatTheyMeanToLeRobot() throws {
    let bases = try CommandLineGoldenTests.record().bases
    let entries = try Self.entries("written_files")
    #expect(entries.count > 250)
    for entry in entries {
      let name = try #require(entry["name"]?.stringValue)
      let path = "/files/\(name)"
      let machine = ConfigMachine.forTests(files: [path: entry["text"]?.stringValue ?? ""])
      switch Self.load(["--config_path=\(path)"], machine) {
      case .success(let loaded):
        #expect((entry["exit"] == 0) != Self.acceptedHere.contains(name), "accepted: \(name)")
        guard entry["exit"] == 0, let base = bases[entry["base"]?.stringValue ?? ""] else {
          continue
        }
        let expected = CommandLineGoldenTests.placed(base.applying(entry["changes"]).sortedText)
        let found = loaded.config.json.sortedText
        #expect(found == expected, "\(name): \(found.difference(to: expected))")
      case .failure(let error):
        #expect(
          (entry["exit"] == 1) != Self.refusedHere.contains(name), "refused: \(name): \(error)")
        #expect(error.exitStatus == 1 && !error.description.isEmpty)
      }
    }
  }

  private static func load(
    _ arguments: [String], _ machine: ConfigMachine
  ) -> Result<LoadedConfig, ConfigError> {
    do throws(ConfigError) {
      return .success(try ConfigLoader.load(arguments: arguments, machine: machine))
    } catch {
      return .failure(error)
    }
  }

  // MARK: - Other releases

  /// What 0.4.3 added to every file.
  private static let dropped43 = [
    "peft", "policy.use_peft", "rabc_epsilon", "rabc_head_mode", "rabc_kappa",
    "rabc_progress_path", "use_rabc",
  ]

  @Test func filesOfOtherReleasesAreRead() throws {
    var count = 0
    for entry in try Self.entries("releases") {
      let (release, policy) = (entry["release"]?.stringValue ?? "", entry["policy"]?.stringValue)
      let text = entry["train_config"]?.pythonText(indent: 4) ?? ""
      let machine = ConfigMachine.forTests(files: ["/c/train_config.json": text])
      switch Self.load(["--config_path=/c"], machine) {
      case .success(let loaded):
        #expect(loaded.config.policy?.type == policy)
        let expected = release != "0.4.3" ? [] : Self.dropped43
        let dropped = Set(loaded.warnings.flatMap(Self.droppedFields))
        #expect(dropped.isSuperset(of: expected), "\(release) \(policy ?? "")")
        #expect(dropped.subtracting(expected).allSatisfy { $0.hasPrefix("policy.") })
        #expect(dropped.isEmpty == (release != "0.4.3"))
        // One for what is known of newer releases, one for the rest.
        #expect(loaded.warnings.count <= 2, "\(loaded.warnings)")
        count += 1
      case .failure(let error):
        let newer = ["pi0_fast", "wall_x", "xvla", "sarm"].contains(policy)
        #expect(newer, "\(release): \(error)")
        #expect(error.description.contains("policy.type: expected a known type"))
      }
    }
    #expect(count == 30)
  }

  private static func droppedFields(_ warning: ConfigWarning) -> [String] {
    switch warning {
    case .droppedFields(let fields): fields.map(\.place.path.description)
    case .newerFields(_, let names): names
    default: ["\(warning)"]
    }
  }

  @Test func processorsOfOtherReleasesAreRead() throws {
    for entry in try Self.entries("releases") where entry["preprocessor"] != nil {
      let folder = try TemporaryFolder()
      for name in ["preprocessor", "postprocessor"] {
        let text = entry[name]?.pythonText(indent: 2) ?? ""
        _ = try folder.write(Array(text.utf8), to: "policy_\(name).json")
      }
      var dropped: [String] = []
      let read = try PolicyProcessors(folder: folder.path) { _, field in dropped.append(field) }
      #expect(dropped.isEmpty)
      #expect(read.preprocessor.jsonText == entry["preprocessor"]?.pythonText(indent: 2))
      #expect(read.postprocessor.jsonText == entry["postprocessor"]?.pythonText(indent: 2))
    }
  }

  // MARK: - Back to LeRobot

  /// LeRobot is found through `LEROBOT_PEER`, a virtual environment.
  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["LEROBOT_PEER"] != nil, "needs LEROBOT_PEER"))
  func lerobotReadsRandomConfigurationsBackEqual() throws {
    let peer = ProcessInfo.processInfo.environment["LEROBOT_PEER"] ?? ""
    let folder = try TemporaryFolder()
    var random = RandomConfig(seed: 14)
    var written = 0
    while written < 50 {
      guard var config = TrainPipelineConfig(canonical: random.next()) else { continue }
      config.checkpointPath = nil
      let text = config.json.pythonText(indent: 4)
      let machine = ConfigMachine.forTests(files: ["/c/train_config.json": text])
      guard case .success = Self.load(["--config_path=/c"], machine) else { continue }
      _ = try folder.write(Array(text.utf8), to: "\(written).json")
      written += 1
    }
    let run = try CommandRun(
      "HF_HUB_OFFLINE=1", "\(peer)/bin/python", "Scripts/read_configurations", folder.path)
    #expect(run.status == 0 && run.output.hasSuffix("50 equal\n"), "seed 14: \(run.output)")
  }
}
