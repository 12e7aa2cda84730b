"""Steps of every optimizer of LeRobot 0.4.2 on two small parameters, in float64."""

import json
from pathlib import Path

from generate.golden import Case

SEED = 11
STEPS = 6
SHAPES = {"first": [2, 3], "second": [4]}
# Where a parameter has no gradient, torch leaves it and its moments alone.
WITHOUT_GRADIENT = {("second", 0), ("second", 3), ("first", 4)}
# Of the optimizer's learning rate: a schedule moves it between steps.
RATES = [1.0, 1.0, 0.5, 0.75, 0.25, 2.0]


def configs() -> dict:
    from lerobot.optim.optimizers import AdamConfig, AdamWConfig, MultiAdamConfig, SGDConfig

    return {
        "adam": AdamConfig(lr=0.03, betas=(0.8, 0.95), eps=1e-3, grad_clip_norm=1e6),
        "adam_decayed": AdamConfig(lr=0.03, weight_decay=0.3, grad_clip_norm=0.0),
        "adam_clipped": AdamConfig(lr=0.1, betas=(0.0, 0.5), eps=1e-2, grad_clip_norm=0.7),
        "adamw": AdamWConfig(lr=0.03, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.3, grad_clip_norm=0.0),
        "adamw_clipped": AdamWConfig(lr=0.03, weight_decay=0.0, eps=1e-2, grad_clip_norm=0.5),
        "sgd": SGDConfig(lr=0.03, grad_clip_norm=0.0),
        "sgd_momentum": SGDConfig(lr=0.03, momentum=0.9, dampening=0.3, weight_decay=0.2),
        "sgd_nesterov": SGDConfig(lr=0.03, momentum=0.8, nesterov=True, weight_decay=0.2),
        "sgd_clipped": SGDConfig(lr=0.3, momentum=0.5, grad_clip_norm=0.4),
        "multi_adam": MultiAdamConfig(
            lr=0.02,
            weight_decay=0.1,
            grad_clip_norm=0.9,
            optimizer_groups={"second": {"lr": 0.05, "betas": (0.7, 0.8), "eps": 1e-2, "weight_decay": 0.4}},
        ),
    }


def run(config) -> dict:
    """Clips and steps as `update_policy` of LeRobot's training script does."""
    import torch
    from lerobot.optim.optimizers import MultiAdamConfig

    generator = torch.Generator().manual_seed(SEED)

    def draw(shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    parameters = {name: torch.nn.Parameter(draw(shape)) for name, shape in SHAPES.items()}
    before = {name: value.flatten().tolist() for name, value in parameters.items()}
    if isinstance(config, MultiAdamConfig):
        optimizers = list(config.build({name: [value] for name, value in parameters.items()}).values())
    else:
        optimizers = [config.build([{"params": [value]} for value in parameters.values()])]
    groups = [group for optimizer in optimizers for group in optimizer.param_groups]
    rates = [group["lr"] for group in groups]
    limit = config.grad_clip_norm if config.grad_clip_norm > 0 else float("inf")
    steps = []
    for step in range(STEPS):
        gradients = {}
        for name, value in parameters.items():
            gradient = draw(value.shape)
            has_gradient = (name, step) not in WITHOUT_GRADIENT
            value.grad = gradient if has_gradient else None
            gradients[name] = gradient.flatten().tolist() if has_gradient else None
        norm = torch.nn.utils.clip_grad_norm_(parameters.values(), limit)
        for group, rate in zip(groups, rates):
            group["lr"] = rate * RATES[step]
        for optimizer in optimizers:
            optimizer.step()
        after = {name: value.detach().flatten().tolist() for name, value in parameters.items()}
        steps.append({"gradients": gradients, "norm": norm.item(), "after": after})
    return {"rates": rates, "before": before, "steps": steps}


def make(root: Path) -> None:
    rows = []
    for name, config in configs().items():
        options = {"type": config.type} | json.loads(json.dumps(vars(config)))
        rows.append(json.dumps({"name": name, "options": options} | run(config)))
    (root / "optim").mkdir(parents=True, exist_ok=True)
    head = json.dumps({"shapes": SHAPES, "rates": RATES})[1:-1]
    text = f'{{{head}, "cases": [\n' + ",\n".join(rows) + "\n]}\n"
    (root / "optim/steps.json").write_text(text)


def make_bfloat16(root: Path) -> None:
    """AdamW on bfloat16 numbers, by their bits: torch's plain loop, which rounds after every operation."""
    import torch
    from safetensors.torch import save_file

    generator = torch.Generator().manual_seed(SEED)

    def drawn(scale):
        return (torch.randn(1500, generator=generator) * scale).bfloat16()

    weight = torch.nn.Parameter(drawn(0.02))
    optimizer = torch.optim.AdamW([weight], lr=1e-3, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.3)
    tensors = {"before": weight.detach().clone()}
    for step, scale in enumerate([1e-3, 2, 1e-12, 0, 1e-3]):
        weight.grad = tensors[f"gradients/{step}"] = drawn(scale)
        optimizer.step()
    state = optimizer.state[weight]
    tensors |= {"after": weight.detach(), "exp_avg": state["exp_avg"], "exp_avg_sq": state["exp_avg_sq"]}
    (root / "optim").mkdir(parents=True, exist_ok=True)
    save_file(tensors, root / "optim" / "bfloat16.safetensors")


def cases() -> list[Case]:
    return [
        Case(
            name="optim/steps",
            files=["optim/steps.json"],
            seed=SEED,
            tolerance=1e-12,
            catches="decay on the wrong side of a moment, a dampened first gradient, a step counted"
            " where there was no gradient, one group's options used for another",
            make=make,
        ),
        Case(
            name="optim/bfloat16",
            files=["optim/bfloat16.safetensors"],
            seed=SEED,
            catches="a step that rounds once, or a sum that is fused where torch's is not",
            make=make_bfloat16,
        ),
    ]
