import Foundation
import LeRobotCore
import Support
import Testing

/// What a recorded run of LeRobot reports beside its loss: the loss's parts, and what both generators
/// would draw next.
@Suite struct TDMPCTraceGoldenTests {
  @Test(.enabled(if: RepositoryFiles.hasShared("parity/traces/tdmpc_tiny.jsonl.parts")))
  func partsAndGeneratorsMatchLeRobot() throws {
    let trace = RepositoryFiles.shared.appending(path: "parity/traces/tdmpc_tiny.jsonl")
    let header = try JSONValue(parsing: RepositoryFiles.lines(trace)[0])
    let recorded = try #require(header["arguments"]?.arrayValue).compactMap(\.stringValue)
    let folder = try TemporaryFolder()
    let output = folder.file("run")
    let run = try TrainingProgram.run(recorded + ["--save_freq=4", "--output_dir=\(output)"])
    try #require(run.status == 0, "\(run.output)")
    let expected = try RepositoryFiles.lines(trace.appendingPathExtension("parts"))
      .map { try JSONValue(parsing: $0) }
    let found = try RepositoryFiles.lines(URL(filePath: "\(output)/metrics.jsonl"))
      .compactMap { MetricsRecord(line: $0) }
    #expect(found.count == 16 && expected.count == 17)
    let others: Set = ["step", "lrs", "torch_next", "numpy_next"]
    for (a, b) in zip(expected.dropFirst(), found) {
      for (name, value) in a.objectValue ?? [:] where !others.contains(name) {
        // The advantage of every sample (Q-TDMPC-11).
        let numbers = value.arrayValue?.compactMap(\.doubleValue) ?? [value.doubleValue ?? .nan]
        let mean = numbers.reduce(0, +) / Double(numbers.count)
        let part = b.latestParts[name] ?? .nan
        // A difference of values of about 1.
        let absolute = name == "advantage" ? 1e-5 : 1e-9
        let message = mismatch([mean], [part], relative: 1e-5, absolute: absolute)
        #expect(message == nil, "\(name) of step \(b.step)")
      }
    }
    for step in [4, 8, 12, 16] {
      let checkpoint = try Checkpoint.open(
        "\(output)/checkpoints/0000\(step < 10 ? "0" : "")\(step)")
      let random = try checkpoint.readTrainingState().random
      var torch = try TorchGenerator(state: random.torch)
      var numPy = NumPyGenerator(engine: random.numPyEngine)
      #expect(Int(torch.integer(in: 0..<1 << 62)) == expected[step]["torch_next"]?.intValue)
      #expect(numPy.integer(in: 0..<1 << 31) == expected[step]["numpy_next"]?.intValue)
    }
  }
}
