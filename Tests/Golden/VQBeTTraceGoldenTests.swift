import Foundation
import LeRobotCore
import Support
import Testing

/// What a recorded run of LeRobot reports beside its loss: the loss's parts, the learning rates of all
/// groups, and what both generators would draw next.
@Suite struct VQBeTTraceGoldenTests {
  @Test(.enabled(if: RepositoryFiles.hasShared("parity/traces/vqbet_tiny.jsonl.parts")))
  func partsRatesAndGeneratorsMatchLeRobot() throws {
    let trace = RepositoryFiles.shared.appending(path: "parity/traces/vqbet_tiny.jsonl")
    let header = try JSONValue(parsing: RepositoryFiles.lines(trace)[0])
    let recorded = try #require(header["arguments"]?.arrayValue).compactMap(\.stringValue)
    let folder = try TemporaryFolder()
    let output = folder.file("run")
    let run = try TrainingProgram.run(recorded + ["--output_dir=\(output)"])
    try #require(run.status == 0, "\(run.output)")
    let expected = try RepositoryFiles.lines(trace.appendingPathExtension("parts"))
      .map { try JSONValue(parsing: $0) }
    let found = try RepositoryFiles.lines(URL(filePath: "\(output)/metrics.jsonl"))
      .compactMap { MetricsRecord(line: $0) }
    #expect(found.count == 16 && expected.count == 17)
    let others: Set = ["step", "lrs", "torch_next", "numpy_next"]
    for (a, b) in zip(expected.dropFirst(), found) {
      let rates = a["lrs"]?.arrayValue?.compactMap(\.doubleValue) ?? []
      let message = mismatch(rates, b.moment?.learningRates ?? [], relative: 1e-12)
      #expect(message == nil, "step \(b.step)")
      for (name, value) in a.objectValue ?? [:] where !others.contains(name) {
        let (expected, found) = (value.doubleValue ?? .nan, b.latestParts[name] ?? .nan)
        let message = mismatch([expected], [found], relative: 1e-5)
        #expect(message == nil, "\(name) of step \(b.step)")
      }
    }
    let random = try Checkpoint.open(output).readTrainingState().random
    var torch = try TorchGenerator(state: random.torch)
    let last = try #require(expected.last)
    #expect(Int(torch.integer(in: 0..<(1 << 62))) == last["torch_next"]?.intValue)
    // Nothing draws from NumPy's.
    #expect(Set(expected.map { $0["numpy_next"]?.intValue }).count == 1)
    let seeded = RandomStates(seed: 1000, torch: random.torch)
    #expect(random.numPy == seeded.numPy && random.numPyPosition == seeded.numPyPosition)
  }
}
