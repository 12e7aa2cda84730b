"""Checkpoints of tiny ACT policies, written by the real training program."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from generate.golden import Case

# No camera, hence no backbone: the smallest policy that the program trains.
POLICY = [
    "--policy.type=act", "--policy.device=cpu", "--policy.push_to_hub=false", "--policy.dim_model=8",
    "--policy.n_heads=2", "--policy.dim_feedforward=16", "--policy.chunk_size=4",
    "--policy.n_action_steps=4", "--policy.n_encoder_layers=1", "--policy.n_vae_encoder_layers=1",
    "--policy.latent_dim=4", "--policy.pretrained_backbone_weights=null",
]  # fmt: skip
RUN = [
    "--dataset.repo_id=local/tiny", "--dataset.root=dataset", "--batch_size=4", "--steps=3",
    "--save_freq=3", "--log_freq=1", "--eval_freq=0", "--num_workers=0", "--output_dir=outputs/act",
]  # fmt: skip
OPTIMIZERS = {
    "adamw": [],
    "adam": [
        "--use_policy_training_preset=false", "--optimizer.type=adam", "--optimizer.lr=1e-3",
        "--optimizer.grad_clip_norm=10", "--scheduler.type=diffuser", "--scheduler.name=cosine",
        "--scheduler.num_warmup_steps=2",
    ],
    "sgd": [
        "--use_policy_training_preset=false", "--optimizer.type=sgd", "--optimizer.lr=1e-3",
        "--optimizer.momentum=0.9", "--optimizer.nesterov=true",
        "--scheduler.type=cosine_decay_with_warmup", "--scheduler.num_warmup_steps=2",
        "--scheduler.num_decay_steps=8", "--scheduler.peak_lr=1e-3", "--scheduler.decay_lr=1e-4",
    ],
}  # fmt: skip
CATCHES = {
    "adamw": "a key of torch's parameter groups missing or out of order; initial_lr without a schedule",
    "adam": "a schedule's state without torch's private counters; decoupled_weight_decay of AdamW",
    "sgd": "SGD's groups written with Adam's keys; a step count beside momentum buffers",
}


def make_dataset(root: Path) -> None:
    """Two short episodes of vectors: state, environment state, action."""
    import numpy as np
    from lerobot.datasets.lerobot_dataset import LeRobotDataset

    features = {
        name: {"dtype": "float32", "shape": (size,), "names": None}
        for name, size in [("observation.state", 3), ("observation.environment_state", 2), ("action", 3)]
    }
    dataset = LeRobotDataset.create("local/tiny", fps=10, features=features, root=root, use_videos=False)
    generator = np.random.default_rng(2)
    for length in [9, 7]:
        for _ in range(length):
            frame = {k: generator.normal(size=v["shape"]).astype(np.float32) for k, v in features.items()}
            dataset.add_frame(frame | {"task": "reach"})
        dataset.save_episode()
    dataset.finalize()


def make_checkpoint(root: Path, optimizer: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        make_dataset(work / "dataset")
        subprocess.run(
            [sys.executable, "-m", "lerobot.scripts.lerobot_train", *RUN, *POLICY, *OPTIMIZERS[optimizer]],
            cwd=work,
            env=os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""},
            check=True,
            capture_output=True,
        )
        checkpoint = work / "outputs/act/checkpoints/000003"
        shutil.copytree(checkpoint, root / f"policies/act/checkpoint_{optimizer}")


def make_multi_adam(root: Path) -> None:
    """The training state alone: no policy that lerobot-train trains uses this optimizer."""
    import torch
    from lerobot.optim.optimizers import MultiAdamConfig
    from lerobot.utils.random_utils import set_seed
    from lerobot.utils.train_utils import save_training_state

    set_seed(3)
    groups = {"actor": {"lr": 1e-4, "betas": (0.8, 0.9)}, "critic": {}}
    modules = {name: torch.nn.Linear(2, 3) for name in groups}
    config = MultiAdamConfig(lr=2e-3, weight_decay=0.1, optimizer_groups=groups)
    optimizers = config.build({name: list(module.parameters()) for name, module in modules.items()})
    for name, module in modules.items():
        module(torch.ones(1, 2)).sum().backward()
        optimizers[name].step()
    folder = root / "policies/act/checkpoint_multi_adam"
    folder.mkdir(parents=True)
    save_training_state(folder, 5, optimizers)


def cases() -> list[Case]:
    result = [
        Case(
            name=f"policies/act_checkpoint_{optimizer}",
            files=[f"policies/act/checkpoint_{optimizer}/"],
            seed=1000,
            tolerance=1e-4,
            catches=CATCHES[optimizer],
            make=lambda root, optimizer=optimizer: make_checkpoint(root, optimizer),
        )
        for optimizer in OPTIMIZERS
    ]
    result.append(
        Case(
            name="policies/act_checkpoint_multi_adam",
            files=["policies/act/checkpoint_multi_adam/"],
            seed=3,
            tolerance=1e-5,
            catches="the states of several optimizers in one file",
            make=make_multi_adam,
        )
    )
    return result
