"""Runs of the real LeRobot, each in a fork of this process, which has imported it."""

import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

SECONDS = 120


def run(arguments: list[str], tolerance: float | None = None, widen: bool = False, seconds: int = SECONDS) -> dict:
    """Trains with these arguments, and with LeRobot changed as `Variant` says.

    Returns {"is": "trains", "losses", "indices", "tasks"}, or {"is": "fails", "error": the last
    error's type and last line, "first": the one it came from, "steps": steps done before}.
    """
    # Imported here and not in the fork: it takes longer than a run.
    import lerobot.scripts.lerobot_train  # noqa: F401

    work = Path(tempfile.mkdtemp())
    answer = work / "answer.json"
    child = os.fork()
    if child == 0:
        _child(arguments, tolerance, widen, work, answer, seconds)
    _, status = os.waitpid(child, 0)
    try:
        if answer.exists():
            return json.loads(answer.read_text())
        reason = "does not end" if status == signal.SIGALRM else f"dies with status {status}"
        return {"is": "fails", "error": f"LeRobot {reason}", "first": None, "steps": 0}
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _child(arguments, tolerance, widen, work: Path, answer: Path, seconds: int) -> None:
    status = 1
    try:
        signal.alarm(seconds)
        log = os.open(work / "log", os.O_CREAT | os.O_WRONLY)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.chdir(work)
        answer.write_text(json.dumps(_train(arguments, tolerance, widen, work), default=str))
        status = 0
    finally:
        os._exit(status)


def _train(arguments: list[str], tolerance: float | None, widen: bool, work: Path) -> dict:
    import datasets
    import torch
    from draccus.wrappers import docstring
    from lerobot.datasets import lerobot_dataset
    from lerobot.scripts import lerobot_train

    torch.set_num_threads(1)
    # The texts of --help, which cost most of a short run.
    docstring.get_attribute_docstring = lambda *_: docstring.AttributeDocString()
    datasets.config.HF_DATASETS_CACHE = str(work / "cache")
    if tolerance is not None:
        initialise = lerobot_dataset.LeRobotDataset.__init__

        def tolerant(self, *positional, **named):
            initialise(self, *positional, tolerance_s=tolerance, **named)

        lerobot_dataset.LeRobotDataset.__init__ = tolerant
    if widen:
        lerobot_dataset.hf_transform_to_torch = _widened(lerobot_dataset.hf_transform_to_torch)
    losses, indices, tasks = [], [], []
    update = lerobot_train.update_policy

    def traced(metrics, policy, batch, *rest, **named):
        result = update(metrics, policy, batch, *rest, **named)
        losses.append(metrics.loss.val)
        indices.append(batch["index"].tolist() if "index" in batch else None)
        tasks.append(batch.get("task"))
        return result

    lerobot_train.update_policy = traced
    sys.argv = ["lerobot-train", *arguments]
    if not any(a.startswith(("--output_dir", "--resume")) for a in arguments):
        sys.argv.append(f"--output_dir={work}/run")
    try:
        lerobot_train.main()
    except BaseException as error:  # noqa: BLE001
        return {"is": "fails", "error": _line(error), "first": _first(error), "steps": len(losses)}
    return {"is": "trains", "losses": losses, "indices": indices, "tasks": tasks}


def _widened(transform):
    """A scalar state or action as a vector of one, as its shape (1,) says."""

    def widened(items: dict) -> dict:
        items = transform(items)
        for key in items:
            if key.startswith(("observation.", "action")):
                items[key] = [x[None] if x.ndim == 0 else x for x in items[key]]
        return items

    return widened


def _line(error: BaseException) -> str:
    """Type and last line, as Python prints it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[-1] if lines else ''}"[:400]


def _first(error: BaseException) -> str | None:
    """The error that was being handled when this one came up: LeRobot asks the hub when reading fails."""
    chain = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    if len(chain) == 1:
        return None
    lines = [line.strip() for line in str(chain[-1]).splitlines() if line.strip()]
    return f"{type(chain[-1]).__name__}: {lines[0] if lines else ''}"[:400]
