"""What the plain models need around them: tensors from files, batches, draws, one training step."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

import torch

from . import dataset
from .act import ACTPolicy
from .diffusion import DiffusionPolicy

TYPES = {"F32": torch.float32, "F64": torch.float64, "I64": torch.int64, "U8": torch.uint8}
POLICIES = {"act": ACTPolicy, "diffusion": DiffusionPolicy}
IMAGENET = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
CLIP_NORM = 10.0


def read_safetensors(path: Path) -> dict:
    """The tensors of a file, by name."""
    content = bytearray(path.read_bytes())
    start = 8 + struct.unpack_from("<Q", content)[0]
    header = json.loads(content[8:start])
    header.pop("__metadata__", None)
    found = {}
    for name, entry in header.items():
        (first, last), kind = entry["data_offsets"], TYPES[entry["dtype"]]
        # A copy, since a tensor may begin at any byte of the file.
        part = content[start + first : start + last]
        tensor = torch.frombuffer(part, dtype=kind) if part else torch.empty(0, dtype=kind)
        found[name] = tensor.reshape(entry["shape"])
    return found


class Draws:
    """Numbers from a device's generator, as LeRobot draws them; crops always from the CPU's."""

    def __init__(self, device: str, target: str | None = None):
        self.device, self.target = device, target or device

    def normal(self, shape):
        return torch.randn(shape, device=self.device).to(self.target)

    def integers(self, shape, below: int):
        return torch.randint(0, below, shape, device=self.device).to(self.target)

    def integer(self, below: int) -> int:
        return torch.randint(0, below, (1,)).item()


class Checkpoint:
    """A checkpoint of either program, read as LeRobot reads it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.config = json.loads((folder / "pretrained_model/config.json").read_text())

    def weights(self) -> dict:
        return read_safetensors(self.folder / "pretrained_model/model.safetensors")

    def policy(self, device: str):
        """The plain model with these weights: names and shapes must be the same."""
        policy = POLICIES[self.config["type"]](self.config)
        policy.load_state_dict(self.weights(), strict=True)
        return policy.to(device).train()

    def optimizer(self, policy):
        """The optimizer as it was saved."""
        optimizer = policy.optimizer()
        state: dict = {}
        for name, tensor in read_safetensors(self.folder / "training_state/optimizer_state.safetensors").items():
            _, number, key = name.split("/")
            state.setdefault(int(number), {})[key] = tensor
        groups = json.loads((self.folder / "training_state/optimizer_param_groups.json").read_text())
        optimizer.load_state_dict({"state": state, "param_groups": groups})
        return optimizer

    def restore_generators(self, device: str) -> None:
        saved = read_safetensors(self.folder / "training_state/rng_state.safetensors")
        torch.set_rng_state(saved["torch_rng_state"])
        if device != "cpu":
            torch.cuda.set_rng_state(saved["torch_cuda_rng_state"], device)


class Batches:
    """Batches of the known dataset, normalised as a policy wants them."""

    def __init__(self, config: dict):
        self.config = config
        frames = dataset.Frames()
        pictures = torch.frombuffer(bytearray(b"".join(frames.pictures)), dtype=torch.uint8)
        mean, deviation = (torch.tensor(values)[:, None, None] for values in IMAGENET)
        pictures = pictures.reshape(-1, dataset.SIZE, dataset.SIZE, 3).permute(0, 3, 1, 2) / 255
        modes = config["normalization_mapping"]
        self.pictures = (pictures - mean) / (deviation + 1e-8)
        self.states = normalized(torch.tensor(frames.states), modes["STATE"])
        self.actions = normalized(torch.tensor(frames.actions), modes["ACTION"])

    def batch(self, indices: list, device: str) -> dict:
        index = torch.tensor(indices)[:, None]
        first = index // dataset.LENGTH * dataset.LENGTH
        steps = self.config["n_obs_steps"]
        count = self.config["horizon" if self.config["type"] == "diffusion" else "chunk_size"]

        def rows(begin: int, end: int):
            wanted = index + torch.arange(begin, end)
            return wanted.clamp(min=first, max=first + dataset.LENGTH - 1), wanted

        seen, _ = rows(1 - steps, 1)
        acted, wanted = rows(1 - steps, 1 - steps + count)
        if self.config["type"] == "act":
            seen = seen[:, 0]  # one observation has no axis of time
        found = {dataset.CAMERA: self.pictures[seen], "observation.state": self.states[seen],
                 "action": self.actions[acted], "action_is_pad": acted != wanted}  # fmt: skip
        return {key: value.to(device) for key, value in found.items()}


def normalized(values, mode: str):
    mean, deviation, low, high = (torch.tensor(dataset.STATISTICS[key]) for key in ("mean", "std", "min", "max"))
    return (values - mean) / (deviation + 1e-8) if mode == "MEAN_STD" else 2 * (values - low) / (high - low) - 1


def sums_differ(batch: dict, sums: dict) -> str:
    """Where a batch is not the one whose sums a trace holds; empty if it is."""
    for key, (shape, total, size) in sums.items():
        if key in batch:
            found = batch[key].double()
            if list(found.shape) != shape or not math.isclose(found.sum().item(), total, abs_tol=1e-5 * size):
                return f"{key}: {list(found.shape)}, sum {found.sum().item()}, but the trace has {shape}, {total}"
    return ""


def step(policy, optimizer, batch: dict, draws: Draws, half: bool = False) -> tuple:
    """One step as LeRobot takes it; loss, gradient norm."""
    device = batch["action"].device.type
    with torch.autocast(device, dtype=torch.bfloat16, enabled=half):
        loss, parts = policy.loss(batch, draws)
    for value in parts.values():  # LeRobot reads them before it goes backward.
        value.item()
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(policy.parameters(), CLIP_NORM)
    optimizer.step()
    optimizer.zero_grad()
    return loss.item(), norm.item()
