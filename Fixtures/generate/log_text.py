"""Text as Python and LeRobot write it in the log: numbers, metrics, pretty-printed values."""

import json
import random
from pathlib import Path

from generate.golden import Case

SEED = 5
NUMBERS = [0.0, -0.0, 0.5, 1.5, 2.5, 0.125, 0.0005, 0.0015, 999.4, 999.5, 999.9999, 1000.0, -1500.0]
NUMBERS += [1e-5, 9.95e-5, 1.05e-4, 123456.789, 1e15, 2.5e17, 1e18, 1e19, 3.3e25, -7e-12, 1045.0]
WORDS = ["observation.images.top", "it's", 'say "yes"', "both ' and \"", "tab\there", "a\\b", "naïve"]
WORDS += ["日本", "zero\u200bwidth", "nbsp\u00a0", "\U0001f600", "bell\x07", "line\nline\r\nend", ""]
WORDS += ["a sentence that is much longer than one line can be, and is therefore broken at a space " * 2]
WORDS += ["unbroken" * 12, "first line\nsecond line which goes on and on, well beyond the width of eighty\n"]


def text_or_special(number: float):
    return number if number == number and abs(number) != float("inf") else repr(number)


def folder(root: Path) -> Path:
    (root / "logging").mkdir(parents=True, exist_ok=True)
    return root / "logging"


def make_numbers(root: Path) -> None:
    from lerobot.utils.utils import format_big_number

    rows = []
    for number in [*NUMBERS, float("inf"), float("-inf"), float("nan")]:
        rows.append(
            {
                "number": text_or_special(number),
                "big": str(format_big_number(number)),
                "big_2": str(format_big_number(number, precision=2)),
                "fixed_3": f"{number:.3f}",
                "fixed_2": f"{number:.2f}",
                "scientific_1": f"{number:0.1e}",
                "repr": repr(number),
            }
        )
    (folder(root) / "numbers.json").write_text(json.dumps(rows, indent=0) + "\n")


def make_metrics(root: Path) -> None:
    from lerobot.utils.logging_utils import AverageMeter, MetricsTracker

    generator = random.Random(SEED)
    metrics = {
        "loss": AverageMeter("loss", ":.3f"),
        "grad_norm": AverageMeter("grdn", ":.3f"),
        "lr": AverageMeter("lr", ":0.1e"),
        "update_s": AverageMeter("updt_s", ":.3f"),
        "dataloading_s": AverageMeter("data_s", ":.3f"),
    }
    tracker = MetricsTracker(8, 1045, 4, metrics, initial_step=117)
    steps = []
    for step in range(1, 13):
        values = {name: generator.random() * 10 ** generator.randint(-5, 2) for name in metrics}
        for name, value in values.items():
            setattr(tracker, name, value)
        tracker.step()
        row = {"values": values, "line": str(tracker), "averages": tracker.to_dict()}
        row["latest"] = tracker.to_dict(use_avg=False)
        steps.append(row)
        if step % 5 == 0:
            tracker.reset_averages()
    content = {"batch_size": 8, "frames": 1045, "episodes": 4, "initial_step": 117, "steps": steps}
    (folder(root) / "metrics.json").write_text(json.dumps(content, indent=0) + "\n")


def some_value(generator: random.Random, depth: int):
    kind = generator.randrange(9 if depth > 0 else 6)
    if kind == 0:
        return None
    if kind == 1:
        return generator.random() < 0.5
    if kind == 2:
        return generator.randint(-5, 10**6)
    if kind == 3:
        return generator.choice(NUMBERS)
    if kind in (4, 5):
        return generator.choice(WORDS)
    if kind == 6:
        return [some_value(generator, depth - 1) for _ in range(generator.randrange(6))]
    return {
        generator.choice(WORDS) + str(index): some_value(generator, depth - 1)
        for index in range(generator.randrange(8))
    }


def make_pretty(root: Path) -> None:
    """Random values, and the configurations of real runs as the log's first record shows them."""
    from pprint import pformat

    from lerobot.configs.default import DatasetConfig
    from lerobot.configs.types import FeatureType, PolicyFeature
    from lerobot.configs.train import TrainPipelineConfig
    from lerobot.envs.configs import AlohaEnv
    from lerobot.policies.act.configuration_act import ACTConfig
    from lerobot.policies.diffusion.configuration_diffusion import DiffusionConfig

    generator = random.Random(SEED)
    values = [some_value(generator, 4) for _ in range(60)] + WORDS
    rows = [json.dumps({"value": value, "text": pformat(value)}) for value in values]
    (folder(root) / "pretty.jsonl").write_text("\n".join(rows) + "\n")
    rows = []
    for policy, env in [(ACTConfig(device="cpu"), AlohaEnv()), (DiffusionConfig(device="cpu"), None)]:
        policy.input_features = {"observation.state": PolicyFeature(FeatureType.STATE, (14,))}
        policy.output_features = {"action": PolicyFeature(FeatureType.ACTION, (14,))}
        config = TrainPipelineConfig(dataset=DatasetConfig(repo_id="me/data"), policy=policy, env=env)
        config.optimizer = policy.get_optimizer_preset()
        config.scheduler = policy.get_scheduler_preset()
        value = config.to_dict()
        rows.append(json.dumps({"value": value, "text": pformat(value)}))
    (folder(root) / "configurations.jsonl").write_text("\n".join(rows) + "\n")


def cases() -> list[Case]:
    return [
        Case(
            name="logging/numbers",
            files=["logging/numbers.json"],
            catches="999.5 shown as 1000 where LeRobot rounds half to even, or 1e18 without a suffix",
            make=make_numbers,
        ),
        Case(
            name="logging/metrics",
            files=["logging/metrics.json"],
            seed=SEED,
            catches="a mean that goes on over a reset, or counts that start at 0 on resume",
            make=make_metrics,
        ),
        Case(
            name="logging/pretty",
            files=["logging/configurations.jsonl", "logging/pretty.jsonl"],
            seed=SEED,
            catches="a line broken one column late, where the closing brackets no longer fit",
            make=make_pretty,
        ),
    ]
