"""The cases of Scripts/bench: each measures one thing, contender after contender, round after round."""

import functools
import os
import shutil
import statistics
import sys

from . import limits
from .bench import Bench
from .contenders import LEROBOT, OURS, TUNED, Contender
from .cuda import cuda
from .loading import data
from .jobs import EVALUATED, JOBS, START, Job, make_model
from .processes import OUTPUT, ROOT, run
from .saving import save
from .trainings import Training, loss_difference

MEBIBYTE = 2**20


def help_text(bench: Bench) -> None:
    add = functools.partial(bench.report.add, "help", "launch to exit")
    bench.rotate("help", lambda one: add(one.column, one.run(["--help"]).seconds), most=5)
    bench.report.row("help", "launch to exit", headline=True, limit=limits.nothing_seconds(),
                     limit_is="launching a program that does nothing")  # fmt: skip


def start(bench: Bench) -> None:
    name = "launch to end of first step"

    def once(contender: Contender) -> None:
        training = bench.train(contender, START)
        first = training.steps[0]
        add = functools.partial(bench.report.add, "start", column=contender.column)
        add(name, values=first.at, headline=True)
        add("of that, the first update", values=first.update)

    for contender in bench.contenders.everyone:
        with bench.attempt("start", f"{contender.column}, warming the file cache"):
            bench.train(contender, START)
    bench.rotate("start", once)
    update = bench.report.row("start", "of that, the first update").median(OURS)
    with bench.attempt("start", "limit"):
        mapped = statistics.median(limits.mapping_seconds() for _ in range(3))
        bench.report.row("start", name, limit=mapped + (update or 0),
                         limit_is=f"opening libtorch_cpu in a bare process ({mapped:.3f} s) and our first update")


def training(bench: Bench, name: str) -> None:
    """Step, update, wait for data, arithmetic and memory of one of the JOBS."""
    job = bench.shortened(JOBS[name])
    bench = bench.able(name, job)
    make_model(job)
    last: dict[str, Training] = {}

    def once(contender: Contender) -> None:
        done = last[contender.column] = bench.train(contender, job, memory=True)
        add = functools.partial(bench.report.add, name, column=contender.column)
        add("update", values=done.updates, headline=True)
        add("step, from log line to log line", values=done.periods)
        add("waiting for data", values=done.waits)
        add("peak memory, all processes", values=done.run.peak / MEBIBYTE, unit="MiB", headline=True)
        full = done.run.peak + done.frame_cache_bytes
        add("peak memory, with our frame cache full", values=full / MEBIBYTE, unit="MiB", headline=True)
        add("peak memory, main process", values=done.run.own_peak / MEBIBYTE, unit="MiB")

    with bench.attempt(name, "LeRobot's best setting"):
        contenders = bench.trainers(name, job)
        bench.rotate(name, once, contenders, job.rounds)
    if OURS in last and LEROBOT in last:
        apart = loss_difference(last[OURS], last[LEROBOT])
        bench.report.note(name, f"The losses they logged differ by {apart:.1e} at most, relatively.")
    # The limit is one of float32; a language model computes in bfloat16.
    if not job.needs:
        with bench.attempt(name, "arithmetic"):
            arithmetic(bench, name, job)


def arithmetic(bench: Bench, name: str, job: Job) -> None:
    """GFLOP/s of the update, beside the best product of matrices."""
    if not bench.contenders.lerobot:
        return bench.report.note(name, "Without LeRobot nobody counts the multiplications of an update.")
    folder = OUTPUT / "runs" / "counting"
    arguments = job.arguments(bench.datasets.path(job.dataset), folder, num_workers=0)
    count = bench.contenders.lerobot.ask("flops", job.skipped, *arguments).answer["flops"]
    shutil.rmtree(folder, ignore_errors=True)
    library, rate = max(bench.product_rates.items(), key=lambda pair: pair[1])
    for column, values in list(bench.report.row(name, "update").samples.items()):
        bench.report.add(name, "arithmetic of the update", column, [count / 1e9 / value for value in values],
                         unit="GFLOP/s", more_is_better=True, headline=True, limit=rate,
                         limit_is=f"the best product of float32 matrices, {library}")  # fmt: skip
    bench.report.note(name, f"One update: {count / 1e9:.1f} GFLOP in products and convolutions (FlopCounterMode).")
    rates = ", ".join(f"{which} {rate:.0f}" for which, rate in bench.product_rates.items())
    bench.report.note(name, f"Products of float32 matrices, GFLOP/s: {rates}.")


