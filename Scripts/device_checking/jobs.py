"""The trainings: sizes for a GPU, and smaller ones that a slow CPU can do in the same time."""

from __future__ import annotations

from pathlib import Path

POLICIES = ("act", "diffusion")
NAMES = {"act": "ACT", "diffusion": "Diffusion"}
TYPES = {
    "act": ["--policy.type=act", "--policy.pretrained_backbone_weights=null"],
    "diffusion": ["--policy.type=diffusion"],
}
# Dropout's masks are drawn within each device's own kernels, in an order that nobody else can follow. The KL
# divergence of a new ACT is ten times the rest of its loss unless it weighs less. A constant learning rate is
# the same however many steps are still to come. It is low, since rounding grows with every step: after 25 steps on
# random pictures an ACT is apart from itself with another number of threads by 1e-3 at LeRobot's 1e-5, by 6e-6 at
# 2e-6; a Diffusion from plain PyTorch by 1e-4 at 3e-5, by 3e-6 at 2e-6. Losses move by more than 1 % all the same.
COMPARED = {
    "act": ["--policy.dropout=0", "--policy.kl_weight=1", "--policy.optimizer_lr=2e-6",
            "--policy.optimizer_lr_backbone=2e-6"],
    "diffusion": ["--policy.scheduler_name=constant", "--policy.optimizer_lr=2e-6"],
}  # fmt: skip
SMALL = {
    "cuda": {
        "act": ["--policy.dim_model=256", "--policy.n_heads=4", "--policy.dim_feedforward=1024",
                "--policy.chunk_size=20", "--policy.n_action_steps=20"],
        "diffusion": ["--policy.down_dims=[128,256,512]"],
    },
    "cpu": {
        "act": ["--policy.dim_model=128", "--policy.n_heads=4", "--policy.dim_feedforward=512",
                "--policy.chunk_size=16", "--policy.n_action_steps=16"],
        "diffusion": ["--policy.down_dims=[64,128,256]"],
    },
}  # fmt: skip
# Those whose speed is measured: LeRobot's defaults.
FULL = {
    "cuda": {"act": [], "diffusion": []},
    "cpu": {
        "act": ["--policy.dim_model=256", "--policy.n_heads=4", "--policy.dim_feedforward=1024"],
        "diffusion": ["--policy.down_dims=[128,256,512]"],
    },
}  # fmt: skip
HALF = ["--policy.use_amp=true"]


def kind(device: str) -> str:
    return "cpu" if device == "cpu" else "cuda"


def data(root: Path, batch: int, workers: int) -> list:
    return [f"--dataset.repo_id=local/{root.name}", f"--dataset.root={root}", f"--batch_size={batch}",
            f"--num_workers={workers}"]  # fmt: skip


def compared(policy: str, device: str, root: Path) -> list:
    """A small training on the known dataset, whose draws can be followed."""
    return [*TYPES[policy], *SMALL[kind(device)][policy], *COMPARED[policy], *data(root, 8, 2)]
