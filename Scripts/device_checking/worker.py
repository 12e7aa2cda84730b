"""What needs torch, each task in a process of its own: `worker.py TASK`, a JSON object; answers in one JSON line."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch

from device_checking import dataset, plain


def follow(task: dict) -> dict:
    """Trains from a checkpoint on the CPU, with the batches of a trace and a device's draws."""
    checkpoint, last = plain.Checkpoint(Path(task["first"])), plain.Checkpoint(Path(task["last"]))
    policy = checkpoint.policy("cpu")
    optimizer = checkpoint.optimizer(policy)
    batches, draws = plain.Batches(checkpoint.config), plain.Draws(task["draws"], "cpu")
    checkpoint.restore_generators(task["draws"])
    first = json.loads((checkpoint.folder / "training_state/training_step.json").read_text())["step"]
    steps = []
    for record in trace(task["trace"]):
        if record["step"] > first:
            batch = matching(batches, record, "cpu")
            loss, norm = plain.step(policy, optimizer, batch, draws)
            steps.append({"step": record["step"], "loss": loss, "grad_norm": norm})
    end = last.weights()
    return {
        "steps": steps, "apart": distance(policy.state_dict(), end), "moved": distance(checkpoint.weights(), end),
        "count": sum(parameter.numel() for parameter in policy.parameters()),
    }  # fmt: skip


def compare(task: dict) -> dict:
    """How far apart the weights of two checkpoints are, and of two others."""
    weights = {key: plain.Checkpoint(Path(task[key])).weights() for key in ("one", "other", "from", "to")}
    return {"apart": distance(weights["one"], weights["other"]), "moved": distance(weights["from"], weights["to"])}


def speed(task: dict) -> dict:
    """The loss of a trace's step 2, without TF32; then steps a second with random batches."""
    device, checkpoint = task["device"], plain.Checkpoint(Path(task["checkpoint"]))
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    policy = checkpoint.policy(device)
    checkpoint.restore_generators(device)
    record = next(record for record in trace(task["trace"]) if record["step"] == 2)
    batch = matching(plain.Batches(checkpoint.config), record, device)
    draws = plain.Draws(device)
    with torch.no_grad():
        loss = policy.loss(batch, draws)[0].item()
    count = sum(parameter.numel() for parameter in policy.parameters())
    # As LeRobot sets them.
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    if "dropout" in checkpoint.config:
        policy = with_dropout(checkpoint, 0.1, device)
    rates = {}
    for name, size, half in task["settings"]:
        print("begin", name, flush=True)
        rates[name] = rate(policy, batch, size, half, draws, task["warm_seconds"], task["seconds"])
        print("end", name, flush=True)
        if device != "cpu":
            torch.cuda.empty_cache()
    return {"loss": loss, "count": count, "rates": rates, "torch": torch.__version__}


def with_dropout(checkpoint: plain.Checkpoint, probability: float, device: str):
    checkpoint.config["dropout"] = probability
    return checkpoint.policy(device)


def rate(policy, like: dict, size: int, half: bool, draws, warm_seconds: float, seconds: float) -> float:
    """Steps a second with a new optimizer; every step is waited for, since its loss is read."""
    batch = {key: random_like(value, size) for key, value in like.items()}
    optimizer = policy.optimizer()
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1, (step + 1) / 500))
    began = first = time.perf_counter()
    counted = 0
    while True:
        plain.step(policy, optimizer, batch, draws, half)
        schedule.step()
        now = time.perf_counter()
        if counted:
            counted += 1
        elif now - began >= warm_seconds:
            first, counted = now, 1
        if counted > 2 and now - first >= seconds:
            return (counted - 1) / (now - first)


def random_like(value, size: int):
    shape = (size, *value.shape[1:])
    if value.dtype == torch.bool:
        return torch.zeros(shape, dtype=torch.bool, device=value.device)
    return torch.randn(shape, device=value.device)


def trace(path: str) -> list:
    records = [json.loads(line) for line in Path(path).read_text().splitlines()]
    return [record for record in records if "step" in record]


def matching(batches: plain.Batches, record: dict, device: str) -> dict:
    batch = batches.batch(record["indices"], device)
    if problem := plain.sums_differ(batch, record["batch_sums"]):
        raise SystemExit(f"step {record['step']}: the batch is not the program's: {problem}")
    return batch


def distance(some: dict, others: dict) -> float:
    """The norm of the difference of all weights together."""
    if some.keys() != others.keys():
        raise SystemExit(f"names of weights differ: {sorted(some.keys() ^ others.keys())[:5]}")
    return sum((some[name].double() - others[name].double()).square().sum().item() for name in some) ** 0.5


if __name__ == "__main__":
    wanted = json.loads(sys.argv[1])
    print(json.dumps({"follow": follow, "compare": compare, "speed": speed}[wanted["task"]](wanted)))
