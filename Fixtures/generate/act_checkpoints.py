"""Checkpoints of tiny ACT policies, written by the real training program, and what it makes of them:
the loss of a stored batch, the action for it, and the checkpoint after one more step."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from generate.golden import Case

# No camera, hence no backbone: the smallest policy that the program trains.
POLICY = [
    "--policy.type=act", "--policy.device=cpu", "--policy.push_to_hub=false", "--policy.dim_model=8",
    "--policy.n_heads=2", "--policy.dim_feedforward=16", "--policy.chunk_size=4",
    "--policy.n_action_steps=4", "--policy.n_encoder_layers=1", "--policy.n_vae_encoder_layers=1",
    "--policy.latent_dim=4", "--policy.pretrained_backbone_weights=null",
]  # fmt: skip
# Paths are relative to the repository; a test makes the same places elsewhere.
DATASET = "Fixtures/datasets/tiny"
OUTPUT = "outputs/act"
STEPS = 3
RUN = [
    "--dataset.repo_id=local/tiny", f"--dataset.root={DATASET}", "--batch_size=4", f"--steps={STEPS}",
    f"--save_freq={STEPS}", "--log_freq=1", "--eval_freq=0", "--num_workers=0",
    f"--output_dir={OUTPUT}",
]  # fmt: skip
CASES = {
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
    "no_vae": [
        "--policy.use_vae=false", "--policy.pre_norm=true", "--policy.n_decoder_layers=2",
        "--policy.temporal_ensemble_coeff=0.01", "--policy.n_action_steps=1",
    ],
}  # fmt: skip
CATCHES = {
    "adamw": "a key of torch's parameter groups missing or out of order; initial_lr without a schedule",
    "adam": "a schedule's state without torch's private counters; decoupled_weight_decay of AdamW",
    "sgd": "SGD's groups written with Adam's keys; a step count beside momentum buffers",
    "no_vae": "a checkpoint of a policy without variational encoder, with norms first",
}
# What SmolVLA lists beside its loss: the same loss, and the numbers it is the mean of.
COPIES = ("loss", "losses_after_forward", "losses_after_rm_padding")
# Frames of the stored batch: both episodes, and their last frames, whose chunks are padded.
FRAMES = [0, 5, 8, 14]


PROGRAM = ("-m", "lerobot.scripts.lerobot_train")


def make_dataset(root: Path, more: dict | None = None) -> None:
    """Two short episodes of vectors and pictures: state, environment state, action, and what else is asked for."""
    import numpy as np
    from lerobot.datasets.lerobot_dataset import LeRobotDataset

    features = {
        name: {"dtype": "float32", "shape": (size,), "names": None}
        for name, size in [("observation.state", 3), ("observation.environment_state", 2), ("action", 3)]
    }
    features |= more or {}
    dataset = LeRobotDataset.create("local/tiny", fps=10, features=features, root=root, use_videos=False)
    generator = np.random.default_rng(2)

    def draw(feature: dict):
        if feature["dtype"] == "image":
            return generator.integers(0, 256, size=feature["shape"], dtype=np.uint8)
        return generator.normal(size=feature["shape"]).astype(np.float32)

    for length in [9, 7]:
        for _ in range(length):
            frame = {key: draw(feature) for key, feature in features.items()}
            dataset.add_frame(frame | {"task": "reach"})
        dataset.save_episode()
    dataset.finalize()


def train(work: Path, arguments: list[str], program: tuple[str, ...] = PROGRAM) -> None:
    subprocess.run(
        [sys.executable, *program, *arguments],
        cwd=work,
        env=os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""},
        check=True,
        capture_output=True,
    )


def copy_inputs(work: Path, *folders: str | None) -> None:
    for folder in filter(None, folders):
        shutil.copytree(folder, work / folder)


def stored(kind: str, name: str, policy: str = "act") -> str:
    return f"policies/{policy}/{kind}_{name}"


def make_checkpoint(
    root: Path, name: str, arguments: list[str], policy: str = "act", dataset: str = DATASET,
    program: tuple[str, ...] = PROGRAM, model: str | None = None,
) -> None:
    """By a run on the dataset; `model` is another folder that the run reads."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        copy_inputs(work, dataset, model)
        train(work, [*RUN, f"--dataset.root={dataset}", *arguments], program)
        checkpoint = work / OUTPUT / "checkpoints" / f"{STEPS:06}"
        shutil.copytree(checkpoint, root / stored("checkpoint", name, policy))
        answer(checkpoint, work / dataset, root / f"{stored('answers', name, policy)}.safetensors")


