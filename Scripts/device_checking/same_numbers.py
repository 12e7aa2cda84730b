"""Part 1: the device computes what a CPU computes.

Initial weights, batches and crops come from the CPU's generator on every device, so a seed gives the same ones.
Noise, timesteps and ACT's latent come from the device's own generator (Sources/Fast/Layers/RandomSource.swift), as
in LeRobot, so a GPU and a CPU see other numbers from one seed. They are made comparable in two ways:

- A run's checkpoint holds the states of both generators. Plain PyTorch takes them up, draws on the device what the
  program drew there, and computes 20 steps with it on the CPU: other kernels, another implementation, the same
  batches, optimizer and draws. The dataset is one of known numbers, and the trace says which of its frames each
  batch held.
- ACT without its variational encoder draws nothing. The program itself trains it on the device and on the CPU.
"""

from __future__ import annotations

import math

from . import jobs
from .report import Part
from .runs import STRICT, Failed, Programs

SAVED, STEPS = 5, 25  # followed from the first checkpoint on
LOSS, NORM, MOVED = 1e-4, 1e-2, 0.05
TF32, BFLOAT16 = 2e-2, 5e-2


def check(part: Part, programs: Programs, root, attempt) -> None:
    attempt(part, "ACT without variational encoder", lambda: without_draws(part, programs, root))
    for policy in jobs.POLICIES:
        attempt(part, jobs.NAMES[policy], lambda: one(part, programs, policy, root, attempt))
    part.notes.append(
        "The strict runs and plain PyTorch compute in float32 without TF32 (NVIDIA_TF32_OVERRIDE=0: the program has "
        "no option for it). Differences are relative, the worst of all steps.")  # fmt: skip


def one(part: Part, programs: Programs, policy: str, root, attempt) -> None:
    name, device = jobs.NAMES[policy], programs.device
    arguments = [*jobs.compared(policy, device, root), f"--steps={STEPS}"]
    strict = programs.train([*arguments, f"--save_freq={SAVED}"], STRICT)
    losses = strict.losses()
    attempt(part, f"{name} beside plain PyTorch", lambda: beside_plain(part, programs, name, strict))
    roundings = [("TF32", [], TF32)] if device != "cpu" else []
    roundings.append(("bf16", jobs.HALF, BFLOAT16))
    # A CPU without instructions for bf16 takes its time over it.
    steps = STEPS if device != "cpu" else 8
    for rounding, options, bound in roundings:
        other = [*arguments, *options, f"--steps={steps}", "--save_checkpoint=false"]
        attempt(part, f"{name}, {rounding}", lambda: rounded(
            part, f"{name}: losses of {steps} steps with {rounding}, beside strict ones", losses,
            programs.train(other).losses(), bound))  # fmt: skip


def rounded(part: Part, what: str, strict: dict, losses: dict, bound: float) -> None:
    """Losses that another rounding must change, a little."""
    found = worst({step: strict[step] for step in losses}, losses)
    if found == 0:
        raise Failed(f"{what}: they are the same bits, so the rounding is the same too")
    part.bounded(what, found, bound)


def beside_plain(part: Part, programs: Programs, name: str, run) -> None:
    found = programs.work({
        "task": "follow", "first": run.checkpoint(SAVED), "last": run.checkpoint(STEPS), "trace": run.trace_path,
        "draws": programs.device})  # fmt: skip
    ours = {record["step"]: record for record in run.trace()}
    theirs = {record["step"]: record for record in found["steps"]}
    what = f"{name}: {{}} of steps {SAVED + 1} to {STEPS}, {programs.device} beside plain PyTorch on cpu"
    for key, title, bound in (("loss", "losses", LOSS), ("grad_norm", "gradient norms", NORM)):
        pairs = [{step: record[key] for step, record in side.items() if step in theirs} for side in (ours, theirs)]
        part.bounded(what.format(title), worst(*pairs), bound)
    part.bounded(f"{name}: weights after them; difference over distance moved", found["apart"] / found["moved"], MOVED)
    first, last = ours[min(ours)]["loss"], ours[max(ours)]["loss"]
    part.notes.append(f"{name}: the loss went from {first:.4g} to {last:.4g} in {STEPS} steps; "
                      f"{found['count']:,} parameters, all found under LeRobot's names.")  # fmt: skip


def without_draws(part: Part, programs: Programs, root) -> None:
    arguments = [argument for argument in jobs.compared("act", programs.device, root) if "kl_weight" not in argument]
    arguments += ["--policy.use_vae=false", f"--steps={STEPS}", "--save_checkpoint=false"]
    here = programs.train(arguments, STRICT).losses()
    if programs.device == "cpu":
        other, beside = programs.train(arguments, {"LEROBOT_PLAIN_KERNELS": "1"}), "cpu with libtorch's own kernels"
    else:
        other, beside = programs.train(arguments, device="cpu"), "cpu"
    part.bounded(f"ACT without variational encoder: losses of {STEPS} steps, {programs.device} beside {beside}",
                 worst(here, other.losses()), LOSS)  # fmt: skip


def worst(some: dict, others: dict) -> float:
    """The largest relative difference between losses of the same steps."""
    if not some or some.keys() != others.keys():
        raise Failed(f"the steps differ: {sorted(some)} and {sorted(others)}")
    differences = [abs(some[step] - others[step]) / abs(some[step]) for step in some]
    return math.nan if any(math.isnan(value) for value in differences) else max(differences)
