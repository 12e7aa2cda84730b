"""Training runs of the real LeRobot, step by step: same seed, same data, same numbers."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from generate.golden import Case

# Every path is relative to the package, where the driver runs.
REAL_DATA = [
    "--dataset.repo_id=local/g1_bottle",
    "--dataset.root=../shared/data/g1_bottle",
]
DEMO_DATA = [
    "--dataset.repo_id=local/pusht_demo",
    "--dataset.root=Fixtures/datasets/pusht_demo",
]
TINY = [
    "--policy.dim_model=32",
    "--policy.n_heads=2",
    "--policy.dim_feedforward=64",
    "--policy.chunk_size=8",
    "--policy.n_action_steps=8",
    "--policy.n_encoder_layers=1",
    "--policy.n_vae_encoder_layers=1",
]
TINY_DIFFUSION = [
    "--policy.down_dims=[16,32]",
    "--policy.kernel_size=3",
    "--policy.diffusion_step_embed_dim=16",
    "--policy.spatial_softmax_num_keypoints=8",
]
TINY_VQBET = [
    "--policy.n_obs_steps=2", "--policy.n_action_pred_token=2", "--policy.action_chunk_size=3",
    "--policy.vqvae_n_embed=6", "--policy.vqvae_embedding_dim=4", "--policy.vqvae_enc_hidden_dim=16",
    "--policy.gpt_block_size=16", "--policy.gpt_input_dim=16", "--policy.gpt_hidden_dim=24",
    "--policy.gpt_output_dim=20", "--policy.gpt_n_layer=2", "--policy.gpt_n_head=3",
    "--policy.spatial_softmax_num_keypoints=8", "--policy.offset_loss_weight=0.1",
    "--policy.optimizer_weight_decay=1e-2", "--policy.optimizer_vqvae_weight_decay=1e-2",
]  # fmt: skip
TINY_TDMPC = [
    "--policy.horizon=3", "--policy.latent_dim=8", "--policy.mlp_dim=16",
    "--policy.state_encoder_hidden_dim=8", "--policy.image_encoder_hidden_dim=4",
]  # fmt: skip
COMMON = [
    "--policy.push_to_hub=false",
    "--policy.device=cpu",
    "--log_freq=1",
    "--eval_freq=0",
    "--save_checkpoint=false",
]


def record(file: str, policy: str, arguments: list[str], script: str):
    """A function that trains `policy` with `arguments` and writes the trace to `file`."""

    def make(root: Path) -> None:
        output = f"outputs/{Path(file).stem}"
        shutil.rmtree(output, ignore_errors=True)
        command = [sys.executable, *script.split(), str(root / file)]
        backbone = [] if policy in ("tdmpc", "smolvla", "pi0", "pi05") else ["--policy.pretrained_backbone_weights=null"]
        command += [*arguments, f"--policy.type={policy}", *COMMON, *backbone, f"--output_dir={output}"]
        environment = {**os.environ, "OMP_NUM_THREADS": "2", "HF_HUB_OFFLINE": "1"}
        run = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr[-4000:]
        shutil.rmtree(output, ignore_errors=True)

    return make


def trace(
    name: str, catches: str, arguments: list[str], heavy: bool = False, seed=1000, policy="act",
    tolerance=1e-4, script="Scripts/trace_lerobot",
) -> Case:
    file = f"traces/{name}.jsonl"
    return Case(
        name=f"traces/{name}",
        files=[file],
        seed=seed,  # 1000 is TrainPipelineConfig's default
        catches=catches,
        make=record(file, policy, arguments, script),
        tolerance=tolerance,
        volatile=frozenset({"update_s", "data_s", "threads", "torch"}),
        heavy=heavy,
    )


def smolvla(name: str, catches: str, arguments: list[str]) -> Case:
    return trace(
        name, catches,
        [*DEMO_DATA, "--policy.num_vlm_layers=3", "--policy.resize_imgs_with_padding=[32,32]", *arguments]
        + ["--policy.chunk_size=6", "--policy.n_action_steps=6", "--num_workers=0", "--batch_size=4"]
        + ["--steps=6", "--policy.scheduler_warmup_steps=2", "--policy.scheduler_decay_steps=20"],
        policy="smolvla", script="Fixtures/generate/smolvla_run.py Scripts/trace_lerobot",
    )  # fmt: skip


def pi(name: str, catches: str, policy: str, arguments: list[str]) -> Case:
    return trace(
        name, catches,
        [*DEMO_DATA, "--policy.image_resolution=[28,28]", "--policy.chunk_size=6", "--policy.n_action_steps=6"]
        + ["--num_workers=0", "--batch_size=4", "--steps=6", *arguments]
        + ["--policy.scheduler_warmup_steps=2", "--policy.scheduler_decay_steps=20"],
        policy=policy, script="Fixtures/generate/pi_trace.py",
    )  # fmt: skip


def cases() -> list[Case]:
    augmented = [*DEMO_DATA, *TINY, "--batch_size=4", "--steps=4"]
    augmented += ["--dataset.image_transforms.enable=true"]
    adam = [*DEMO_DATA, *TINY, "--num_workers=0", "--batch_size=4", "--steps=6"]
    adam += ["--policy.use_vae=false", "--policy.pre_norm=true", "--seed=7"]
    adam += ["--use_policy_training_preset=false", "--optimizer.type=adam"]
    adam += ["--optimizer.weight_decay=1e-2", "--optimizer.grad_clip_norm=1.5"]
    adam += ["--scheduler.type=diffuser", "--scheduler.num_warmup_steps=2"]
    return [
        trace(
            "act_full_g1",
            "a width, layer count or initialisation that only the full-size default ACT shows",
            [*REAL_DATA, "--num_workers=0", "--batch_size=8", "--steps=6"],
            heavy=True,
        ),
        trace(
            "act_demo",
            "an epoch's second permutation drawn from the wrong generator, or its last, smaller"
            " batch dropped",
            [*DEMO_DATA, *TINY, "--dataset.episodes=[0]"]
            + ["--num_workers=0", "--batch_size=64", "--steps=6"],
        ),
        trace(
            "act_demo_augmented",
            "augmentation of the next batch drawn after instead of before the forward pass",
            [*augmented, "--num_workers=0"],
        ),
        trace(
            "act_demo_augmented_workers",
            "workers seeded with anything but the epoch's base seed plus their number",
            [*augmented, "--num_workers=2"]
            + [
                "--dataset.image_transforms.max_num_transforms=6",
                "--dataset.image_transforms.random_order=true",
            ],
        ),
        trace(
            "act_demo_adam_diffuser",
            "a preset that wins although it was switched off, or a schedule one step late",
            # At 1e-3 rounding grows so fast that after six steps LeRobot with AVX2's convolutions
            # is 1e-3 away from itself in the norm.
            [*adam, "--optimizer.lr=1e-4"],
            seed=7,
        ),
        trace(
            "act_demo_float64",
            "anything that float32's rounding hides in a whole run",
            [*adam, "--optimizer.lr=1e-3"],
            seed=7,
            tolerance=1e-12,
            script="Fixtures/generate/float64_trace.py",
        ),
        trace(
            "diffusion_demo",
            "an epoch's second permutation drawn from the wrong generator; a crop for each picture,"
            " or drawn after the noise",
            [*DEMO_DATA, *TINY_DIFFUSION, "--dataset.episodes=[0]", "--policy.crop_shape=[48,56]"]
            + ["--num_workers=0", "--batch_size=48", "--steps=5"],
            policy="diffusion",
        ),
        trace(
            "diffusion_demo_batch_norm",
            "running statistics that begin without the black picture; a sampler that is not the"
            " episodes' when no frame is dropped; a target, mask, schedule or FiLM without scale that"
            " is the other one",
            [*DEMO_DATA, *TINY_DIFFUSION, "--policy.use_group_norm=false"]
            + ["--policy.crop_shape=[64,71]", "--policy.crop_is_random=false"]
            + ["--policy.noise_scheduler_type=DDIM", "--policy.prediction_type=sample"]
            + ["--policy.beta_schedule=linear", "--policy.do_mask_loss_for_padding=true"]
            + ["--policy.use_separate_rgb_encoder_per_camera=true"]
            + ["--policy.use_film_scale_modulation=false", "--policy.n_groups=4"]
            + ["--policy.n_obs_steps=3", "--policy.horizon=8", "--policy.n_action_steps=4"]
            + ["--policy.drop_n_last_frames=0", "--num_workers=0", "--batch_size=4", "--steps=6"]
            + ["--seed=7"],
            seed=7,
            policy="diffusion",
        ),
        trace(
            "diffusion_demo_workers",
            "pictures of several steps changed by draws of their own, or in another order",
            [*DEMO_DATA, *TINY_DIFFUSION, "--policy.down_dims=[16,16,24]"]
            + ["--policy.crop_shape=null", "--policy.vision_backbone=resnet34"]
            + ["--policy.num_train_timesteps=50", "--num_workers=2", "--batch_size=3"]
            + ["--dataset.image_transforms.enable=true", "--steps=4", "--seed=2"],
            seed=2,
            policy="diffusion",
        ),
        trace(
            "vqbet_demo",
            "a phase that ends one step early or late; codes that a batch does not follow; a decay or rate"
            " of the other group; a cosine that knows of the first phase",
            [*DEMO_DATA, *TINY_VQBET, "--dataset.episodes=[0]", "--policy.crop_shape=[64,71]"]
            + ["--policy.n_vqvae_training_steps=4", "--policy.scheduler_warmup_steps=2"]
            + ["--num_workers=0", "--batch_size=48", "--steps=8"],
            policy="vqbet",
        ),
        trace(
            "vqbet_demo_workers",
            "pictures that nobody looks at whose changes are not drawn; a secondary code drawn beside the"
            " primary one",
            [*DEMO_DATA, *TINY_VQBET, "--policy.sequentially_select=true", "--policy.crop_shape=null"]
            + ["--policy.n_vqvae_training_steps=3", "--policy.scheduler_warmup_steps=1"]
            + ["--policy.use_group_norm=false", "--policy.dropout=0.0", "--num_workers=2", "--batch_size=4"]
            + ["--dataset.image_transforms.enable=true", "--steps=6", "--seed=2"],
            seed=2,
            policy="vqbet",
        ),
        smolvla(
            "smolvla_demo",
            "an initial weight drawn in another order or twice; a task without its line break; time drawn before"
            " noise",
            ["--policy.vlm_model_name=Fixtures/models/smolvlm", "--policy.train_expert_only=false"]
            + ["--policy.freeze_vision_encoder=false"],
        ),
        smolvla(
            "smolvla_demo_bfloat16",
            "an expert drawn in float32; a residual that stays wide; AdamW that rounds once",
            ["--policy.vlm_model_name=Fixtures/models/smolvlm_bfloat16"],
        ),
        smolvla(
            "smolvla_demo_loaded",
            "a model that is drawn before it is loaded; a connector in float32; a gradient that ends in the text",
            ["--policy.vlm_model_name=Fixtures/models/smolvlm_bfloat16", "--policy.load_vlm_weights=true"]
            + ["--policy.train_expert_only=false", "--policy.add_image_special_tokens=true"],
        ),
        pi(
            "pi0_demo", "a head that is trained; a task without its line break; a text that is cut at its beginning",
            "pi0", ["--policy.tokenizer_max_length=12"],
        ),
        pi(
            "pi0_demo_bfloat16", "a norm, or a place of a picture, in bfloat16; a residual that stays wide", "pi0",
            ["--policy.dtype=bfloat16"],
        ),
        pi("pi05_demo", "a state that is scaled after it is written into the prompt", "pi05", []),
        pi(
            "pi05_demo_bfloat16", "a condition, or a gate, in bfloat16", "pi05",
            ["--policy.dtype=bfloat16", "--policy.gradient_checkpointing=true"],
        ),
        trace(
            "tdmpc_demo",
            "a target that does not follow, or follows too soon; Qs drawn from another generator; shifts"
            " drawn once for a sample",
            [*DEMO_DATA, *TINY_TDMPC, "--policy.target_model_momentum=0.5", "--policy.optimizer_lr=1e-2"]
            + ["--num_workers=0", "--batch_size=6", "--steps=6"],
            policy="tdmpc",
        ),
        trace(
            "tdmpc_demo_workers",
            "pictures of several steps changed by draws of their own, or a single group without targets",
            [*DEMO_DATA, *TINY_TDMPC, "--policy.q_ensemble_size=4", "--policy.max_random_shift_ratio=0.1"]
            + ["--num_workers=2", "--batch_size=4", "--steps=5", "--seed=2"]
            + ["--use_policy_training_preset=false", "--optimizer.type=adamw", "--optimizer.lr=1e-2"]
            + ["--optimizer.weight_decay=1e-2", "--optimizer.grad_clip_norm=5"]
            + ["--scheduler.type=diffuser", "--scheduler.name=cosine", "--scheduler.num_warmup_steps=2"]
            + ["--dataset.image_transforms.enable=true"],
            seed=2,
            policy="tdmpc",
        ),
    ]
