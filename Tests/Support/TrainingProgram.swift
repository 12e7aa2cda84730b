import Foundation

/// The built program, run as its users run it.
package enum TrainingProgram {
  /// Beside the bundle of the tests.
  package static var path: String {
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") }
    let folder = bundle.map { URL(filePath: $0).deletingLastPathComponent() }
    return (folder ?? RepositoryFiles.root.appending(path: ".build/debug"))
      .appending(path: "lerobot-train").path
  }

  /// The smallest ACT on the demo dataset; a step takes a fraction of a second.
  package static let smallest = [
    "--dataset.repo_id=local/pusht_demo", "--dataset.root=Fixtures/datasets/pusht_demo",
    "--dataset.episodes=[0]", "--batch_size=16", "--policy.type=act", "--policy.dim_model=32",
    "--policy.n_heads=2", "--policy.dim_feedforward=64", "--policy.chunk_size=8",
    "--policy.n_action_steps=8", "--policy.n_encoder_layers=1",
    "--policy.n_vae_encoder_layers=1", "--policy.push_to_hub=false", "--policy.device=cpu",
    "--policy.pretrained_backbone_weights=null",
  ]

  /// A policy without cameras on a dataset of 16 frames: the arguments of the checkpoints that
  /// `Fixtures/generate/act_checkpoints.py` makes.
  package static let tiny = [
    "--dataset.repo_id=local/tiny", "--dataset.root=Fixtures/datasets/tiny", "--batch_size=4",
    "--policy.type=act", "--policy.dim_model=8", "--policy.n_heads=2",
    "--policy.dim_feedforward=16", "--policy.chunk_size=4", "--policy.n_action_steps=4",
    "--policy.n_encoder_layers=1", "--policy.n_vae_encoder_layers=1", "--policy.latent_dim=4",
    "--policy.push_to_hub=false", "--policy.device=cpu", "--num_workers=0", "--log_freq=1",
    "--policy.pretrained_backbone_weights=null",
  ]

  /// The smallest Diffusion Policy likewise, with batch norm, which has statistics to keep.
  package static let smallestDiffusion = [
    "--dataset.repo_id=local/pusht_demo", "--dataset.root=Fixtures/datasets/pusht_demo",
    "--dataset.episodes=[0]", "--batch_size=8", "--policy.type=diffusion",
    "--policy.down_dims=[16,32]", "--policy.kernel_size=3", "--policy.crop_shape=[40,48]",
    "--policy.diffusion_step_embed_dim=16", "--policy.spatial_softmax_num_keypoints=8",
    "--policy.use_group_norm=false", "--policy.num_inference_steps=10",
    "--policy.push_to_hub=false", "--policy.device=cpu",
  ]

  /// The smallest VQ-BeT likewise; its first phase takes four steps.
  package static let smallestVQBeT = [
    "--dataset.repo_id=local/pusht_demo", "--dataset.root=Fixtures/datasets/pusht_demo",
    "--dataset.episodes=[0]", "--batch_size=4", "--policy.type=vqbet", "--policy.n_obs_steps=2",
    "--policy.n_action_pred_token=2", "--policy.action_chunk_size=3", "--policy.vqvae_n_embed=4",
    "--policy.vqvae_embedding_dim=4", "--policy.vqvae_enc_hidden_dim=8",
    "--policy.gpt_block_size=16", "--policy.gpt_input_dim=8", "--policy.gpt_hidden_dim=12",
    "--policy.gpt_output_dim=8", "--policy.gpt_n_layer=1", "--policy.gpt_n_head=2",
    "--policy.crop_shape=[40,48]", "--policy.spatial_softmax_num_keypoints=4",
    "--policy.use_group_norm=false", "--policy.offset_loss_weight=0.1",
    "--policy.n_vqvae_training_steps=4", "--policy.scheduler_warmup_steps=2",
    "--policy.push_to_hub=false", "--policy.device=cpu",
  ]

  /// The smallest TD-MPC likewise. Its values begin at 0, where the best of candidates is a matter of
  /// rounding, so it learns fast.
  package static let smallestTDMPC = [
    "--dataset.repo_id=local/pusht_demo", "--dataset.root=Fixtures/datasets/pusht_demo",
    "--dataset.episodes=[0]", "--batch_size=4", "--policy.type=tdmpc", "--policy.horizon=2",
    "--policy.latent_dim=8", "--policy.mlp_dim=12", "--policy.state_encoder_hidden_dim=6",
    "--policy.image_encoder_hidden_dim=4", "--policy.n_gaussian_samples=12",
    "--policy.n_pi_samples=4", "--policy.n_elites=4", "--policy.cem_iterations=2",
    "--policy.optimizer_lr=0.02", "--policy.push_to_hub=false", "--policy.device=cpu",
  ]

  /// The smallest SmolVLA likewise, beside a model whose weights are drawn.
  package static let smallestSmolVLA = [
    "--dataset.repo_id=local/pusht_demo", "--dataset.root=Fixtures/datasets/pusht_demo",
    "--dataset.episodes=[0]", "--batch_size=4", "--policy.type=smolvla",
    "--policy.vlm_model_name=Fixtures/models/smolvlm", "--policy.num_vlm_layers=3",
    "--policy.resize_imgs_with_padding=[32,32]", "--policy.chunk_size=4",
    "--policy.n_action_steps=4", "--policy.num_steps=3", "--policy.push_to_hub=false",
    "--policy.device=cpu",
  ]

  /// The smallest π₀ or π₀.₅ likewise, whose sizes and tokenizer are given by `narrowPI`.
  package static func smallestPI(_ policy: String) -> [String] {
    [
      "--dataset.repo_id=local/pusht_demo", "--dataset.root=Fixtures/datasets/pusht_demo",
      "--dataset.episodes=[0]", "--batch_size=4", "--policy.type=\(policy)",
      "--policy.image_resolution=[16,16]", "--policy.chunk_size=4", "--policy.n_action_steps=4",
      "--policy.num_inference_steps=3", "--policy.push_to_hub=false", "--policy.device=cpu",
    ]
  }

  /// What gives this program what `Fixtures/generate/pi_run.py` gives LeRobot.
  package static let narrowPI = [
    "--policy_sizes=\(narrowPISizes)", "--tokenizer_path=\(tinyGemma)",
  ]
  static let narrowPISizes = "Fixtures/models/pi_narrow/sizes.json"
  static let tinyGemma = "Fixtures/text/gemma"

  /// How a program is started with respect to SIGHUP; a test may itself run under nohup.
  package enum HangUp: String {
    case honoured = "--default-signal=HUP"
    case ignored = "--ignore-signal=HUP"
  }

  /// Runs it in the repository's folder, or in another one, and waits for its end.
  package static func run(
    _ arguments: [String], in folder: String? = nil,
    environment: [String: String] = CommandRun.offline
  ) throws -> CommandRun {
    try CommandRun([path] + arguments, in: folder, environment: environment)
  }

  /// Starts it in the repository's folder.
  ///
  /// - Parameters:
  ///   - hangUp: whether the end of a terminal ends it; nohup ignores that.
  ///   - signals: options of `env` on further signals.
  ///   - variables: beside those of the tests.
  package static func start(
    _ arguments: [String], hangUp: HangUp = .honoured, signals: [String] = [],
    variables: [String: String] = [:]
  ) throws -> RunningProgram {
    let variables = variables.map { "\($0)=\($1)" }
    return try RunningProgram([hangUp.rawValue] + signals + variables + [path] + arguments)
  }
}
