"""Runs of the training program, and what their log lines say."""

import re
import shutil
import statistics
from dataclasses import dataclass

from .contenders import Contender, thread_settings
from .jobs import Datasets, Job
from .processes import OUTPUT, Run

CACHE = re.compile(r"Frame cache: (\d+) of (\d+) pictures kept in ([\d.]+) ([kMG])B")
STEP = re.compile(r"step:(\d+) .*loss:(\S+) .*updt_s:([\d.]+) data_s:([\d.]+)")


@dataclass
class Step:
    number: int
    at: float  # seconds after launch
    loss: float
    update: float
    data: float


@dataclass
class Training:
    run: Run
    steps: list[Step]
    skipped: int

    @property
    def counted(self) -> list[Step]:
        return [step for step in self.steps if step.number > self.skipped]

    @property
    def frame_cache_bytes(self) -> int:
        """What our program's frame cache still lacked, judged by the pictures that a short run kept."""
        found = next((match for _, line in self.run.lines if (match := CACHE.search(line))), None)
        if not found or int(found[1]) == 0:
            return 0
        kept, pictures = int(found[1]), int(found[2])
        return int(float(found[3]) * {"k": 1e3, "M": 1e6, "G": 1e9}[found[4]] / kept * (pictures - kept))

    @property
    def updates(self) -> list[float]:
        return [step.update for step in self.counted]

    @property
    def waits(self) -> list[float]:
        return [step.data for step in self.counted]

    @property
    def periods(self) -> list[float]:
        """Seconds from one step's end to the next's: what somebody waits for."""
        pairs = zip(self.steps, self.steps[1:], strict=False)
        return [(after.at - before.at) / (after.number - before.number)
                for before, after in pairs if after.number > self.skipped]  # fmt: skip


def train(contender: Contender, job: Job, datasets: Datasets, steps: int | None = None, **options) -> Training:
    """One run in a folder of its own, which is removed."""
    folder = OUTPUT / "runs" / "training"
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    arguments = job.arguments(datasets.path(job.dataset), folder, steps=steps or job.steps)
    arguments += job.own if contender.is_ours else []
    try:
        run = contender.run(arguments, job.runner, **options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found = [(at, match) for at, line in run.lines if (match := STEP.search(line))]
    lines = [Step(int(match[1]), at, *(float(match[k]) for k in (2, 3, 4))) for at, match in found]
    return Training(run, lines, min(job.skipped, len(lines) - 1))


def best_setting(lerobot: Contender, job: Job, datasets: Datasets) -> tuple[dict[str, str], str]:
    """Threads with which LeRobot is more than 3 % faster than at its defaults, and what was tried."""
    trials = {}
    for setting in [{}, *thread_settings()]:
        trial = train(lerobot.tuned(setting), job, datasets, steps=job.skipped + 2)
        trials[" ".join(f"{name}={value}" for name, value in setting.items()) or "defaults"] = (
            statistics.median(trial.updates), setting)  # fmt: skip
    seconds, setting = min(trials.values(), key=lambda trial: trial[0])
    said = ", ".join(f"{name} {trial[0]:.3g} s" for name, trial in trials.items())
    return (setting if seconds < 0.97 * trials["defaults"][0] else {}), f"LeRobot's update in a short trial: {said}"


def loss_difference(ours: Training, theirs: Training) -> float:
    """The largest difference of losses logged for the same step, relative to the larger."""
    losses = {step.number: step.loss for step in theirs.steps}
    pairs = [(step.loss, losses[step.number]) for step in ours.steps if step.number in losses]
    return max((abs(a - b) / max(abs(a), abs(b), 1e-9) for a, b in pairs), default=0.0)
