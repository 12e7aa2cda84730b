import Foundation
import LeRobotCore
import Support
import Testing

/// Runs of the program against runs of LeRobot with the same arguments: the same frames in every
/// batch, the same initial weights, the same losses.
@Suite(.serialized) struct TrainingTraceGoldenTests {
  @Test(arguments: [
    "act_demo", "act_demo_augmented", "act_demo_augmented_workers", "diffusion_demo_workers",
    "pi0_demo", "pi05_demo", "smolvla_demo", "tdmpc_demo", "tdmpc_demo_workers", "vqbet_demo",
    "vqbet_demo_workers",
  ])
  func runOnTheDemoDatasetFollowsLeRobot(name: String) throws {
    try follow(RepositoryFiles.fixtures.appending(path: "traces/\(name).jsonl"))
  }

  /// Runs in which a rectifier's input comes so close to 0 that it opens in one program only
  /// (Tolerances.md).
  @Test(arguments: ["act_demo_adam_diffuser", "diffusion_demo", "diffusion_demo_batch_norm"])
  func runThatATiedRectifierMovesFollowsLeRobot(name: String) throws {
    try follow(
      RepositoryFiles.fixtures.appending(path: "traces/\(name).jsonl"), within: 5e-4,
      normWithin: 5e-3)
  }

  @Test(
    .enabled(if: RepositoryFiles.hasShared("parity/traces"), "needs ../shared"),
    arguments: ["act_tiny", "diffusion_tiny", "vqbet_tiny", "tdmpc_tiny"])
  func runOnARealDatasetFollowsLeRobot(name: String) throws {
    try follow(RepositoryFiles.shared.appending(path: "parity/traces/\(name).jsonl"))
  }

  @Test(
    .enabled(if: Effort.isFull, "needs LEROBOT_LONG_TESTS"),
    .enabled(if: RepositoryFiles.hasShared("data/g1_bottle"), "needs ../shared"))
  func fullSizeRunOnARealDatasetFollowsLeRobot() throws {
    try follow(RepositoryFiles.fixtures.appending(path: "traces/act_full_g1.jsonl"))
  }

  @Test(.enabled(if: RepositoryFiles.hasShared("data/g1_bottle_v21"), "needs ../shared"))
  func datasetOfVersion21FollowsTheSameTrace() throws {
    try follow(
      RepositoryFiles.shared.appending(path: "parity/traces/act_tiny.jsonl"), steps: 2,
      adding: ["--dataset.root=../shared/data/g1_bottle_v21", "--num_workers=4"])
  }

  /// Weights of 8 bits: sums in another order move the next step by one in a hundred of its numbers
  /// (Tolerances.md).
  @Test(arguments: [
    "pi0_demo_bfloat16", "pi05_demo_bfloat16", "smolvla_demo_bfloat16", "smolvla_demo_loaded",
  ])
  func runInBFloat16FollowsLeRobot(name: String) throws {
    try follow(RepositoryFiles.fixtures.appending(path: "traces/\(name).jsonl"), within: 1e-3)
  }

  /// SmolVLA's is in bfloat16, and of a release of transformers that numbers patches otherwise (Q-SMOLVLA-1).
  @Test(
    .enabled(if: RepositoryFiles.hasShared("peer/vla/assets"), "needs ../shared"),
    arguments: [("smolvla_tiny", 2e-3, 5e-3), ("pi0_tiny", 1e-5, 1e-4), ("pi05_tiny", 1e-5, 1e-4)])
  func runOfALanguageModelOnARealDatasetFollowsLeRobot(
    name: String, loss: Double, norm: Double
  ) throws {
    let recorded = RepositoryFiles.shared.appending(path: "parity/traces/vla/\(name).jsonl")
    let folder = try TemporaryFolder()
    let lines = try RepositoryFiles.lines(recorded).map {
      try Self.inOurForm(JSONValue(parsing: $0)).pythonText()
    }
    let trace = try folder.write(
      Array(lines.joined(separator: "\n").utf8), to: "trace.jsonl")
    let assets = "../shared/peer/vla/assets"
    let parts = [
      "--policy_sizes=\(assets)/pi_sizes.json", "--tokenizer_path=\(assets)/pi0/paligemma",
    ]
    try follow(
      URL(filePath: trace), adding: name.hasPrefix("pi") ? parts : [], within: loss,
      normWithin: norm)
  }

