import Fast
import Foundation
import LeRobotCore
import Support
import Testing

/// How the choice of kernels reaches a run.
@Suite struct KernelChoicePropertyTests {
  @Test func theVariableChooses() throws {
    for (value, expected) in [(nil, .own), ("", .own), ("0", .own), ("1", .plain)]
      as [(String?, KernelChoice)]
    {
      let environment = value.map { ["LEROBOT_PLAIN_KERNELS": $0] } ?? [:]
      #expect(try KernelChoice(environment: environment) == expected)
    }
    for value in ["2", "true", "yes", " 1"] {
      let error = #expect(throws: TorchError.self) {
        try KernelChoice(environment: ["LEROBOT_PLAIN_KERNELS": value])
      }
      let line = error?.description ?? ""
      #expect(line.hasPrefix("LEROBOT_PLAIN_KERNELS: \(value) is neither 1 nor 0"))
      #expect(!line.contains("\n"))
    }
  }

  @Test @TorchThread func aBackendHandsItDown() throws {
    try Torch.open()
    let before = Torch.kernels
    defer { Torch.kernels = before }
    _ = try FastBackend(device: "cpu", kernels: .plain)
    #expect(Torch.kernels == .plain)
    _ = try FastBackend(device: "cpu")
    #expect(Torch.kernels == .plain, "a backend without a choice changed it")
    _ = try FastBackend(device: "cpu", kernels: .own)
    #expect(Torch.kernels == .own)
  }

  /// By the built program: the same losses up to rounding, and the log says which kernels computed.
  @Test func theProgramTrainsWithLibtorchsKernelsAlone() throws {
    let variable = "LEROBOT_PLAIN_KERNELS"
    let arguments =
      TrainingProgram.smallest + ["--steps=2", "--save_checkpoint=false", "--num_workers=0"]
    var traces: [[Double]] = []
    for value in ["0", "1"] {
      let folder = try TemporaryFolder()
      let trace = folder.file("trace.jsonl")
      let run = try CommandRun(
        ["env", "\(variable)=\(value)", TrainingProgram.path] + arguments
          + ["--trace=\(trace)", "--output_dir=\(folder.file("run"))"])
      #expect(run.status == 0, "\(run.output)")
      #expect(
        run.output.contains("\(variable)=1: every operation is libtorch's own") == (value == "1"))
      let text = try String(contentsOfFile: trace, encoding: .utf8)
      traces.append(text.matches(of: /"loss": ?([-0-9.e]+)/).compactMap { Double($0.output.1) })
    }
    #expect(traces.map(\.count) == [2, 2])
    for (own, plain) in zip(traces[0], traces[1]) { #expect(abs(own - plain) <= 1e-4 * abs(own)) }
    let wrong = try CommandRun(["env", "\(variable)=yes", TrainingProgram.path] + arguments)
    #expect(wrong.status == 1)
    #expect(wrong.output.contains("lerobot-train: error: \(variable): yes is neither 1 nor 0"))
  }
}
