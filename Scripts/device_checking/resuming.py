"""Part 2: a run resumes as if it had not stopped, from a checkpoint that was written while it trained on."""

from __future__ import annotations

import shutil

from . import jobs
from .report import FAIL, PASS, Part, Row
from .runs import STRICT, Failed, Programs
from .same_numbers import worst

HALF_WAY, STEPS = 5, 10
LOSS, STEP_SHARE = 1e-5, 0.2


def check(part: Part, programs: Programs, root, attempt) -> None:
    for policy in jobs.POLICIES:
        attempt(part, jobs.NAMES[policy], lambda: one(part, programs, policy, root))
    if programs.device == "cpu":
        part.notes.append("On a CPU all of it must be equal, bit by bit.")
    else:
        part.notes.append(
            "On a GPU two runs differ by rounding: cuDNN picks its kernels by trial, and some add up in any order. A "
            "checkpoint into which the next step had written would be apart by about 1 of a step.")  # fmt: skip


def one(part: Part, programs: Programs, policy: str, root) -> None:
    name, is_exact = jobs.NAMES[policy], programs.device == "cpu"
    arguments = jobs.compared(policy, programs.device, root)
    whole = programs.train([*arguments, f"--steps={STEPS}", f"--save_freq={HALF_WAY}"], STRICT)
    stopped = programs.train([*arguments, f"--steps={HALF_WAY}", f"--save_freq={HALF_WAY}"], STRICT)
    again = programs.scratch / f"resumed-{policy}"
    (again / "checkpoints").mkdir(parents=True)
    shutil.copytree(whole.checkpoint(HALF_WAY), again / f"checkpoints/{HALF_WAY:06d}")
    shutil.copy(whole.folder / "metrics.jsonl", again)
    resumed = programs.train([], STRICT, resuming=again)

    expected = {step: loss for step, loss in whole.losses().items() if step > HALF_WAY}
    what = f"{name}: losses of steps {HALF_WAY + 1} to {STEPS}, resumed beside straight"
    part.bounded(what, worst(expected, resumed.losses()), 0 if is_exact else LOSS)
    pairs = {
        f"{name}: weights of the checkpoint written beside steps, and of a run that stopped there": (
            whole.checkpoint(HALF_WAY), stopped.checkpoint(HALF_WAY)),
        f"{name}: weights at the end, resumed beside straight": (whole.checkpoint(STEPS), resumed.checkpoint(STEPS)),
    }  # fmt: skip
    for what, (one, other) in pairs.items():
        if is_exact:
            part.rows.append(equal(what, one, other))
        else:
            found = programs.work({"task": "compare", "one": one, "other": other,
                                   "from": whole.checkpoint(HALF_WAY), "to": whole.checkpoint(STEPS)})  # fmt: skip
            a_step = found["moved"] / (STEPS - HALF_WAY)
            part.bounded(f"{what}; difference over a step", found["apart"] / a_step, STEP_SHARE,
                         said="bitwise equal:" if found["apart"] == 0 else "")  # fmt: skip
    held = [record["save_s"] for record in whole.trace() if "save_s" in record]
    if not held:
        raise Failed("the trace tells of no save between steps")
    part.measured(f"{name}: a save holds training up for", f"{held[0]:.3f} s", save_s=held[0])


def equal(what: str, one, other) -> Row:
    names = ("pretrained_model/model.safetensors", "training_state/optimizer_state.safetensors")
    different = [name for name in names if (one / name).read_bytes() != (other / name).read_bytes()]
    found = "not equal: " + ", ".join(different) if different else "equal"
    return Row(what, found, "equal", FAIL if different else PASS)