  /// A line whose sums begin with a type and are of whole numbers, too, or of tied weights under both names.
  private static func inOurForm(_ line: JSONValue) -> JSONValue {
    var line = line.objectValue ?? [:]
    for key in ["initial_weights", "batch_sums"] {
      line[key] = line[key]?.objectValue.map { sums in
        .object(
          sums.filter {
            $0.value.arrayValue?.first?.stringValue?.contains("float") == true
              && !$0.key.hasSuffix("language_model.embed_tokens.weight")
          }
          .mapValues { .array(Array(($0.arrayValue ?? []).dropFirst())) })
      }
    }
    return .object(line)
  }

  @Test(arguments: ["act_demo_augmented", "pi05_demo", "smolvla_demo", "vqbet_demo_workers"])
  func referenceFollowsARunOnTheDemoDataset(name: String) throws {
    try follow(
      RepositoryFiles.fixtures.appending(path: "traces/\(name).jsonl"),
      adding: ["--backend=reference"])
  }

  /// LeRobot itself in float64: a whole run, pictures, dropout, optimizer and schedule.
  @Test func referenceFollowsARunInFloat64() throws {
    try follow(
      RepositoryFiles.fixtures.appending(path: "traces/act_demo_float64.jsonl"),
      adding: ["--backend=reference"], within: 1e-12)
  }

  @Test(.enabled(if: RepositoryFiles.hasShared("data/g1_bottle"), "needs ../shared"))
  func referenceFollowsTheSameTrace() throws {
    try follow(
      RepositoryFiles.shared.appending(path: "parity/traces/act_tiny.jsonl"),
      steps: Effort.count(2, of: 5), adding: ["--backend=reference"])
  }

  /// Other releases of libtorch, which `make torch-releases` fetches. Their convolutions round otherwise, so
  /// that rectifiers tie in other runs (Tolerances.md).
  @Test(
    .enabled(if: !OtherTorch.present.isEmpty, "needs make torch-releases"),
    arguments: OtherTorch.present, ["act_demo", "diffusion_demo_workers"])
  func runOnAnotherReleaseOfLibtorchFollowsLeRobot(torch: String, name: String) throws {
    try follow(
      RepositoryFiles.fixtures.appending(path: "traces/\(name).jsonl"),
      environment: ["LIBTORCH": torch], within: 5e-4, normWithin: 5e-3)
  }

  /// Of the π₀ and π₀.₅ of `Fixtures/generate/pi_trace.py`.
  private static let tinyPI = [
    "--policy_sizes=Fixtures/models/pi/sizes.json", "--tokenizer_path=Fixtures/text/gemma",
  ]

  /// Repeats the run of a trace and compares by `Scripts/compare_trace`, whose tolerances are the
  /// project's: indices equal, sums of weights and batches to 1e-6, loss and gradient norm to 1e-4.
  private func follow(
    _ trace: URL, steps: Int? = nil, adding extra: [String] = [],
    environment: [String: String] = [:], within tolerance: Double? = nil,
    normWithin normTolerance: Double? = nil
  ) throws {
    let header = try JSONValue(parsing: RepositoryFiles.lines(trace)[0])
    let recorded = try #require(header["arguments"]?.arrayValue).compactMap(\.stringValue)
    let folder = try TemporaryFolder()
    let ours = folder.file("trace.jsonl")
    let isTiny =
      recorded.contains { $0.hasPrefix("--policy.type=pi0") }
      && !extra.contains { $0.hasPrefix("--policy_sizes") }
    var arguments =
      recorded + (isTiny ? Self.tinyPI : []) + extra + [
        "--trace=\(ours)", "--output_dir=\(folder.file("run"))", "--save_checkpoint=false",
      ]
    if let steps { arguments.append("--steps=\(steps)") }
    let run = try TrainingProgram.run(
      arguments, environment: CommandRun.offline.merging(environment) { $1 })
    try #require(run.status == 0, "\(run.output)")
    let compared = try CommandRun(
      ["python3", "Scripts/compare_trace", trace.path, ours]
        + (steps.map { ["--steps=\($0)"] } ?? [])
        + (tolerance.map { ["--loss=\($0)", "--grad-norm=\(normTolerance ?? $0)"] } ?? []))
    #expect(compared.status == 0, "\(compared.output)")
  }
}
