import Foundation
import Support
import Testing

/// `Scripts/compare_trace` finds a difference of each kind, and none where there is none.
struct CompareTracePropertyTests {
  private let stored = RepositoryFiles.fixtures.appending(path: "traces/act_demo.jsonl")

  /// Compares the stored trace with a copy in which `old` was replaced by `new` once.
  private func compare(replacing old: String, by new: String) throws -> CommandRun {
    let text = try String(contentsOf: stored, encoding: .utf8)
    let range = try #require(text.range(of: old), "the trace holds no \(old)")
    let folder = try TemporaryFolder()
    let changed = text.replacingCharacters(in: range, with: new)
    let copy = try folder.write(changed.utf8, to: "copy.jsonl")
    return try CommandRun("python3", "Scripts/compare_trace", stored.path, copy)
  }

  @Test func traceEqualsItself() throws {
    let run = try CommandRun("python3", "Scripts/compare_trace", stored.path, stored.path)
    #expect(run.status == 0, "\(run.output)")
  }

  @Test(arguments: [
    ("\"step\": 3, \"indices\": [", "\"step\": 3, \"indices\": [1, ", "indices"),
    ("\"loss\": 60", "\"loss\": 61", "loss"),
    ("\"grad_norm\": 2", "\"grad_norm\": 3", "grad_norm"),
    ("\"lr\": 1", "\"lr\": 2", "lr"),
    ("\"model.encoder", "\"model.renamed", "initial weights"),
    ("\"observation.state\": [[64, 2]", "\"observation.state\": [[64, 3]", "batch sums"),
  ])
  func changedTraceIsBeyondTolerance(old: String, new: String, kind: String) throws {
    let run = try compare(replacing: old, by: new)
    #expect(run.status == 1, "\(run.output)")
    let line = run.output.split(separator: "\n").first { $0.hasPrefix(kind) }
    #expect(line?.contains("BEYOND") == true, "\(run.output)")
  }

  @Test func fileThatIsNoTraceIsNamed() throws {
    let run = try CommandRun("python3", "Scripts/compare_trace", stored.path, "Makefile")
    #expect(run.status == 2)
    #expect(run.output.contains("Makefile"))
  }
}
