"""The noise schedules and step coefficients of diffusers, in float32, as a Diffusion Policy uses them."""

import json
from pathlib import Path

from generate.golden import Case

SHAPES = ["linear", "scaled_linear", "squaredcos_cap_v2", "sigmoid"]
RANGES = [(1e-4, 0.02), (0.003, 0.4)]
STEPS = {1: [1], 7: [7, 3, 1], 100: [100, 30, 10, 1]}


def ddpm_weights(scheduler) -> dict:
    """Weights of x̂₀, x_t and the noise in each step, read off by steps from unit vectors."""
    import torch
    from diffusers.schedulers import scheduling_ddpm

    def stepped(clean: float, sample: float, noise: float) -> list[float]:
        original = scheduling_ddpm.randn_tensor
        scheduling_ddpm.randn_tensor = lambda shape, **_: torch.full(tuple(shape), noise)
        try:
            return [
                scheduler.step(torch.tensor([[clean]]), t, torch.tensor([[sample]])).prev_sample.item()
                for t in scheduler.timesteps
            ]
        finally:
            scheduling_ddpm.randn_tensor = original

    return {
        "clean": stepped(1.0, 0.0, 0.0), "sample": stepped(0.0, 1.0, 0.0),
        "noise": stepped(0.0, 0.0, 1.0),
    }


def ddim_weights(scheduler) -> dict:
    """x_s for (x_t, ε̂) = (1, 0) and (0, 1)."""
    import torch

    def stepped(sample: float, noise: float) -> list[float]:
        return [
            scheduler.step(torch.tensor([[noise]]), t, torch.tensor([[sample]])).prev_sample.item()
            for t in scheduler.timesteps
        ]

    return {"sample": stepped(1.0, 0.0), "noise": stepped(0.0, 1.0)}


def rows():
    from diffusers.schedulers.scheduling_ddim import DDIMScheduler
    from diffusers.schedulers.scheduling_ddpm import DDPMScheduler

    for shape in SHAPES:
        for start, end in RANGES[: 1 if shape == "squaredcos_cap_v2" else 2]:
            for count in STEPS if start == 1e-4 else [7]:
                options = {
                    "num_train_timesteps": count, "beta_start": start, "beta_end": end,
                    "beta_schedule": shape, "clip_sample": False,
                }
                ddpm = DDPMScheduler(**options, prediction_type="sample")
                row = {
                    "schedule": shape, "count": count, "start": start, "end": end,
                    "betas": ddpm.betas.tolist(), "cumulative": ddpm.alphas_cumprod.tolist(),
                    "steps": [],
                }
                for steps in STEPS[count]:
                    ddpm.set_timesteps(steps)
                    found = {"timesteps": ddpm.timesteps.tolist(), "ddpm": ddpm_weights(ddpm)}
                    if shape != "sigmoid":
                        ddim = DDIMScheduler(**options)
                        ddim.set_timesteps(steps)
                        assert ddim.timesteps.tolist() == found["timesteps"]
                        found["ddim"] = ddim_weights(ddim)
                    row["steps"].append(found)
                yield row


def make(root: Path) -> None:
    folder = root / "policies"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row, separators=(",", ":")) for row in rows()]
    (folder / "noise_schedules.jsonl").write_text("\n".join(lines) + "\n")


def cases() -> list[Case]:
    return [
        Case(
            name="policies/noise_schedules",
            files=["policies/noise_schedules.jsonl"],
            catches="noise counted in float64, one step late, or spaced from the other end",
            make=make,
            # The last bit of a sigmoid depends on the processor's vectors.
            tolerance=2e-7,
        )
    ]
