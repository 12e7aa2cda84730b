"""What every case of Scripts/bench has at hand."""

import functools
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from . import limits
from .contenders import TUNED, Contender, Contenders
from .jobs import Datasets, Job
from .processes import Failed
from .report import Report
from .trainings import Training, best_setting, train


@dataclass
class Bench:
    contenders: Contenders
    datasets: Datasets
    report: Report
    rounds: int
    quick: bool
    deadline: float = math.inf  # of time.monotonic(); after it nothing is measured a second time
    settings: dict[str, dict[str, str]] = field(default_factory=dict)  # LeRobot's best, by job

    def rotate(
        self, case: str, body: Callable[[Contender], None], contenders: list[Contender] | None = None,
        most: int | None = None,
    ) -> None:  # fmt: skip
        """A B A B …; a failure is a line of the report, and who failed is not asked again."""
        failed = set()
        for turn in range(min(self.rounds, most or self.rounds)):
            if turn and time.monotonic() > self.deadline:
                return self.report.note(case, f"Only {turn} round(s): the time was up.")
            for contender in contenders or self.contenders.everyone:
                if contender.column in failed:
                    continue
                self.say(f"{case}: round {turn + 1}, {contender.column}")
                with self.attempt(case, contender.column) as attempt:
                    body(contender)
                if attempt.failed:
                    failed.add(contender.column)

    def attempt(self, case: str, what: str) -> "Attempt":
        return Attempt(self.report, case, what)

    def say(self, text: str) -> None:
        print(f"bench: {text}", file=sys.stderr, flush=True)

    def shortened(self, job: Job) -> Job:
        return replace(job, steps=job.skipped + 2, batch=min(job.batch, 2)) if self.quick else job

    def train(self, contender: Contender, job: Job, **options) -> Training:
        return train(contender, job, self.datasets, **options)

    @functools.cached_property
    def product_rates(self) -> dict[str, float]:
        """GFLOP/s of float32 products, by library; measured once."""
        return limits.products(self.contenders.pythons)

    def able(self, name: str, job: Job) -> "Bench":
        """This without the Pythons that lack what a job needs; a note says so."""
        missing = [one for one in self.contenders.pythons if job.needs and not one.has(job.needs)]
        if not missing:
            return self
        self.report.note(name, f"Without {job.needs}, not measured: {', '.join(one.column for one in missing)}.")
        found = self.contenders
        return replace(self, contenders=replace(
            found, lerobot=None if found.lerobot in missing else found.lerobot,
            newer=None if found.newer in missing else found.newer))  # fmt: skip

    def trainers(self, name: str, job: Job) -> list[Contender]:
        """Everyone for this job: LeRobot at its defaults, and at its best setting where that is another."""
        found, lerobot = self.contenders, self.contenders.lerobot
        if not lerobot:
            return found.everyone
        kept_as = job.tuned_as or name
        if kept_as not in self.settings:
            self.say(f"{name}: LeRobot's best setting")
            self.settings[kept_as], trials = best_setting(lerobot, job, self.datasets)
            self.report.note(name, trials)
        setting = self.settings[kept_as]
        if not setting:
            return found.everyone
        tuned = [one.tuned(setting) for one in found.pythons]
        said = " ".join("=".join(pair) for pair in setting.items())
        self.report.note(name, f"{TUNED}: {said}; on the newer torch too.")
        return [found.ours, lerobot, *tuned]


class Attempt:
    """A part of a case that may fail without the others."""

    def __init__(self, report: Report, case: str, what: str):
        self.report, self.case, self.what, self.failed = report, case, what, False

    def __enter__(self) -> "Attempt":
        return self

    def __exit__(self, kind, error, _) -> bool:
        self.failed = isinstance(error, (Failed, OSError, ValueError, LookupError, ArithmeticError))
        if self.failed:
            self.report.fail(self.case, f"{self.what}: {kind.__name__ + ': ' if kind is not Failed else ''}{error}")
        return self.failed
