"""How long saving the full-size ACT holds a training up, and until the checkpoint is there."""

import functools
import json
import re
import shutil
import statistics
import threading
import time
from dataclasses import replace
from pathlib import Path

from . import limits
from .bench import Bench
from .contenders import OURS, Contender
from .jobs import SAVE
from .processes import OUTPUT, Failed

MEBIBYTE = 2**20
STALL, WHOLE = "training held up by a save", "until the checkpoint is there"


def save(bench: Bench) -> None:
    job = replace(SAVE, steps=4) if bench.quick else SAVE
    folder, sizes = OUTPUT / "runs" / "saving", []

    def once(contender: Contender) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        arguments = job.arguments(bench.datasets.path(job.dataset), folder, save_checkpoint="true", save_freq=2)
        stalls, whole = (our_saves if contender.column == OURS else their_saves)(contender, arguments, folder)
        newest = max((folder / "checkpoints").glob("[0-9]*"))
        sizes.append(sum(path.stat().st_size for path in newest.rglob("*") if path.is_file()))
        add = functools.partial(bench.report.add, "save", column=contender.column)
        add(STALL, values=stalls, headline=True)
        add(WHOLE, values=whole)

    try:
        bench.rotate("save", once, most=job.rounds)
        if sizes:
            plain = statistics.median(limits.writing_seconds(OUTPUT, sizes[0]) for _ in range(3))
            bench.report.row("save", WHOLE, limit=plain,
                             limit_is=f"a plain write of {sizes[0] / MEBIBYTE:.0f} MiB, with fsync")  # fmt: skip
        bench.report.note("save", "LeRobot hands a checkpoint to the system and trains on, without fsync.")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def their_saves(contender: Contender, arguments: list[str], _: Path) -> tuple[list[float], list[float]]:
    seconds = contender.ask("save", *arguments).answer
    return seconds, seconds


def our_saves(contender: Contender, arguments: list[str], folder: Path) -> tuple[list[float], list[float]]:
    """The step after a save tells how long it held the loop up; the folder appears when it is whole."""
    trace, watch = folder.with_name("saving.jsonl"), Appearances(folder / "checkpoints")
    contender.run([*arguments, f"--trace={trace}"], on_line=watch.see)
    watch.stop()
    lines = [json.loads(line) for line in trace.read_text().splitlines()]
    trace.unlink()
    stalls = [line["save_s"] for line in lines if "save_s" in line]
    if not stalls or not watch.seconds:
        raise Failed("no save was seen")
    return stalls, watch.seconds


class Appearances:
    """Times from a step's log line until the folder of its checkpoint is there."""

    def __init__(self, checkpoints: Path):
        self.checkpoints, self.seconds, self.waited = checkpoints, [], {}
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def see(self, _: float, line: str) -> None:
        if found := re.search(r"step:(\d+) ", line):
            self.waited[int(found[1])] = time.perf_counter()

    def look(self) -> None:
        while not self.ended.wait(0.002):
            for path in self.checkpoints.glob("[0-9]*") if self.waited else []:
                if path.name.isdigit() and (began := self.waited.pop(int(path.name), None)):
                    self.seconds.append(time.perf_counter() - began)

    def stop(self) -> None:
        self.ended.set()
        self.thread.join()
