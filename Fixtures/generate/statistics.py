"""Quantile statistics: of single episodes, of several made one, of a whole dataset, and what is scaled by them."""

import json
from pathlib import Path

from generate.golden import Case

SEED = 11
STORED = Path(__file__).resolve().parents[1] / "layouts/v30"


def arrays(random) -> list[tuple[str, object]]:
    """Episodes of every kind: a name for messages, and values [n, width] or [n]."""
    import numpy as np

    def normal(*shape):
        return random.normal(size=shape)

    constant = normal(90, 3).astype(np.float32)
    constant[:, 0], constant[:, 1] = 0.1, -7
    outliers = normal(400, 2).astype(np.float32)
    outliers[17, 0], outliers[300, 1] = 1e4, -3e5
    far = (1e6 + normal(120, 2)).astype(np.float32)
    tiny = (1e-12 * normal(64, 2)).astype(np.float32)
    steps = np.repeat(np.arange(8), 30)[:, None] * np.array([[1, 0.25]])
    return [
        ("one frame", normal(1, 4).astype(np.float32)),
        ("one frame of a scalar", normal(1)),
        ("two frames", normal(2, 3).astype(np.float32)),
        ("five frames", normal(5, 2).astype(np.float32)),
        ("constant columns", constant),
        ("all alike", np.full((12, 2), 0.3, np.float32)),
        ("outliers", outliers),
        ("far from 0", far),
        ("next to 0", tiny),
        ("heavy tails", random.standard_cauchy((500, 2)).astype(np.float32)),
        ("few values", steps.astype(np.float32)),
        ("a scalar", normal(150).astype(np.float32)),
        ("float64", normal(130, 2)),
        ("float64, a scalar", normal(300)),
        ("float64, constant", np.full((20, 1), 0.1)),
        ("integers", random.integers(-50, 2000, (80, 2))),
        ("integers, constant", np.full((30, 1), 4)),
        ("integers, a scalar", np.arange(140)),
        ("truth values", random.random((40, 2)) < 0.3),
    ]


def plain(stats: dict) -> dict:
    return {name: value.tolist() for name, value in stats.items()}


def entry(values) -> dict:
    width = values.shape[1] if values.ndim > 1 else 1
    return {"type": values.dtype.name, "width": width, "values": [float(x) for x in values.ravel()]}


def write(path: Path, value) -> None:
    path.write_text(json.dumps(value) + "\n")


def make_episodes(root: Path) -> None:
    import numpy as np
    from lerobot.datasets.compute_stats import get_feature_stats

    entries = []
    for name, values in arrays(np.random.default_rng(SEED)):
        stats = get_feature_stats(values, axis=0, keepdims=values.ndim == 1)
        entries.append({"name": name, **entry(values), "statistics": plain(stats)})
    write(root / "statistics/episodes.json", entries)


def make_aggregated(root: Path) -> None:
    """Several episodes made one. More than eight of one column show in which order NumPy adds."""
    import numpy as np
    from lerobot.datasets.compute_stats import aggregate_stats, get_feature_stats

    random = np.random.default_rng(SEED)
    cases = []
    for name, lengths, shape, kind in [
        ("vectors", [7, 1, 40, 2, 133], (3,), np.float32),
        ("one column", [3, 9, 27, 1, 5, 64, 2, 8, 11, 30, 4, 17], (1,), np.float32),
        ("scalars in float64", [3, 9, 27, 1, 5, 64, 2, 8, 11, 30], (), np.float64),
        ("integers", [12, 30, 1, 7], (2,), np.int64),
        ("episodes of one frame", [1, 1, 1], (2,), np.float32),
        ("one episode", [25], (2,), np.float32),
    ]:
        episodes = [
            (random.normal(size=(length, *shape)) * 30 + 5 * place).astype(kind)
            for place, length in enumerate(lengths)
        ]
        stats = [{"x": get_feature_stats(v, axis=0, keepdims=v.ndim == 1)} for v in episodes]
        whole = aggregate_stats(stats)["x"]
        cases.append({"name": name, "episodes": [entry(v) for v in episodes], "statistics": plain(whole)})
    write(root / "statistics/aggregated.json", cases)


