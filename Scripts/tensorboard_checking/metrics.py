"""What metrics.jsonl says that TensorBoard must show."""

from __future__ import annotations

import json
from pathlib import Path

import numpy

# (tag, step) to the bits of a float32, so that NaN equals itself.
Points = dict[tuple[str, int], int]
NO_VALUES = {"steps", "time", "memory", "learning_rates", "last_batch", "videos"}


def bits(number: float) -> int:
    with numpy.errstate(over="ignore"):
        return int(numpy.float32(number).view(numpy.uint32))


def lines(run: Path) -> list[dict]:
    """The whole lines of metrics.jsonl; the last one may be half written."""
    path = run / "metrics.jsonl"
    text = path.read_text() if path.exists() else ""
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


def groups(run: Path) -> list[str]:
    return json.loads((run / "run.json").read_text())["parameter_groups"]


def numbers(line: dict, group_names: list[str]) -> dict[str, float]:
    section = "eval" if "eval_s" in line else "train"
    values = {f"{section}/{name}": value for name, value in line.items() if name not in NO_VALUES}
    if section == "train":
        values |= {f"train/lr/{name}": rate for name, rate in zip(group_names, line.get("learning_rates", []))}
        seconds = line["update_s"] + line["dataloading_s"]
        if seconds > 0:
            values["train/samples_per_s"] = line["samples"] / line["steps"] / seconds
        if "memory" in line:
            values["train/memory_mib"] = line["memory"] / 2**20
    return values


def points(run: Path) -> Points:
    names = groups(run)
    return {
        (tag, line["steps"]): bits(number) for line in lines(run) for tag, number in numbers(line, names).items()
    }


def differences(found: list[tuple[str, int, float]], expected: Points) -> list[str]:
    """What is missing, extra, doubled or different."""
    seen: Points = {}
    wrong = []
    for tag, step, number in found:
        if (tag, step) in seen:
            wrong.append(f"{tag} of step {step} is there twice")
        seen[tag, step] = bits(number)
    wrong += [f"{tag} of step {step} is missing" for tag, step in expected.keys() - seen.keys()]
    wrong += [f"{tag} of step {step} is in no line" for tag, step in seen.keys() - expected.keys()]
    wrong += [f"{tag} of step {step} has another value" for tag, step in seen.keys() & expected.keys()
              if seen[tag, step] != expected[tag, step]]  # fmt: skip
    return wrong
