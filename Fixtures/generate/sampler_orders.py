"""Dataset indices of the batches that LeRobot's loader gives, from DataLoader and accelerate."""

import json
from pathlib import Path

from generate.golden import Case

SEED = 1000
EPISODES = [[0, 40], [40, 47], [47, 50], [50, 103]]
DROPPED = 7
BATCH_SIZE = 8
EPOCHS = 3


def passes(workers: int, episode_aware: bool) -> dict:
    """Batches of EPOCHS passes, and a draw before and after them."""
    import torch
    from accelerate import Accelerator
    from lerobot.datasets.sampler import EpisodeAwareSampler
    from lerobot.utils.random_utils import set_seed

    class Indices(torch.utils.data.Dataset):
        def __len__(self):
            return EPISODES[-1][1]

        def __getitem__(self, index):
            info = torch.utils.data.get_worker_info()
            return index, info.seed if info else -1

    starts, ends = zip(*EPISODES)
    sampler = None
    if episode_aware:
        sampler = EpisodeAwareSampler(list(starts), list(ends), drop_n_last_frames=DROPPED, shuffle=True)
    accelerator = Accelerator(step_scheduler_with_optimizer=False, cpu=True)
    set_seed(SEED, accelerator=accelerator)
    weights = torch.empty(3).uniform_().numpy().view("uint32").tolist()
    loader = torch.utils.data.DataLoader(
        Indices(),
        num_workers=workers,
        batch_size=BATCH_SIZE,
        shuffle=not episode_aware,
        sampler=sampler,
        drop_last=False,
        prefetch_factor=2 if workers > 0 else None,
    )
    loader = accelerator.prepare(loader)
    epochs = []
    for _ in range(EPOCHS):
        batches = [(indices.tolist(), seeds.tolist()) for indices, seeds in loader]
        epochs.append(
            {
                "batches": [indices for indices, _ in batches],
                "worker_seeds": [seeds[0] for _, seeds in batches],
            }
        )
    after = torch.empty((), dtype=torch.int64).random_().item()
    return {"workers": workers, "uniforms_before": weights, "epochs": epochs, "random64_after": after}


def make(root: Path) -> None:
    content = {
        "seed": SEED,
        "frames": EPISODES[-1][1],
        "episodes": EPISODES,
        "dropped_last": DROPPED,
        "batch_size": BATCH_SIZE,
        "random": [passes(workers, episode_aware=False) for workers in (0, 1, 4)],
        "episode_aware": [passes(workers, episode_aware=True) for workers in (0, 4)],
    }
    path = root / "training" / "sampler.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n")


def cases() -> list[Case]:
    return [
        Case(
            name="training/sampler",
            files=["training/sampler.json"],
            seed=SEED,
            catches="the order drawn before the workers' base seed, or from the wrong generator",
            make=make,
        )
    ]
