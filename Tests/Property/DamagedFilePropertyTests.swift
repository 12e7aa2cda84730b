import Foundation
import LeRobotCore
import Support
import Testing

/// 20,000 damaged files of a checkpoint: each is read as what it still is or refused in a line, and
/// nothing larger than the file comes out of it.
struct DamagedFilePropertyTests {
  private static let chunks = 0..<Effort.count(2, of: 10)
  private static let countPerChunk = 500
  private static let policies = RepositoryFiles.fixtures.appending(path: "policies/act").path

  @Test(arguments: chunks)
  func damagedSafetensorsAreReadOrRefused(chunk: Int) throws {
    var mutator = ByteMutator(seed: UInt64(chunk))
    let folder = try TemporaryFolder()
    let originals = try ["model", "policy_preprocessor_step_3_normalizer_processor"].map {
      try Self.bytes("checkpoint_adamw/pretrained_model/\($0).safetensors")
    }
    var refused = 0
    for index in 0..<Self.countPerChunk {
      let original = originals[index % originals.count]
      let damaged = mutator.damage(original, within: Self.headerLength(original))
      let path = try folder.write(damaged, to: "x.safetensors")
      do throws(SafetensorsError) {
        let tensors = try SafetensorsFile(path: path).tensors()
        #expect(Self.byteCount(tensors) <= damaged.count)
      } catch {
        refused += 1
        #expect(!error.description.contains("\n"), "chunk \(chunk), \(index): \(error)")
      }
    }
    #expect(refused > Self.countPerChunk / 2)
  }