def evaluation(bench: Bench) -> None:
    """Scripts/compare_evaluation on one checkpoint of ours."""
    folder = OUTPUT / "runs" / "evaluated"
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    episodes = 1 if bench.quick else 5
    root = bench.datasets.path(EVALUATED.dataset)
    bench.contenders.ours.run(EVALUATED.arguments(root, folder, save_checkpoint="true"))
    python = bench.contenders.lerobot.program if bench.contenders.lerobot else sys.executable
    command = [python, ROOT / "Scripts/compare_evaluation", folder / "checkpoints/last",
               f"--ours={bench.contenders.ours.program}", f"--episodes={episodes}", f"--batch={episodes}",
               "--json", *([] if bench.contenders.lerobot else ["--alone"])]  # fmt: skip

    def once(_: Contender) -> None:
        for name, seconds in run(command).answer.items():
            column = OURS if name == "ours" else LEROBOT if name == "LeRobot, as it ships" else TUNED
            bench.report.add("evaluation", f"{episodes} episodes of at most 300 steps, side by side", column,
                             seconds, headline=True)  # fmt: skip

    bench.rotate("evaluation", once, [bench.contenders.ours], most=2)
    bench.report.note("evaluation", f"{TUNED}: one thread.")
    shutil.rmtree(folder, ignore_errors=True)


def simulation(bench: Bench) -> None:
    """PushT beside gym_pusht and ALOHA beside gym_aloha, by processor time."""
    ours = bench.contenders.program("bench-environment")

    def once(contender: Contender) -> None:
        for mode, theirs in {"pusht": "simulation", "aloha": "aloha"}.items():
            mine = contender.column == OURS
            found = run([ours, mode]).answer if mine else contender.ask(theirs).answer
            for name, seconds in sorted(found.items()):
                bench.report.add("simulation", name, contender.column, 1 / seconds, unit="/s", more_is_better=True)

    everyone = [one for one in (bench.contenders.ours, bench.contenders.lerobot) if one]
    bench.rotate("simulation", once, everyone, most=2)


def planning(bench: Bench) -> None:
    """Actions of a TD-MPC of default size, each with a plan of its own."""
    ours, least = bench.contenders.program("bench-planning"), 0.1 if bench.quick else 8

    def once(contender: Contender) -> None:
        mine = contender.column == OURS
        found = run([ours, least]).answer if mine else contender.ask("planning", least).answer
        for name, seconds in sorted(found.items()):
            bench.report.add("planning", f"plans, {name}", contender.column, 1 / seconds, unit="/s",
                             more_is_better=True, headline=True)  # fmt: skip

    bench.rotate("planning", once)


CASES = {
    "help": ("--help", help_text),
    "start": (START.title, start),
    "data": ("Loading shuffled batches of 8 pictures of 480x640, without training", data),
    "save": ("A save while full-size ACT trains", save),
    "diffusion": (JOBS["diffusion"].title, functools.partial(training, name="diffusion")),
    "vqbet": (JOBS["vqbet"].title, functools.partial(training, name="vqbet")),
    "quantizer": (JOBS["quantizer"].title, functools.partial(training, name="quantizer")),
    "tdmpc": (JOBS["tdmpc"].title, functools.partial(training, name="tdmpc")),
    "smolvla": (JOBS["smolvla"].title, functools.partial(training, name="smolvla")),
    "smolvla_all": (JOBS["smolvla_all"].title, functools.partial(training, name="smolvla_all")),
    "pi0": (JOBS["pi0"].title, functools.partial(training, name="pi0")),
    "pi05": (JOBS["pi05"].title, functools.partial(training, name="pi05")),
    "act": (JOBS["act"].title, functools.partial(training, name="act")),
    "small": (JOBS["small"].title, functools.partial(training, name="small")),
    "evaluation": (EVALUATED.title, evaluation),
    "planning": ("Actions of a TD-MPC, default, 96x96, each with a plan of its own", planning),
    "simulation": ("Simulation, by processor time", simulation),
    "act2": (JOBS["act2"].title, functools.partial(training, name="act2")),
    "cuda": ("On a GPU", cuda),
}