def make_resumed(
    root: Path, name: str, policy: str = "act", dataset: str = DATASET,
    program: tuple[str, ...] = PROGRAM, model: str | None = None,
) -> None:
    """The stored checkpoint, one step later."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        copy_inputs(work, dataset, model)
        checkpoints = f"{OUTPUT}/checkpoints"
        shutil.copytree(f"Fixtures/{stored('checkpoint', name, policy)}", work / f"{checkpoints}/{STEPS:06}")
        config = f"{checkpoints}/{STEPS:06}/pretrained_model/train_config.json"
        train(work, [f"--config_path={config}", "--resume=true", f"--steps={STEPS + 1}"], program)
        shutil.copytree(work / f"{checkpoints}/{STEPS + 1:06}", root / stored("resumed", name, policy))


def answer(checkpoint: Path, dataset: Path, file: Path) -> None:
    """The loss of a batch, with the generators where the checkpoint left them, and the action for it."""
    import torch
    from lerobot.configs.policies import PreTrainedConfig
    from lerobot.datasets.factory import resolve_delta_timestamps
    from lerobot.datasets.lerobot_dataset import LeRobotDataset, LeRobotDatasetMetadata
    from lerobot.policies.factory import get_policy_class, make_pre_post_processors
    from lerobot.utils.random_utils import load_rng_state
    from safetensors.torch import save_file

    pretrained = checkpoint / "pretrained_model"
    config = PreTrainedConfig.from_pretrained(pretrained)
    deltas = resolve_delta_timestamps(config, LeRobotDatasetMetadata("local/tiny", root=dataset))
    items = LeRobotDataset("local/tiny", root=dataset, delta_timestamps=deltas)
    frames = [items[frame] for frame in FRAMES]
    batch = {key: torch.stack([frame[key] for frame in frames]) for key in frames[0] if key != "task"}
    batch["task"] = [frame["task"] for frame in frames]
    policy = get_policy_class(config.type).from_pretrained(pretrained, config=config)
    before, after = make_pre_post_processors(policy_cfg=config, pretrained_path=pretrained)
    kinds = ("observation", "action", "next.reward")
    used = {key: value for key, value in batch.items() if key.startswith(kinds)}
    # A policy that sees several steps at once is shown the last of them alone; it keeps its own history.
    newest = {
        key: value[:, -1]
        for key, value in used.items()
        if config.observation_delta_indices and key in config.input_features
    }
    shown = newest | {"task": batch["task"]} if newest else batch
    load_rng_state(checkpoint / "training_state")
    # select_action pops what it finds, so that each call gets a dictionary of its own.
    action = after(policy.select_action(before(dict(shown))))
    load_rng_state(checkpoint / "training_state")
    policy.train()
    loss, parts = policy.forward(before(dict(batch)))
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(policy.parameters(), float("inf"))
    answers = {"loss": loss.detach(), "grad_norm": norm, "action": action}
    answers |= {part: torch.tensor(value) for part, value in (parts or {}).items() if part not in COPIES}
    answers |= {f"batch/{key}": value for key, value in used.items()}
    answers |= {f"newest/{key}": value for key, value in newest.items()}
    save_file({key: value.contiguous().clone() for key, value in answers.items()}, file)


def checkpoint_cases(
    policy: str, name: str, catches: tuple[str, str], make: Callable[[Path], None],
    dataset: str = DATASET, program: tuple[str, ...] = PROGRAM, model: str | None = None,
) -> list[Case]:
    """A checkpoint that `make` makes with its answers, and the same one step later; and what either would catch."""
    files = [f"{stored('checkpoint', name, policy)}/", f"{stored('answers', name, policy)}.safetensors"]
    resumed = [f"{stored('resumed', name, policy)}/"]

    def resume(root: Path) -> None:
        make_resumed(root, name, policy, dataset, program, model)

    return [
        Case(
            name=f"policies/{policy}_{kind}_{name}", files=written, seed=1000, tolerance=1e-4, catches=bug, make=making
        )
        for kind, written, bug, making in (
            ("checkpoint", files, catches[0], make), ("resumed", resumed, catches[1], resume)
        )
    ]  # fmt: skip


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
            name="datasets/tiny",
            files=["datasets/tiny/"],
            seed=2,
            catches="a run without cameras",
            make=lambda root: make_dataset(root / "datasets/tiny"),
            heavy=True,
        )
    ]
    for name in CASES:
        catches = (CATCHES[name], "a state that resuming loses, draws twice or writes in another form")
        result += checkpoint_cases(
            "act", name, catches, lambda root, name=name: make_checkpoint(root, name, [*POLICY, *CASES[name]])
        )
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
