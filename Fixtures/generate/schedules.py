"""Learning rates of every schedule of LeRobot 0.4.2, step by step, and their saved states."""

import json
from pathlib import Path

from generate.golden import Case

BASE_RATES = [1e-4, 3.3e-5]
STEPS = 240
# How many training steps more a resumed run is given.
EXTENSION = 130


def configs() -> dict:
    """(type, options, training steps) by name: each schedule, its edges, and runs past its end."""
    from lerobot.optim.schedulers import (
        CosineDecayWithWarmupSchedulerConfig,
        DiffuserSchedulerConfig,
        VQBeTSchedulerConfig,
    )

    diffusers = ["linear", "cosine", "cosine_with_restarts", "polynomial", "constant_with_warmup"]
    found = {}
    for name in diffusers:
        found[name] = (DiffuserSchedulerConfig(name=name, num_warmup_steps=17), 200)
        found[f"{name}_without_warmup"] = (DiffuserSchedulerConfig(name=name, num_warmup_steps=0), 97)
        found[f"{name}_of_warmup"] = (DiffuserSchedulerConfig(name=name, num_warmup_steps=500), 100)
    found["constant"] = (DiffuserSchedulerConfig(name="constant"), 200)
    found["vqbet"] = (VQBeTSchedulerConfig(23, 41), 200)
    found["vqbet_cycles"] = (VQBeTSchedulerConfig(0, 10, 1.25), 150)
    found["cosine_decay"] = (CosineDecayWithWarmupSchedulerConfig(31, 200, 2.5e-5, 2.5e-6), 230)
    found["cosine_decay_scaled"] = (CosineDecayWithWarmupSchedulerConfig(31, 700, 1e-4, 1e-6), 230)
    found["cosine_decay_without_warmup"] = (CosineDecayWithWarmupSchedulerConfig(0, 90, 1e-4, 0.0), 90)
    return found


def extended_rates(config, total: int, optimizer, folder: Path) -> list[float]:
    """The rates of a run that is resumed at step 100 to train for longer, as load_training_state resumes it."""
    import torch
    from lerobot.optim.schedulers import load_scheduler_state

    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": rate} for rate in BASE_RATES]
    resumed = torch.optim.SGD(groups, lr=BASE_RATES[0])
    schedule = config.build(resumed, total)
    resumed.load_state_dict(optimizer.state_dict())
    schedule = load_scheduler_state(schedule, folder)
    rates = []
    for _ in range(60):
        rates.append(resumed.param_groups[0]["lr"])
        resumed.step()
        schedule.step()
    return rates


def make(root: Path) -> None:
    import logging
    from dataclasses import asdict

    import torch
    from lerobot.optim.schedulers import save_scheduler_state

    folder = root / "optim"
    folder.mkdir(parents=True, exist_ok=True)
    notices: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: notices.append(record.getMessage())
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO)
    rows = []
    for name, (config, total) in configs().items():
        notices.clear()
        groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": rate} for rate in BASE_RATES]
        optimizer = torch.optim.SGD(groups, lr=BASE_RATES[0])
        schedule = config.build(optimizer, total)
        rates = []
        for step in range(STEPS):
            rates.append([group["lr"] for group in optimizer.param_groups])
            if step == 100:
                save_scheduler_state(schedule, folder)
                extended = extended_rates(config, total + EXTENSION, optimizer, folder)
            optimizer.step()
            schedule.step()
        rows.append(
            {
                "name": name,
                "type": config.type,
                "options": asdict(config),
                "total_steps": total,
                "notice": notices[0] if notices else None,
                # The second group only here and there: it has the same factor.
                "rates": [first for first, _ in rates],
                "second_rates": [second for _, second in rates[::40]],
                "extended_rates": extended,
                "state_100": (folder / "scheduler_state.json").read_text(),
            }
        )
    logging.getLogger().removeHandler(handler)
    (folder / "scheduler_state.json").unlink()
    content = {"base_rates": BASE_RATES, "schedules": rows}
    lines = ",\n".join(json.dumps(row, separators=(",", ":"), ensure_ascii=False) for row in rows)
    text = f'{{"base_rates": {json.dumps(content["base_rates"])}, "schedules": [\n{lines}\n]}}\n'
    (folder / "schedules.json").write_text(text)


def cases() -> list[Case]:
    return [
        Case(
            name="optim/schedules",
            files=["optim/schedules.json"],
            catches="a schedule one step early, or a factor applied to the rate before and not the base",
            make=make,
        )
    ]
