import Fast
import Foundation
import Support
import Testing

/// What ends the program in the middle of a computation: one line, status 1, no stack trace.
@Suite struct FatalFailurePropertyTests {
  @Test func aShapeMismatchEndsTheProgramInALineWithBothShapes() async throws {
    let result = await #expect(
      processExitsWith: .exitCode(1), observing: [\.standardErrorContent]
    ) {
      try Torch.open()
      _ = matmul(Fast.Tensor.zeros([2, 3]), Fast.Tensor.zeros([4, 5]))
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.hasPrefix("lerobot-train: error: matmul of [2, 3] and [4, 5]: "))
    #expect(text.hasSuffix("please report it\n") && text.count(where: \.isNewline) == 1, "\(text)")
  }

  @Test func memoryThatRunsOutEndsTheProgramInALineWithTheRemedy() async throws {
    let result = await #expect(
      processExitsWith: .exitCode(1), observing: [\.standardErrorContent]
    ) {
      try Torch.open()
      _ = Fast.Tensor.zeros([1 << 45, 1 << 8])
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.hasPrefix("lerobot-train: error: out of memory: full: "))
    #expect(
      text.hasSuffix("; lower --batch_size\n") && text.count(where: \.isNewline) == 1, "\(text)")
  }

  @Test func aConditionOfOurOwnEndsTheProgramInALine() async throws {
    let result = await #expect(
      processExitsWith: .exitCode(1), observing: [\.standardErrorContent]
    ) {
      try Torch.open()
      _ = Fast.Tensor.zeros([2, 3]).size(2)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      text
        == "lerobot-train: error: size: shape [2, 3] has no axis 2; "
        + "this is a mistake in lerobot-train, please report it\n")
  }

  @Test func theInstalledHandlerEndsTheProgram() async throws {
    let result = await #expect(
      processExitsWith: .exitCode(7), observing: [\.standardErrorContent]
    ) {
      FatalFailure.install { failure in
        guard case .refused("matmul", [[2, 3], [4, 5]], _) = failure else { _exit(8) }
        _exit(7)
      }
      try Torch.open()
      _ = matmul(Fast.Tensor.zeros([2, 3]), Fast.Tensor.zeros([4, 5]))
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(!text.contains("matmul"), "the default handler ran as well")
  }

  /// By the built program: a hidden layer of 2¹⁸ units over 512 actions of 16 samples takes 8 GiB, and
  /// all weights together 60 MB, so the limit lets the run begin and ends its first step.
  @Test func memoryThatRunsOutInAStepEndsTheRunInALine() throws {
    let folder = try TemporaryFolder()
    let arguments =
      TrainingProgram.tiny + [
        "--batch_size=16", "--policy.dim_feedforward=262144", "--policy.chunk_size=512",
        "--policy.n_action_steps=512", "--steps=2", "--output_dir=\(folder.file("run"))",
      ]
    let limited = #"ulimit -v 6000000; exec "$0" "$@""#
    let run = try CommandRun(["bash", "-c", limited, TrainingProgram.path] + arguments)
    #expect(run.status == 1)
    let lines = run.output.split(separator: "\n")
    let start = try #require(
      lines.firstIndex { $0.contains("Start offline training") }, "\(run.output)")
    let rest = lines[(start + 1)...]
    #expect(rest.count == 1, "\(rest.joined(separator: "\n"))")
    let error = rest.first ?? ""
    #expect(error.hasPrefix("lerobot-train: error: ") && error.contains("out of memory: linear: "))
    #expect(error.contains("lower --batch_size"))
  }
}
