"""Batches a second of the loaders alone, from every kind of file and with several numbers of workers."""

import json
import os
from pathlib import Path

from . import limits
from .bench import Bench
from .contenders import OURS, Contender
from .processes import Failed, run

BATCH = 8
# The dataset of jobs.py, what its pictures are, and with how many workers they are loaded. Many first: what
# LeRobot's process has decoded itself is open in the workers it forks later.
KINDS = {"camera": ("AV1", (4, 2, 1, 0)), "h264": ("H.264", (4, 2, 0)), "images": ("PNG in Parquet", (4, 2, 0))}
HEADLINES = {"AV1, 1 worker", "AV1, 1 worker, cached", "H.264, 2 workers", "PNG in Parquet, 2 workers"}
RATE = {"unit": "batches/s", "more_is_better": True}


def title(kind: str, workers: int) -> str:
    return f"{kind}, {workers} worker{'' if workers == 1 else 's'}"


def data(bench: Bench) -> None:
    roots: dict[str, Path] = {}
    for dataset in KINDS:
        with bench.attempt("data", f"the dataset {dataset}"):
            roots[dataset] = bench.datasets.path(dataset)
    combinations = sorted(
        ((count, root, title(KINDS[dataset][0], count)) for dataset, root in roots.items()
         for count in KINDS[dataset][1]), key=lambda combination: -combination[0])  # fmt: skip
    for *_, name in sorted(combinations, key=lambda combination: combination[2]):
        bench.report.row("data", name, headline=name in HEADLINES, **RATE)

    def once(contender: Contender) -> None:
        rates = our_rates if contender.column == OURS else their_rates
        for name, rate in rates(bench, contender, combinations).items():
            bench.report.add("data", name, contender.column, rate, headline=name in HEADLINES, **RATE)

    bench.rotate("data", once, most=2)
    with bench.attempt("data", "the decoders alone"):
        decoders_alone(bench, roots)


def their_rates(bench: Bench, contender: Contender, combinations: list) -> dict[str, float]:
    wanted = {f"{workers}:{root}": name for workers, root, name in combinations}
    rates = contender.ask("load", 0.5 if bench.quick else 3, BATCH, *wanted).answer
    found = {wanted[text]: rate for text, rate in rates.items()}
    if (rate := found.get("AV1, 1 worker")) is not None:
        found["AV1, 1 worker, cached"] = rate  # LeRobot has no cache; this is its rate without.
    return found


def our_rates(bench: Bench, contender: Contender, combinations: list) -> dict[str, float]:
    program, found = bench.contenders.program("bench-data"), {}
    for workers, root, name in combinations:
        words = [program, root, f"--workers={workers}", f"--batch_size={BATCH}"]
        answer = run([*words, f"--batches={10 if bench.quick else 100}"]).answer
        found[name] = answer["batches_a_second"]
        if workers != 1:
            continue
        if (decoding := answer.get("decode_seconds")) is not None:
            share = 100 * decoding / answer["processor_seconds"]
            bench.report.add("data", "decoder's share of the processor time, AV1", contender.column, share,
                             unit="%", more_is_better=True, headline=True)  # fmt: skip
        try:
            answer = run([*words, f"--batches={100 if bench.quick else 1000}", "--cache=ram"]).answer
            found[f"{name}, cached"] = answer["batches_a_second"]
        except Failed as error:
            bench.report.note("data", f"No cache was measured: {error}.")
    return found


def decoders_alone(bench: Bench, roots: dict[str, Path]) -> None:
    """What the decoder would do with the same frames, on as many cores as there are workers."""
    for dataset, root in roots.items():
        kind, counts = KINDS[dataset]
        if not (video := next((root / "videos").rglob("*.mp4"), None)):
            continue
        frames = json.loads((root / "meta/info.json").read_text())["total_frames"]
        seconds = limits.decoding_seconds(video, frames)
        for workers in counts:
            cores = min(max(workers, 1), os.cpu_count() or 1)
            said = f"the decoder alone, {seconds * 1000:.2f} ms a frame in one thread, on {cores} core(s)"
            bench.report.row("data", title(kind, workers), limit=cores / (BATCH * seconds), limit_is=said)
