"""A checkpoint of a tiny VQ-BeT at the end of its first phase, made and answered as those of
act_checkpoints.py, and what LeRobot writes one step later, in the second phase.

VQ-BeT has a residual network, too large to store. The first phase leaves it as it was drawn, so it is left
out here and drawn again by the tests; of what the second phase has made of it only digests are stored.
"""

import shutil
import tempfile
from pathlib import Path

from generate.act_checkpoints import train
from generate.golden import Case
from generate.policies.formulas import digest

DATASET = "Fixtures/datasets/pusht_demo"
OUTPUT = "outputs/vqbet"
STEPS = 3
RUN = [
    "--dataset.repo_id=local/pusht_demo", f"--dataset.root={DATASET}", "--dataset.episodes=[0]",
    "--batch_size=4", f"--steps={STEPS}", f"--save_freq={STEPS}", "--log_freq=1", "--eval_freq=0",
    "--num_workers=0", f"--output_dir={OUTPUT}", "--policy.type=vqbet", "--policy.device=cpu",
    "--policy.push_to_hub=false", "--policy.n_obs_steps=2", "--policy.n_action_pred_token=2",
    "--policy.action_chunk_size=3", "--policy.vqvae_n_embed=4", "--policy.vqvae_embedding_dim=4",
    "--policy.vqvae_enc_hidden_dim=8", "--policy.gpt_block_size=8", "--policy.gpt_input_dim=8",
    "--policy.gpt_hidden_dim=12", "--policy.gpt_output_dim=8", "--policy.gpt_n_layer=1",
    "--policy.gpt_n_head=2", "--policy.crop_shape=[64,64]", "--policy.spatial_softmax_num_keypoints=4",
    "--policy.offset_loss_weight=0.01", f"--policy.n_vqvae_training_steps={STEPS}",
    "--policy.scheduler_warmup_steps=0", "--policy.optimizer_weight_decay=1e-3",
]  # fmt: skip
# Frames of the answered batch, of episode 0.
FRAMES = [0, 5, 80, 150]


def is_backbone(name: str) -> bool:
    return ".rgb_encoder.backbone." in name


def without_backbone(checkpoint: Path) -> None:
    from safetensors.torch import load_file, save_file

    file = checkpoint / "pretrained_model/model.safetensors"
    kept = {name: tensor for name, tensor in load_file(file).items() if not is_backbone(name)}
    save_file(kept, file, metadata={"format": "pt"})


def with_digests(checkpoint: Path) -> None:
    """Large tensors of weights and optimizer as digests."""
    from safetensors.torch import load_file, save_file

    for name in ("pretrained_model/model.safetensors", "training_state/optimizer_state.safetensors"):
        file = checkpoint / name
        tensors = {
            key: digest(tensor.double()) if tensor.numel() > 512 else tensor
            for key, tensor in load_file(file).items()
        }
        save_file(tensors, file, metadata={"format": "pt"})


def make(root: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        shutil.copytree(DATASET, work / DATASET)
        train(work, RUN)
        checkpoints = work / OUTPUT / "checkpoints"
        first = checkpoints / f"{STEPS:06}"
        stored = root / "policies/vqbet"
        stored.mkdir(parents=True, exist_ok=True)
        shutil.copytree(first, stored / "checkpoint_adam")
        without_backbone(stored / "checkpoint_adam")
        answer(first, work / DATASET, stored / "answers_adam.safetensors")
        config = f"{OUTPUT}/checkpoints/{STEPS:06}/pretrained_model/train_config.json"
        train(work, [f"--config_path={config}", "--resume=true", f"--steps={STEPS + 1}"])
        shutil.copytree(checkpoints / f"{STEPS + 1:06}", stored / "resumed_adam")
        with_digests(stored / "resumed_adam")


def answer(checkpoint: Path, dataset: Path, file: Path) -> None:
    """Loss, parts and gradient norm of a batch, and the action for its newest observations, with the
    generators where the checkpoint left them."""
    import torch
    from lerobot.configs.policies import PreTrainedConfig
    from lerobot.datasets.factory import resolve_delta_timestamps
    from lerobot.datasets.lerobot_dataset import LeRobotDataset, LeRobotDatasetMetadata
    from lerobot.policies.factory import get_policy_class, make_pre_post_processors
    from lerobot.utils.random_utils import load_rng_state
    from safetensors.torch import save_file

    pretrained = checkpoint / "pretrained_model"
    config = PreTrainedConfig.from_pretrained(pretrained)
    name = "local/pusht_demo"
    deltas = resolve_delta_timestamps(config, LeRobotDatasetMetadata(name, root=dataset))
    items = LeRobotDataset(name, root=dataset, episodes=[0], delta_timestamps=deltas)
    frames = [items[frame] for frame in FRAMES]
    batch = {key: torch.stack([frame[key] for frame in frames]) for key in frames[0] if key != "task"}
    policy = get_policy_class(config.type).from_pretrained(pretrained, config=config)
    before, after = make_pre_post_processors(policy_cfg=config, pretrained_path=pretrained)
    newest = {key: value[:, -1] for key, value in batch.items() if key in config.input_features}
    load_rng_state(checkpoint / "training_state")
    action = after(policy.select_action(before(newest)))
    load_rng_state(checkpoint / "training_state")
    policy.train()
    loss, parts = policy.forward(before(dict(batch)))
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(policy.parameters(), float("inf"))
    answers = {"loss": loss.detach(), "grad_norm": norm, "action": action}
    answers |= {f"parts/{part}": torch.tensor(value) for part, value in parts.items()}
    save_file({key: value.contiguous() for key, value in answers.items()}, file)


def cases() -> list[Case]:
    folder = "policies/vqbet"
    return [
        Case(
            name="policies/vqbet_checkpoint_adam",
            files=[f"{folder}/checkpoint_adam/", f"{folder}/answers_adam.safetensors", f"{folder}/resumed_adam/"],
            seed=1000,
            tolerance=1e-4,
            catches="flags, indices or codebooks of another type or name; groups with keys or parameters in"
            " another order; a resumed run that trains its quantizer again",
            make=make,
        )
    ]
