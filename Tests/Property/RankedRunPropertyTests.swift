import Foundation
import LeRobotCore
import LeRobotTraining
import Support
import Testing

/// Whole runs on several ranks of this process, with the reference.
@Suite struct RankedRunPropertyTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// What a rank's run gave.
  private struct Ranked: Sendable {
    var report: RunReport
    var recorder: EventRecorder
  }

  /// Asks a run to stop when it has done a step.
  private struct Stopper: RunObserver {
    let step: Int
    let stop: StopRequest

    func receive(_ event: RunEvent) {
      if case .stepped(let record, _) = event, record.step == step { stop.request(signal: 15) }
    }
  }

  private func request(_ arguments: [String]) throws -> RunRequest {
    try RunRequest(
      ConfigLoader.load(
        arguments: arguments, machine: ConfigMachine(isAvailable: { _ in false })),
      arguments: arguments, environment: [:])
  }

  /// A policy that draws nothing, so that only the batches differ between ranks.
  private func begin(_ output: String, _ arguments: [String]) throws -> RunRequest {
    try request(
      TrainingProgram.tiny.filter { !$0.hasPrefix("--dataset.root=") } + [
        "--dataset.root=\(RepositoryFiles.fixtures.path)/datasets/tiny", "--backend=reference",
        "--output_dir=\(output)", "--policy.dropout=0", "--policy.use_vae=false",
      ] + arguments)
  }

  /// - Parameter stopping: a rank, and the step after which it is asked to stop.
  private func run(
    _ request: RunRequest, ranks: Int, stopping: (rank: Int, step: Int)? = nil
  ) throws -> [Ranked] {
    try LoopbackWorld.run(size: ranks) { world in
      let (recorder, stop) = (EventRecorder(), StopRequest())
      let events = RunEvents([recorder])
      if let stopping, stopping.rank == world.rank {
        events.add(Stopper(step: stopping.step, stop: stop))
      }
      let run = TrainingRun(
        request, events: events, stop: stop, abort: { _ in _exit(9) }, world: world)
      guard case .trained(let report) = try run.run() else {
        throw CocoaError(.featureUnsupported)
      }
      return Ranked(report: report, recorder: recorder)
    }
  }

  /// Side by side, batches of 4 on two ranks are the batches of 8 of one; the passes of 16 frames end
  /// at the same steps.
  @Test func twoRanksTrainLikeOneWithTwiceTheBatch() throws {
    let (two, one) = (folder.file("two"), folder.file("one"))
    _ = try run(begin(two, ["--steps=5", "--batch_size=4"]), ranks: 2)
    _ = try run(begin(one, ["--steps=5", "--batch_size=8"]), ranks: 1)
    func state(_ output: String) throws -> NamedTensors {
      try #require(try Checkpoint.open(output).readTrainingState().resume).unrounded
    }
    let (ours, theirs) = (try state(two), try state(one))
    #expect(!ours.isEmpty && ours.keys.sorted() == theirs.keys.sorted())
    for (name, tensor) in theirs {
      let other = try #require(ours[name])
      #expect(mismatch(tensor, other, relative: 1e-9, absolute: 1e-15) == nil, "\(name)")
    }
    // So do the log lines: loss, gradient norm and samples are those of both ranks.
    func lines(_ output: String) throws -> [JSONValue] {
      try RepositoryFiles.lines(URL(filePath: output + "/metrics.jsonl")).map {
        try JSONValue(parsing: $0)
      }
    }
    let (lines2, lines1) = (try lines(two), try lines(one))
    #expect(lines2.map { $0["samples"] } == [8, 16, 24, 32, 40])
    #expect(lines2.map { $0["samples"] } == lines1.map { $0["samples"] })
    for key in ["loss", "grad_norm", "l1_loss"] {
      let (a, b) = (lines2.map { $0[key]?.doubleValue }, lines1.map { $0[key]?.doubleValue })
      #expect(mismatch(a.map { $0 ?? .nan }, b.map { $0 ?? .nan }, relative: 1e-9) == nil, "\(key)")
    }
  }

  @Test func theMainRankWritesForAll() throws {
    let output = folder.file("run")
    let ranked = try run(begin(output, ["--steps=2", "--save_freq=1"]), ranks: 3)
    #expect(ranked.allSatisfy { $0.report.outcome == .finished })
    #expect(try FileSystem.list(output + "/checkpoints") == ["000001", "000002", "last"])
    #expect(ranked[0].recorder.events.contains("saved \(output)/checkpoints/000002"))
    for other in ranked.dropFirst() {
      #expect(!other.recorder.events.contains { $0.hasPrefix("sav") })
    }
  }

  @Test func aStopOfOneRankIsSavedByTheMainOne() throws {
    let output = folder.file("run")
    let ranked = try run(
      begin(output, ["--steps=9", "--save_freq=0"]), ranks: 2, stopping: (rank: 1, step: 3))
    for rank in ranked { #expect(rank.report.outcome == .interrupted(step: 3, signal: 15)) }
    #expect(try Checkpoint.open(output).readTrainingState().step == 3)
  }

  @Test func aRunOnAnotherNumberOfRanksSaysThatItsPassBeginsAgain() throws {
    let output = folder.file("run")
    _ = try run(begin(output, ["--steps=1"]), ranks: 2)
    let resumed = try run(
      request(["--resume=true", "--config_path=\(output)", "--steps=2"]), ranks: 1)
    #expect(
      resumed[0].recorder.logs.contains {
        $0.contains(ResumeProblem.otherRanks(saved: 2, present: 1).description)
      }, "\(resumed[0].recorder.logs)")
    // On as many, it continues where it was.
    let again = try run(
      request(["--resume=true", "--config_path=\(output)", "--steps=3"]), ranks: 1)
    #expect(!again[0].recorder.logs.contains { $0.contains("new pass") })
  }
}
