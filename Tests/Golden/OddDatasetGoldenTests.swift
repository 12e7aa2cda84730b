import Foundation
import LeRobotCore
import LeRobotLogging
import LeRobotTraining
import Support
import Testing

/// Datasets as other programs write them, and damaged ones: what LeRobot reads trains with its
/// losses, what is plainly good trains too, and the rest is refused in a line that names it.
@Suite struct OddDatasetGoldenTests {
  private static let all = Result { try OddDataset.Cases.read() }

  @Test(arguments: try all.get().cases)
  func isTrainedAsByLeRobotOrRefusedInALine(_ odd: OddDataset) async throws {
    let folder = try TemporaryFolder()
    let dataset = folder.file("dataset")
    try odd.lay(dataset)
    let arguments =
      try Self.all.get().arguments(of: odd) + [
        "--dataset.root=\(dataset)", "--output_dir=\(folder.file("run"))",
      ]
    let home = ["HF_LEROBOT_HOME": folder.file("home")]
    let run = await onTorchThread { OddRun(odd.name, arguments, home) }
    let problems = try odd.right.map { try run.problem($0) }
    #expect(
      problems.contains(nil),
      "\(odd.what): \(problems.compactMap(\.self).joined(separator: ", nor: "))")
  }

  @Test func everyKindIsThere() throws {
    let all = try Self.all.get().cases
    #expect(all.count > 250)
    #expect(Set(all.map(\.name)).count == all.count)
    #expect(all.allSatisfy { !$0.right.isEmpty })
    for kind in [OddDataset.Outcome.Kind.trains, .warns, .error] {
      #expect(all.contains { $0.right.first?.kind == kind })
    }
  }
}

/// What a training in this process did.
private struct OddRun {
  private var losses: [Double] = []
  private var warnings: [String] = []
  private var error: String?

  /// A message that nobody reads to its end.
  private static let longest = 600
  /// Relative, as in `TrainingTraceGoldenTests`.
  private static let tolerance = 1e-4

  @TorchThread init(_ name: String, _ arguments: [String], _ environment: [String: String]) {
    let recorder = EventRecorder()
    do {
      let machine = ConfigMachine(isAvailable: { _ in false })
      let loaded = try ConfigLoader.load(arguments: arguments, machine: machine)
      let run = TrainingRun(
        try RunRequest(loaded, arguments: arguments, environment: environment),
        events: RunEvents([recorder]), stop: StopRequest(),
        // No dataset may lead here: an operation was refused, and the process ends.
        abort: { message in
          FileHandle.standardError.write(Data("odd dataset \(name): \(message)\n".utf8))
          _exit(9)
        })
      _ = try run.run()
    } catch {
      self.error = "\(error)"
    }
    losses = recorder.records.map(\.result.loss)
    warnings = recorder.warnings
  }

  /// Why this is not that outcome; nil when it is.
  func problem(_ right: OddDataset.Outcome) throws -> String? {
    if let long = ([error].compactMap(\.self) + warnings).first(where: { $0.count > Self.longest })
    {
      return "it says \(long.count) characters: \(long.prefix(200))"
    }
    switch right.kind {
    case .error: return try refusal(right)
    case .trains: return lossProblem(right)
    case .warns:
      if let problem = lossProblem(right) { return problem }
      let says = right.says ?? ""
      let matches = try warnings.contains { try Self.matches($0, says) }
      return matches ? nil : "no warning matches /\(says)/ of \(warnings)"
    }
  }

  private func refusal(_ right: OddDataset.Outcome) throws -> String? {
    let says = right.says ?? ""
    guard let error else { return "it is accepted, not refused with /\(says)/" }
    if !losses.isEmpty { return "the error comes after \(losses.count) steps: \(error)" }
    if error.contains("\n") { return "the error has several lines: \(error)" }
    if try !Self.matches(error, says) { return "the error does not match /\(says)/: \(error)" }
    if let silent = right.silent, try Self.matches(error, silent) {
      return "the error matches /\(silent)/: \(error)"
    }
    return nil
  }

  private func lossProblem(_ right: OddDataset.Outcome) -> String? {
    if let error { return "it does not train: \(error)" }
    guard let expected = right.losses else {
      return losses.allSatisfy(\.isFinite) ? nil : "losses \(losses)"
    }
    let close =
      losses.count == expected.count
      && zip(losses, expected).allSatisfy { abs($0 - $1) <= Self.tolerance * abs($1) }
    return close ? nil : "losses \(losses), LeRobot's \(expected)"
  }

  private static func matches(_ text: String, _ pattern: String) throws -> Bool {
    try text.contains(Regex(pattern).ignoresCase())
  }
}