  @Test(arguments: chunks)
  func damagedConfigurationsAreReadOrRefused(chunk: Int) throws {
    var mutator = ByteMutator(seed: 100 + UInt64(chunk))
    let original = try Self.bytes("checkpoint_adam/pretrained_model/train_config.json")
    let name = "/run/checkpoints/000003/pretrained_model/train_config.json"
    var refused = 0
    for index in 0..<Self.countPerChunk {
      let damaged = mutator.damage(original, within: original.count)
      let machine = ConfigMachine.forTests(files: [name: String(decoding: damaged, as: UTF8.self)])
      do throws(ConfigError) {
        _ = try ConfigLoader.load(
          arguments: ["--resume=true", "--config_path=/run"], machine: machine)
      } catch {
        refused += 1
        #expect(
          error.issues.allSatisfy { !$0.description.contains("\n") },
          "chunk \(chunk), \(index): \(error)")
      }
    }
    #expect(refused > Self.countPerChunk / 3)
  }

  @Test(arguments: chunks)
  func damagedTrainingStatesAreReadOrRefused(chunk: Int) throws {
    var mutator = ByteMutator(seed: 200 + UInt64(chunk))
    let folder = try TemporaryFolder()
    let run = try CheckpointWriter(outputDirectory: folder.path, totalSteps: 9)
      .write(Self.wholeCheckpoint())
    let files = try FileSystem.list(run + "/training_state")
    #expect(files.count == 6)
    var refused = 0
    for index in 0..<Self.countPerChunk {
      let path = "\(run)/training_state/\(files[index % files.count])"
      let original = try #require(FileManager.default.contents(atPath: path))
      let scope = path.hasSuffix(".json") ? original.count : Self.headerLength(Array(original))
      let damaged = mutator.damage(Array(original), within: scope)
      try Data(damaged).write(to: URL(filePath: path))
      if try !Self.readsState(run, damaged.count, "chunk \(chunk), \(index)") { refused += 1 }
      try original.write(to: URL(filePath: path))
    }
    #expect(refused > Self.countPerChunk / 3)
  }

  @Test(arguments: chunks)
  func damagedTorchFilesAreReadOrRefused(chunk: Int) throws {
    var mutator = ByteMutator(seed: 300 + UInt64(chunk))
    let folder = try TemporaryFolder()
    try FileManager.default.copyItem(
      atPath: Self.policies + "/legacy_sgd/pretrained_model",
      toPath: folder.file("pretrained_model"))
    let archives = try ["legacy_adamw", "legacy_sgd"].map {
      try TorchArchive(Self.bytes("\($0)/training_state.pth"))
    }
    let plain = try Array(
      Data(contentsOf: RepositoryFiles.fixtures.appending(path: "checkpoints/torch/legacy.pth")))
    var refused = 0
    for index in 0..<Self.countPerChunk {
      let damaged: [UInt8]
      switch index % 3 {
      // Behind the checksum: the pickle itself, sealed again.
      case 0, 1: damaged = archives[index % 2].withPickle { mutator.damage($0, within: $0.count) }
      default: damaged = mutator.damage(plain, within: plain.count)
      }
      let path = try folder.write(damaged, to: "training_state.pth")
      if try !Self.readsState(folder.path, damaged.count, "chunk \(chunk), \(index)") {
        refused += 1
      }
      do throws(TorchFileError) {
        #expect(try Self.byteCount(TorchFile.read(path)) <= damaged.count)
      } catch {
        #expect(!error.description.contains("\n"), "chunk \(chunk), \(index): \(error)")
      }
    }
    #expect(refused > Self.countPerChunk / 3)
  }

  @Test func theArchiveIsSealedAgain() throws {
    let original = try Self.bytes("legacy_adamw/training_state.pth")
    #expect(try TorchArchive(original).withPickle { $0 } == original)
    let folder = try TemporaryFolder()
    let path = try folder.write(
      TorchArchive(original).withPickle { [0x80, 2, 0x4B, 7, 0x2E] + $0.dropFirst(5) },
      to: "x.pth")
    #expect(throws: TorchFileError.noStateDictionary(file: path)) { try TorchFile.read(path) }
  }

  // MARK: -

  private static func bytes(_ file: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: "\(policies)/\(file)")))
  }

  /// A safetensors file's bytes up to its data.
  private static func headerLength(_ bytes: [UInt8]) -> Int {
    8 + bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private static func byteCount(_ tensors: NamedTensors) -> Int {
    tensors.values.reduce(0) { $0 + $1.byteCount }
  }

  /// LeRobot's checkpoint with what ours have beside it.
  private static func wholeCheckpoint() throws -> CheckpointContents {
    let checkpoint = try Checkpoint.open("\(policies)/checkpoint_sgd")
    var state = try checkpoint.readTrainingState()
    let source = IndexedBatches(
      frames: 16, batchSize: 4, generator: PlainGenerator(seed: 3))
    for _ in 0..<2 { _ = try source.next() }
    state.resume =
      ResumePoint(position: source.position, partialAverages: ["loss": [1, 2, 3]]).state
    return CheckpointContents(
      step: 3, weights: [:], policyConfig: "{}", trainConfig: "{}",
      processors: try checkpoint.processors(), trainingState: state)
  }

  /// Reads a training state and uses all of it as a resumed run does.
  private static func readsState(_ path: String, _ size: Int, _ place: String) throws -> Bool {
    let state: TrainingState
    do throws(CheckpointError) {
      state = try Checkpoint.open(path).readTrainingState()
    } catch {
      #expect(!error.description.contains("\n"), "\(place): \(error)")
      return false
    }
    if let text = state.schedule {
      var schedule = try LearningRateSchedule(
        .cosineDecayWithWarmup(
          warmupSteps: 2, decaySteps: 8, peakLearningRate: 1e-3, decayLearningRate: 1e-4),
        baseRates: [1e-3], optimizerRate: 1e-3, totalSteps: 9)
      do throws(ScheduleError) {
        try schedule.restore(text)
        schedule.step()
      } catch {
        #expect(!error.description.contains("\n"), "\(place): \(error)")
      }
    }
    for options in state.optimizers.values.flatMap(\.options) {
      _ = OptimizerConfig.sgd(SGDOptions()).restored(from: options)
    }
    if let resume = state.resume { try Self.resumes(resume, place) }
    _ = try? TorchGenerator(state: state.random.torch)
    return true
  }

  /// Takes a position over as a resumed run does.
  private static func resumes(_ state: ResumeState, _ place: String) throws {
    let point: ResumePoint
    do throws(ResumeProblem) {
      point = try ResumePoint(state)
    } catch {
      #expect(!error.description.contains("\n"), "\(place): \(error)")
      return
    }
    guard let position = point.position else { return }
    let source = IndexedBatches(frames: 16, batchSize: 4, generator: PlainGenerator(seed: 1))
    for problem in try source.resume(at: position) {
      #expect(!problem.description.contains("\n"), "\(place): \(problem)")
    }
    _ = try source.next()
  }
}
