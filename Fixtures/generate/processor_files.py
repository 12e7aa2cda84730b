"""Processor pipelines of the act policy: their files, and what they make of a batch."""

from pathlib import Path

from generate.golden import Case

MODES = ["MEAN_STD", "MIN_MAX", "QUANTILES", "QUANTILE10", "IDENTITY"]
CATCHES = {
    "MEAN_STD": "epsilon in the inverse, or added to the mean's side; a file's key out of order",
    "MIN_MAX": "epsilon added where the range is not zero, or left out where it is",
    "QUANTILES": "another pair of quantiles, or products in another order of rounding",
    "QUANTILE10": "quantiles 1 and 99 instead of 10 and 90",
    "IDENTITY": "values scaled that have no mode",
}


def statistics(generator):
    """Statistics like a dataset's: float64, cameras [C, 1, 1], one degenerate axis."""
    import numpy as np

    result = {}
    for key, shape in [
        ("observation.images.top", (3, 1, 1)),
        ("observation.state", (4,)),
        ("action", (4,)),
        ("index", (1,)),
        ("observation.environment_state", (2,)),
    ]:
        low = generator.normal(size=shape)
        steps = np.cumsum(generator.uniform(0.1, 1, size=(5, *shape)), axis=0)
        stats = {"min": low, "q01": low + steps[0], "q10": low + steps[1], "q90": low + steps[2]}
        stats |= {"q99": low + steps[3], "max": low + steps[4]}
        stats |= {"mean": low + steps[1] / 2, "std": generator.uniform(0.01, 2, size=shape)}
        stats["count"] = np.array([1045])
        if key == "observation.state":
            for name in stats:
                stats[name].reshape(-1)[0] = 0.0 if name == "std" else 0.7
        result[key] = stats
    return result


def make_case(root: Path, mode: str) -> None:
    import numpy as np
    import torch
    from lerobot.configs.types import FeatureType, NormalizationMode, PolicyFeature
    from lerobot.policies.act.configuration_act import ACTConfig
    from lerobot.policies.factory import make_pre_post_processors
    from safetensors.torch import save_file

    folder = root / "checkpoints/processors" / mode.lower()
    folder.mkdir(parents=True)
    generator = np.random.default_rng(5)
    stats = statistics(generator)
    config = ACTConfig(
        device="cpu",
        input_features={
            "observation.images.top": PolicyFeature(FeatureType.VISUAL, (3, 5, 4)),
            "observation.state": PolicyFeature(FeatureType.STATE, (4,)),
            "observation.environment_state": PolicyFeature(FeatureType.ENV, (2,)),
        },
        output_features={"action": PolicyFeature(FeatureType.ACTION, (4,))},
        normalization_mapping={
            name: NormalizationMode(mode) for name in ["VISUAL", "STATE", "ENV", "ACTION"]
        },
    )
    before, after = make_pre_post_processors(config, dataset_stats=stats)
    before.save_pretrained(folder)
    after.save_pretrained(folder)

    pixels = torch.from_numpy(generator.integers(0, 256, size=(2, 3, 5, 4), dtype=np.uint8))
    batch = {
        "timestamp": torch.tensor([0.1, 0.2]),
        "observation.state": torch.from_numpy(generator.normal(size=(2, 4)).astype(np.float32)),
        "observation.images.top": pixels.type(torch.float32) / 255,
        "index": torch.tensor([3, 9]),
        "action_is_pad": torch.tensor([[False, False, True], [False, True, True]]),
        "observation.environment_state": torch.from_numpy(
            generator.normal(size=(2, 2)).astype(np.float32)
        ),
        "action": torch.from_numpy(generator.normal(size=(2, 3, 4)).astype(np.float32)),
    }
    actions = torch.from_numpy(generator.normal(size=(2, 4)).astype(np.float32))
    processed = {k: v.clone() for k, v in before(dict(batch)).items() if isinstance(v, torch.Tensor)}
    flat = {f"{k}.{s}": torch.from_numpy(v.copy()) for k, d in stats.items() for s, v in d.items()}
    save_file(flat, folder / "statistics.safetensors")
    save_file(batch | {"pixels": pixels}, folder / "batch.safetensors")
    save_file(processed, folder / "processed.safetensors")
    save_file({"normalized": actions, "action": after(actions).clone()}, folder / "action.safetensors")


def cases() -> list[Case]:
    return [
        Case(
            name=f"checkpoints/processors_{mode.lower()}",
            files=[f"checkpoints/processors/{mode.lower()}/"],
            seed=5,
            catches=CATCHES[mode],
            make=lambda root, mode=mode: make_case(root, mode),
        )
        for mode in MODES
    ]
