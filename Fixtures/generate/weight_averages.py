"""Moving averages of weights by diffusers' EMAModel, in float64, made as LeRobot's main branch makes it."""

import json
from pathlib import Path

from generate.golden import Case

SEED = 23
STEPS = 12
SHAPES = {"first": [2, 3], "second": [4], "frozen": [2]}
# The fields of LeRobot's EMAConfig that are not its defaults.
CONFIGS = {
    "warm": {},
    "fast_warm": {"inv_gamma": 3.0, "power": 2.0, "max_decay": 0.8},
    "late": {"update_after_step": 4, "power": 1.5},
    "bounded": {"min_decay": 0.45, "max_decay": 0.5},
    "constant": {"decay": 0.99},
    "late_constant": {"decay": 0.6, "update_after_step": 2},
}
DEFAULTS = {"decay": None, "update_after_step": 0, "inv_gamma": 1.0, "power": 0.75, "min_decay": 0.0,
            "max_decay": 0.9999}  # fmt: skip


def run(options: dict) -> dict:
    """Parameters that move at random, one of them without a gradient, and their average after every step."""
    import torch
    from diffusers.training_utils import EMAModel

    config = DEFAULTS | options
    generator = torch.Generator().manual_seed(SEED)

    def draw(shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    parameters = {
        name: torch.nn.Parameter(draw(shape), requires_grad=name != "frozen") for name, shape in SHAPES.items()
    }
    limits = (config["min_decay"], config["max_decay"])
    least, most = limits if config["decay"] is None else (config["decay"], config["decay"])
    average = EMAModel(
        parameters.values(), decay=most, min_decay=least, update_after_step=config["update_after_step"],
        use_ema_warmup=True, inv_gamma=config["inv_gamma"], power=config["power"],
    )  # fmt: skip

    def values(tensors):
        return {name: tensor.detach().flatten().tolist() for name, tensor in zip(SHAPES, tensors)}

    before, steps = values(parameters.values()), []
    for _ in range(STEPS):
        with torch.no_grad():
            for parameter in parameters.values():
                parameter.add_(draw(parameter.shape))
        average.step(parameters.values())
        steps.append({
            "weights": values(parameters.values()), "average": values(average.shadow_params),
            "decay": average.cur_decay_value,
        })  # fmt: skip
    return {"options": config, "before": before, "steps": steps}


def make(root: Path) -> None:
    rows = [json.dumps({"name": name} | run(options)) for name, options in CONFIGS.items()]
    (root / "optim").mkdir(parents=True, exist_ok=True)
    text = f'{{"shapes": {json.dumps(SHAPES)}, "cases": [\n' + ",\n".join(rows) + "\n]}\n"
    (root / "optim/averages.json").write_text(text)


def cases() -> list[Case]:
    return [
        Case(
            name="optim/averages",
            files=["optim/averages.json"],
            seed=SEED,
            tolerance=1e-12,
            catches="a warm-up counted from 0, a decay and its complement exchanged, limits that are not kept,"
            " an average of what is not trained",
            make=make,
        )
    ]
