import Foundation
import LeRobotCore
import LeRobotTraining
import Support
import Testing

/// Whatever features a dataset declares and holds, a step is trained or a line says why not.
///
/// `Scripts/fuzz_features` tries some thousands.
@Suite struct FeatureTablePropertyTests {
  private static let policies = [
    "act": [
      "--policy.dim_model=8", "--policy.n_heads=2", "--policy.dim_feedforward=16",
      "--policy.chunk_size=4", "--policy.n_action_steps=4", "--policy.n_encoder_layers=1",
      "--policy.n_vae_encoder_layers=1", "--policy.latent_dim=4",
      "--policy.pretrained_backbone_weights=null",
    ],
    "diffusion": [
      "--policy.horizon=4", "--policy.n_action_steps=2", "--policy.down_dims=[8,16]",
      "--policy.kernel_size=3", "--policy.n_groups=4", "--policy.diffusion_step_embed_dim=8",
      "--policy.spatial_softmax_num_keypoints=4", "--policy.num_train_timesteps=10",
      "--policy.crop_shape=null", "--policy.drop_n_last_frames=2",
    ],
    "vqbet": [
      "--policy.n_obs_steps=2", "--policy.n_action_pred_token=2", "--policy.action_chunk_size=2",
      "--policy.vqvae_n_embed=3", "--policy.vqvae_embedding_dim=3",
      "--policy.vqvae_enc_hidden_dim=4", "--policy.gpt_block_size=8", "--policy.gpt_input_dim=6",
      "--policy.gpt_hidden_dim=8", "--policy.gpt_output_dim=6", "--policy.gpt_n_layer=1",
      "--policy.gpt_n_head=2", "--policy.spatial_softmax_num_keypoints=3",
      "--policy.crop_shape=null",
    ],
    "tdmpc": [
      "--policy.horizon=2", "--policy.latent_dim=4", "--policy.mlp_dim=6",
      "--policy.state_encoder_hidden_dim=4", "--policy.image_encoder_hidden_dim=2",
      "--policy.q_ensemble_size=3",
    ],
  ]

  /// How many tables are tried, and which one is the first.
  private static var tables: Range<UInt64> {
    let variables = ProcessInfo.processInfo.environment
    let first = variables["FUZZ_FIRST"].flatMap { UInt64($0) } ?? 1
    return first..<first + (variables["FUZZ_TABLES"].flatMap { UInt64($0) } ?? 60)
  }

  /// In a process of its own: a trap, or libtorch's, ends it, and the log ends with the culprit.
  @Test(arguments: ["reference", "fast"])
  func everyTableTrainsOrIsRefusedInLines(_ backend: String) async throws {
    let folder = try TemporaryFolder()
    let asked = ProcessInfo.processInfo.environment["FUZZ_LOG"].map { "\($0).\(backend)" }
    let log = asked ?? folder.file("log")
    await #expect(processExitsWith: .success) { [backend, log = log as String] in
      let out = try Log(log)
      var trained = 0
      let tables = Self.tables
      for seed in tables {
        for policy in ["act", "diffusion", "vqbet", "tdmpc"] {
          out.write("table \(seed) \(policy)")
          let outcome = try Self.outcome(seed, policy, backend, out)
          if outcome == nil { trained += 1 }
          for line in (outcome ?? "").split(separator: "\n") { out.write("  \(line)") }
          try Self.judge(outcome)
        }
      }
      out.write("\(trained) of \(4 * tables.count) trained")
      // Were nearly all trained, or nearly none, little would have been tried.
      let share = Double(trained) / Double(4 * tables.count)
      exit(share > 0.1 && share < 0.9 ? 0 : 3)
    }
    let text = try String(contentsOfFile: log, encoding: .utf8)
    #expect(text.hasSuffix(" trained\n"), "\(text.split(separator: "\n").suffix(3))")
  }

  /// Lines that are in the file at once.
  private struct Log: Sendable {
    private let descriptor: Int32

    init(_ path: String) throws {
      descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    }

    func write(_ line: String) {
      let bytes = Array((line + "\n").utf8)
      _ = Foundation.write(descriptor, bytes, bytes.count)
    }
  }

  /// Trains one step; nil where that succeeds, else what the user is told.
  private static func outcome(
    _ seed: UInt64, _ policy: String, _ backend: String, _ log: Log
  ) throws -> String? {
    let folder = try TemporaryFolder()
    let root = folder.file("dataset")
    var table = RandomFeatureTable(seed: seed)
    try table.write(to: root)
    let arguments =
      [
        "--dataset.repo_id=local/random", "--dataset.root=\(root)", "--policy.type=\(policy)",
        "--policy.push_to_hub=false", "--policy.device=cpu", "--batch_size=2", "--steps=1",
        "--num_workers=\(seed % 2)", "--save_checkpoint=false", "--backend=\(backend)",
        "--output_dir=\(folder.file("run"))",
      ] + (policies[policy] ?? [])
    do {
      let machine = ConfigMachine(isAvailable: { _ in false })
      let loaded = try ConfigLoader.load(arguments: arguments, machine: machine)
      let request = try RunRequest(loaded, arguments: arguments, environment: [:])
      _ = try TrainingRun(
        request, events: RunEvents([]), stop: StopRequest(),
        abort: { message in
          log.write("abort: \(message)")
          _exit(2)
        }
      ).run()
      return nil
    } catch {
      return "\(error)"
    }
  }

  private struct Unreadable: Error {
    let text: String
  }

  /// Whether a refusal is one that users can read.
  private static func judge(_ text: String?) throws {
    guard let text else { return }
    let lines = text.split(separator: "\n")
    guard !lines.isEmpty, text.count <= 600, lines.allSatisfy({ $0.count > 20 }) else {
      throw Unreadable(text: text)
    }
  }
}