def make_dataset(root: Path) -> None:
    """What LeRobot's script adds to a dataset: vectors, one in float64, a whole number, a truth value."""
    from lerobot.datasets.lerobot_dataset import LeRobotDataset
    from lerobot.datasets.v30.augment_dataset_quantile_stats import compute_quantile_stats_for_dataset

    whole = compute_quantile_stats_for_dataset(LeRobotDataset("local/layouts", root=STORED))
    keys = ["observation.state", "observation.environment_state", "action", "mode", "next.done", "next.reward"]
    write(root / "statistics/dataset.json", {key: plain(whole[key]) for key in keys})


def make_scaled(root: Path) -> None:
    """Values scaled by quantiles and back; in each feature one component whose quantiles are equal."""
    import numpy as np
    import torch
    from lerobot.configs.types import FeatureType, NormalizationMode, PolicyFeature
    from lerobot.processor import NormalizerProcessorStep, TransitionKey, UnnormalizerProcessorStep
    from lerobot.processor.converters import create_transition
    from safetensors.torch import save_file

    random = np.random.default_rng(SEED)
    widths = {"observation.state": 5, "action": 4}
    features = {
        "observation.state": PolicyFeature(FeatureType.STATE, (5,)),
        "action": PolicyFeature(FeatureType.ACTION, (4,)),
    }
    tensors, stats = {}, {}
    for key, width in widths.items():
        quantiles = np.sort(random.normal(size=(4, width)) * 3, axis=0)
        quantiles[:, 1] = 0.7
        stats[key] = dict(zip(["q01", "q10", "q90", "q99"], quantiles, strict=True))
        tensors |= {f"statistics/{key}.{name}": torch.from_numpy(q.copy()) for name, q in stats[key].items()}
    for kind in (torch.float32, torch.float64):
        # Values within and far beyond the quantiles, and the quantiles themselves.
        values = {k: torch.from_numpy(random.normal(size=(6, w)) * 4).to(kind) for k, w in widths.items()}
        for key, value in values.items():
            value[0], value[1] = torch.from_numpy(stats[key]["q01"]), torch.from_numpy(stats[key]["q99"])
            value[2, 1] = 0.7
        for mode in ("QUANTILES", "QUANTILE10"):
            modes = {kind: NormalizationMode(mode) for kind in (FeatureType.STATE, FeatureType.ACTION)}
            name = f"{mode}/{str(kind).removeprefix('torch.')}"
            for step in (NormalizerProcessorStep, UnnormalizerProcessorStep):
                scale = step(features=features, norm_map=modes, stats=stats, dtype=kind)
                given = create_transition(
                    observation={"observation.state": values["observation.state"].clone()},
                    action=values["action"].clone(),
                )
                done = scale(given)
                way = "scaled" if step is NormalizerProcessorStep else "back"
                state = done[TransitionKey.OBSERVATION]["observation.state"]
                tensors[f"{name}/{way}/observation.state"] = state.contiguous()
                tensors[f"{name}/{way}/action"] = done[TransitionKey.ACTION].contiguous()
            tensors |= {f"{name}/given/{key}": value for key, value in values.items()}
    save_file({k: v.clone() for k, v in tensors.items()}, root / "statistics/scaled.safetensors")


def cases() -> list[Case]:
    return [
        Case(
            name="statistics/episodes",
            files=["statistics/episodes.json"],
            seed=SEED,
            catches="quantiles of sorted values, of other bins, or in another type than NumPy's",
            make=make_episodes,
        ),
        Case(
            name="statistics/aggregated",
            files=["statistics/aggregated.json"],
            seed=SEED,
            catches="quantiles of all frames together, or episodes weighted alike",
            make=make_aggregated,
        ),
        Case(
            name="statistics/dataset",
            files=["statistics/dataset.json"],
            catches="a column computed in another type than torch gives it",
            make=make_dataset,
        ),
        Case(
            name="statistics/scaled",
            files=["statistics/scaled.safetensors"],
            seed=SEED,
            catches="another pair of quantiles, an epsilon where they differ, none where they are equal",
            make=make_scaled,
        ),
    ]
