/// What LeRobot 0.4.3 to 0.6.1 added to the configuration (Documentation/Releases.md). Fields of
/// parts that nothing here runs, such as new policies, are not listed.
extension NewerField {
  package static let all: [NewerField] = run + dataset + evaluation + policy + environment

  private static let run: [NewerField] =
    [
      NewerField("env_eval_freq", .renamed(to: "eval_freq")),
      NewerField("prefetch_factor", .ignored("batches are always loaded ahead of the training")),
      NewerField("persistent_workers", .ignored("threads that load data stay from pass to pass")),
      NewerField("dataloader_multiprocessing_context", .ignored("data is loaded by threads")),
      NewerField(
        "cudnn_deterministic",
        .ignored("a CPU is always deterministic, and cuDNN chooses its own algorithms")),
      NewerField("reward_model", .fixed([.null], "the training of a reward model")),
      NewerField("peft", .fixed([.null], "fine-tuning by adapters (PEFT)")),
      NewerField("sample_weighting", .fixed([.null], "the weighting of samples")),
      NewerField("use_rabc", .fixed([false], "the weighting of samples (RA-BC)")),
    ] + unweighted.map { NewerField($0, .ignored("samples are not weighted")) } + [
      NewerField("job.target", .fixed([.null, "local"], "a run on another machine (HF Jobs)")),
      NewerField("save_checkpoint_to_hub", .ours),
      NewerField("tolerance_s", .ours),
      NewerField("wandb.add_tags", .ours),
      NewerField("accelerator.gradient_accumulation.steps", .ours),
    ]
    + WeightAverageConfig.fields.map { NewerField("ema.\($0.key)", .ours) }
    + ["image", "timeout", "detach", "tags"].map {
      NewerField("job.\($0)", .ignored("the run is on this machine"))
    }

  private static let unweighted = [
    "rabc_progress_path", "rabc_kappa", "rabc_epsilon", "rabc_head_mode",
  ]

  private static let dataset: [NewerField] = [
    NewerField("dataset.repo_type", .fixed(["dataset"], "a dataset in a storage bucket")),
    NewerField("dataset.return_uint8", .ignored("pictures are kept as bytes anyway")),
    NewerField("dataset.depth_output_unit", .ignored("depth cameras are not read")),
    NewerField("dataset.eval_split", .ours),
    NewerField("eval_steps", .ours),
    NewerField("max_eval_samples", .ours),
  ]

  private static let evaluation = ["recording", "recording_repo_id", "recording_private"].map {
    NewerField("eval.\($0)", .ignored("evaluations are not recorded as a dataset"))
  }

  private static let policy: [NewerField] = [
    NewerField("policy.use_peft", .fixed([false], "fine-tuning by adapters (PEFT)")),
    NewerField("policy.pretrained_revision", .ours),
    NewerField("policy.resize_shape", .fixed([.null], "resizing of pictures before the policy")),
    NewerField("policy.crop_ratio", .ignored("it counts beside resize_shape only")),
    NewerField("policy.gradient_checkpointing", .ignored("it saves memory, with equal gradients")),
    NewerField("policy.compile_model", .ignored("nothing is compiled while it runs")),
    NewerField("policy.compile_mode", .ignored("nothing is compiled while it runs")),
    NewerField("policy.use_relative_actions", .fixed([false], "learning relative actions")),
    NewerField("policy.relative_exclude_joints", .ignored("actions are not relative")),
    NewerField("policy.action_feature_names", .ignored("actions are not relative")),
    NewerField("policy.freeze_vision_encoder", .fixed([false], "freezing this vision encoder")),
    NewerField("policy.train_expert_only", .fixed([false], "training this action expert alone")),
  ]

  private static let environment = ["task_ids", "hard_reset", "is_libero_plus", "control_mode"].map
  {
    NewerField("env.\($0)", .ignored("LIBERO is not simulated here"))
  }
}
