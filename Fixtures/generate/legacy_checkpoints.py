"""Checkpoints in the layout that LeRobot wrote until 2025: the state of training in one file of torch.save,
statistics as frozen parameters of the policy. Made of the stored checkpoints of tiny ACT policies."""

import random
import tempfile
from pathlib import Path

from generate.golden import Case
from generate.torch_files import rewrite

STORED = Path("Fixtures/policies/act")
FOLDER = "policies/act/legacy"


def policy_of(checkpoint: Path):
    """The policy and what its processors normalise with."""
    from lerobot.policies.act.modeling_act import ACTPolicy
    from safetensors.torch import load_file

    pretrained = checkpoint / "pretrained_model"
    policy = ACTPolicy.from_pretrained(pretrained)
    flat = load_file(pretrained / "policy_preprocessor_step_3_normalizer_processor.safetensors")
    stats: dict[str, dict] = {}
    for name, tensor in flat.items():
        feature, statistic = name.rsplit(".", 1)
        stats.setdefault(feature, {})[statistic] = tensor
    return policy, stats


def buffers(policy, stats: dict) -> dict:
    """The tensors that Normalize and Unnormalize held, in the order in which they were registered."""
    result = {}
    inputs, outputs = list(policy.config.input_features), list(policy.config.output_features)
    for module, features in [
        ("normalize_inputs", inputs), ("normalize_targets", outputs), ("unnormalize_outputs", outputs),
    ]:  # fmt: skip
        for feature in features:
            for statistic in ["mean", "std"]:
                name = f"{module}.buffer_{feature.replace('.', '_')}.{statistic}"
                result[name] = stats[feature][statistic].clone()
    return result


def save_policy(checkpoint: Path, folder: Path) -> int:
    """Writes pretrained_model as it was; returns how many frozen parameters it has."""
    from safetensors.torch import save_file

    policy, stats = policy_of(checkpoint)
    frozen = buffers(policy, stats)
    folder.mkdir(parents=True)
    state = {name: tensor.contiguous() for name, tensor in policy.state_dict().items()}
    save_file(frozen | state, folder / "model.safetensors")
    for name in ["config.json", "train_config.json"]:
        (folder / name).write_bytes((checkpoint / "pretrained_model" / name).read_bytes())
    return len(frozen)


def save_training_state(checkpoint: Path, path: Path, frozen: int) -> None:
    """What `Logger.save_training_state` handed to torch.save, from the files of today."""
    import numpy as np
    import torch
    from lerobot.optim.factory import make_optimizer_and_scheduler
    from lerobot.configs.train import TrainPipelineConfig
    from lerobot.utils.train_utils import load_training_state

    config = TrainPipelineConfig.from_pretrained(checkpoint / "pretrained_model")
    policy, _ = policy_of(checkpoint)
    optimizer, scheduler = make_optimizer_and_scheduler(config, policy)
    step, optimizer, scheduler = load_training_state(checkpoint, optimizer, scheduler)
    state = optimizer.state_dict()
    if frozen:
        # Without the preset the optimizer was given every parameter, the frozen ones first.
        state["state"] = {index + frozen: slot for index, slot in state["state"].items()}
        (group,) = state["param_groups"]
        group["params"] = list(range(frozen + len(group["params"])))
    for group in state["param_groups"]:
        group.pop("decoupled_weight_decay", None)
    training_state = {
        "step": step,
        "optimizer": state,
        "random_state": random.getstate(),
        "numpy_random_state": np.random.get_state(),
        "torch_random_state": torch.random.get_rng_state(),
    }
    if scheduler is not None:
        training_state["scheduler"] = scheduler.state_dict() | {"verbose": False}
    torch.save(training_state, path)


def make_legacy(root: Path, optimizer: str) -> None:
    checkpoint = STORED / f"checkpoint_{optimizer}"
    folder = root / f"{FOLDER}_{optimizer}"
    frozen = save_policy(checkpoint, folder / "pretrained_model")
    path = folder / "training_state.pth"
    if optimizer == "adamw":
        save_training_state(checkpoint, path, 0)
        return
    # NumPy below 2, as it was then, called its module by another name.
    with tempfile.TemporaryDirectory() as aside:
        new = Path(aside) / "new.pth"
        save_training_state(checkpoint, new, frozen)
        rewrite(new, path, lambda data: data.replace(b"numpy._core.multiarray", b"numpy.core.multiarray"))


def make_migrated(root: Path) -> None:
    """What LeRobot's own migration finds in the policy, and what it leaves of it.

    The script as a whole refuses this policy: it takes environment_state for a robot's state."""
    from lerobot.processor.migrate_policy_normalization import (
        extract_normalization_stats,
        remove_normalization_layers,
    )
    from safetensors.torch import load_file, save_file

    (root / FOLDER).parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as aside:
        save_policy(STORED / "checkpoint_adamw", Path(aside) / "old")
        old = load_file(Path(aside) / "old/model.safetensors")
    stats = extract_normalization_stats(old)
    flat = {f"{feature}.{name}": value for feature, values in stats.items() for name, value in values.items()}
    save_file(flat, root / f"{FOLDER}_statistics.safetensors")
    save_file(remove_normalization_layers(old), root / f"{FOLDER}_weights.safetensors")


def cases() -> list[Case]:
    result = [
        Case(
            name=f"policies/act_legacy_{optimizer}",
            files=[f"{FOLDER}_{optimizer}/"],
            seed=1000,
            catches=catches,
            make=lambda root, optimizer=optimizer: make_legacy(root, optimizer),
        )
        for optimizer, catches in [
            ("adamw", "a generator's state read as tensors of another order; a tuple lost"),
            ("sgd", "frozen statistics counted among the trained parameters; a schedule lost"),
        ]
    ]
    result.append(
        Case(
            name="policies/act_legacy_migrated",
            files=[f"{FOLDER}_statistics.safetensors", f"{FOLDER}_weights.safetensors"],
            seed=1000,
            catches="statistics under the wrong feature, or left among the weights",
            make=make_migrated,
        )
    )
    return result
