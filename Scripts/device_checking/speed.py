"""Parts 3 and 4: steps a second, memory and how busy the device is; the same of plain PyTorch."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass

from . import jobs
from .report import Failure, Part
from .runs import STRICT, Failed, Programs
from .watch import MEBIBYTE, Nothing, Watch, source

WARM_SECONDS, SECONDS = 1.5, 4.0
LEAST_LINES = 3
RATIO = 0.9
LOSS = 1e-4


@dataclass(frozen=True)
class Setting:
    policy: str
    batch: int
    half: bool

    def __str__(self) -> str:
        return f"{jobs.NAMES[self.policy]}, batch {self.batch}, {'bf16' if self.half else 'float32'}"


def settings(device: str, policy: str) -> list:
    """The most telling first, for the time may end."""
    if device == "cpu":
        return [Setting(policy, 8, False)]
    return [Setting(policy, *pair) for pair in ((64, False), (8, False), (64, True), (8, True))]


class Speeds:
    """Steps a second of ours, by setting, for the part after this one."""

    def __init__(self, programs: Programs, dataset, known):
        self.programs, self.dataset, self.known = programs, dataset, known
        self.watched = None
        self.ours: dict = {}
        self.cached = programs.device == "cpu"  # decoding does not hold a CPU's training up

    def watch(self, part: Part) -> Watch:
        """A watch; where the GPU cannot be watched, that is a failure, and speeds are measured all the same."""
        if self.watched is None:
            try:
                self.watched = source(self.programs.device)
            except Failed as error:
                part.failures.append(Failure("Watching the GPU", str(error), []))
                self.watched = Nothing()
        return Watch(self.watched)

    # --- part 3 ----------------------------------------------------------------------------------

    def check(self, part: Part, attempt) -> None:
        for policy in jobs.POLICIES:
            for setting in settings(self.programs.device, policy):
                attempt(part, str(setting), lambda: self.measure(part, setting))
        kind = "Smaller models" if self.programs.device == "cpu" else "LeRobot's default sizes"
        part.notes.append(
            f"{kind} on {self.dataset.name}, frames kept on disk once decoded; float32 is with TF32 on a GPU. "
            f"Averages over {SECONDS:.0f} s after warming up. Memory is the most that was in use at once"
            + ("." if self.programs.device == "cpu" else " on the GPU, beyond what others use, CUDA's own part included.")
        )

    def measure(self, part: Part, setting: Setting) -> None:
        on_cpu = self.programs.device == "cpu"
        every = 1 if on_cpu else 10 if setting.batch < 64 else 4
        arguments = [*jobs.TYPES[setting.policy], *jobs.FULL[jobs.kind(self.programs.device)][setting.policy],
                     *jobs.data(self.dataset, setting.batch, 2 if on_cpu else 8), *(jobs.HALF if setting.half else []),
                     "--dataset.frame_cache=disk", "--steps=1000000", "--save_checkpoint=false"]  # fmt: skip

        with self.watch(part) as watch:
            run = self.programs.train(arguments, trace=False, log_every=every, seconds=60, enough=self.is_enough)
        counted = self.counted(run.lines)
        if len(counted) < LEAST_LINES:
            raise Failed(f"{len(counted)} lines of the log tell of steps after warming up")
        begin, end = counted[0].at, counted[-1].at
        rate = every * (len(counted) - 1) / (end - begin)
        waited, updated = (sum(getattr(line, name) for line in counted[1:]) for name in ("data", "update"))
        waits = waited / (waited + updated)
        busy, memory = watch.busy(begin, end), watch.peak()
        self.cached = True
        self.ours[setting] = rate
        texts = [f"{rate:.3g} steps/s", f"{rate * setting.batch:.3g} samples/s", f"{memory / MEBIBYTE:.0f} MiB",
                 f"waits for data {waits:.0%}"]  # fmt: skip
        if busy is not None:
            texts.append(f"GPU busy {busy:.0%}")
        part.measured(str(setting), ", ".join(texts), steps_per_second=rate, peak_bytes=memory, waits=waits, busy=busy)

    def counted(self, lines: list) -> list:
        """Those after warming up: until then kernels are tried out, and frames that nobody has read are decoded."""
        if not lines:
            return []
        first = lines[0].at + WARM_SECONDS
        return [line for line in lines if line.at >= first and (self.cached or line.epoch >= 1.1)]

    def is_enough(self, lines: list) -> bool:
        counted = self.counted(lines)
        return len(counted) > LEAST_LINES and counted[-1].at - counted[0].at >= SECONDS

    # --- part 4 ----------------------------------------------------------------------------------

    def beside_plain(self, part: Part, attempt) -> None:
        for policy in jobs.POLICIES:
            attempt(part, jobs.NAMES[policy], lambda: self.one(part, policy))
        part.notes.append(
            "Plain PyTorch takes its optimizer, clipping, TF32 and cudnn.benchmark from LeRobot, which asks for no "
            "fused optimizer, and reads loss and norm after each step as LeRobot does. Its batches are random and "
            "already on the device: it loads no data.")  # fmt: skip

    def one(self, part: Part, policy: str) -> None:
        """First that both compute the same, at the sizes that are measured; then how fast."""
        programs = self.programs
        arguments = [*jobs.TYPES[policy], *jobs.FULL[jobs.kind(programs.device)][policy], *jobs.COMPARED[policy],
                     *jobs.data(self.known, 8, 2), "--steps=2", "--save_freq=1"]  # fmt: skip
        run = programs.train(arguments, STRICT, seconds=90)
        begun: dict = {}
        wanted = settings(programs.device, policy)

        def see(text: str) -> bool:
            word, _, name = text.partition(" ")
            if word in ("begin", "end"):
                begun.setdefault(name, {})[word] = time.monotonic()
            return False

        task = {"task": "speed", "checkpoint": run.checkpoint(1), "trace": run.trace_path, "device": programs.device,
                "warm_seconds": WARM_SECONDS, "seconds": SECONDS,
                "settings": [[str(setting), setting.batch, setting.half] for setting in wanted]}  # fmt: skip
        with self.watch(part) as watch:
            found = programs.work(task, seconds=120, see=see)
        ours = run.losses()[2]
        part.bounded(f"{jobs.NAMES[policy]}: loss of one batch, the program beside plain PyTorch, both on "
                     f"{programs.device}", abs(found["loss"] - ours) / abs(ours), LOSS)  # fmt: skip
        part.notes.append(f"{jobs.NAMES[policy]}: {found['count']:,} parameters under the same names; torch "
                          f"{found['torch']}.")  # fmt: skip
        for setting in wanted:
            self.compare(part, setting, found["rates"], watch, begun)
        shutil.rmtree(run.folder)

    def compare(self, part: Part, setting: Setting, rates: dict, watch: Watch, begun: dict) -> None:
        if str(setting) not in rates:
            raise Failed(f"{setting}: plain PyTorch gave no number")
        theirs, moments = rates[str(setting)], begun[str(setting)]
        memory = watch.peak(moments["begin"], moments["end"]) / MEBIBYTE
        text = f"plain {theirs:.3g} steps/s, {memory:.0f} MiB"
        ours = self.ours.get(setting)
        if ours is None:
            part.measured(str(setting), text, plain=theirs)
            part.left_out.append(f"{setting}: the program's speed was not measured")
            return
        part.measured(str(setting), f"{text}, ours {ours:.3g} steps/s", plain=theirs, ours=ours)
        if self.programs.device == "cpu":
            # Other work may share the cores, so the ratio is told and not judged.
            part.measured(f"{setting}: ours over plain", f"{ours / theirs:.2f}", ratio=ours / theirs)
        else:
            part.at_least(f"{setting}: ours over plain", ours / theirs, RATIO)
