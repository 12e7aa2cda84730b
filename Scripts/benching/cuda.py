"""Trainings on a GPU, where there is one: TF32 and bf16; LeRobot as it ships and compiled."""

import functools
import shutil
from dataclasses import replace

from .bench import Bench
from .contenders import LEROBOT, OURS, TUNED, Contender
from .jobs import Job, cuda_jobs
from .processes import Failed, run

# What accelerate reads: LeRobot 0.4.2 has no option of its own for either.
BFLOAT16 = {"ACCELERATE_MIXED_PRECISION": "bf16"}
COMPILED = {"ACCELERATE_DYNAMO_BACKEND": "inductor"}


def has_device() -> bool:
    return shutil.which("nvidia-smi") is not None and "GPU" in run(["nvidia-smi", "-L"]).output


def cuda(bench: Bench) -> None:
    if not has_device():
        return bench.report.note("cuda", "There is no GPU here.")
    rates = bench.contenders.lerobot.ask("gemm", "cuda").answer if bench.contenders.lerobot else {}
    for name, job in cuda_jobs().items():
        for precision in ("TF32", "bf16"):
            with bench.attempt("cuda", f"{name}, {precision}"):
                measure(bench, f"{name}, {precision}", job, precision == "bf16")
    if rates:
        said = ", ".join(f"{name} {rate / 1000:.0f}" for name, rate in rates.items())
        bench.report.note("cuda", f"Products of matrices, TFLOP/s: {said}.")
    bench.report.note("cuda", f"{TUNED}: compiled by inductor; on the newer torch too.")


def contenders(bench: Bench, half: bool) -> list[Contender]:
    """Ours; LeRobot eager and compiled; the newer torch compiled."""
    setting, found = BFLOAT16 if half else {}, [bench.contenders.ours]
    if lerobot := bench.contenders.lerobot:
        found += [replace(lerobot, setting=setting), lerobot.tuned(setting | COMPILED)]
    if newer := bench.contenders.newer:
        found.append(newer.tuned(setting | COMPILED))
    return found


def measure(bench: Bench, name: str, job: Job, half: bool) -> None:
    def once(contender: Contender) -> None:
        changed = replace(job, others=["--policy.use_amp=true"]) if half and contender.column == OURS else job
        done = bench.train(contender, changed)
        if not done.periods:
            raise Failed("too few log lines")
        add = functools.partial(bench.report.add, "cuda", column=contender.column)
        add(f"steps a second, {name}", values=[1 / period for period in done.periods], unit="/s",
            more_is_better=True, headline=contender.column in (OURS, LEROBOT))  # fmt: skip
        add(f"update, {name}", values=done.updates)

    bench.rotate("cuda", once, contenders(bench, half), most=1)
