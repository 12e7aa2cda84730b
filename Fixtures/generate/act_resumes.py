"""What LeRobot does when it resumes its own checkpoints: the runs whose losses ours must give as well."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from generate.golden import Case

FOLDER = "policies/act/resume"
# Each goes on from a stored checkpoint of three steps.
RUNS = {
    "adamw": ("adamw", []),
    "adam": ("adam", []),
    "sgd": ("sgd", []),
    "adamw_options": (
        "adamw",
        ["--optimizer.lr=0.5", "--optimizer.weight_decay=0.3", "--optimizer.eps=1"]
        + ["--optimizer.betas=[0.1,0.2]", "--optimizer.grad_clip_norm=0.01"],
    ),
    "adam_schedule": ("adam", ["--scheduler.num_warmup_steps=6", "--optimizer.lr=0.5"]),
    "sgd_options": (
        "sgd",
        ["--optimizer.momentum=0.1", "--optimizer.nesterov=false", "--optimizer.dampening=0.5"]
        + ["--optimizer.lr=0.5", "--optimizer.weight_decay=0.3"],
    ),
}
CATCHES = {
    "adamw": "a resumed run that goes on in the pass where LeRobot draws a new one",
    "adam": "a schedule that forgets the run was made longer",
    "sgd": "a momentum buffer lost, or a schedule scaled to the shorter run",
    "adamw_options": "options of the command line that win over the checkpoint's, or a clipping that does not",
    "adam_schedule": "a schedule whose shape is the checkpoint's instead of the command line's",
    "sgd_options": "momentum or dampening taken from the command line",
}


def make_run(root: Path, name: str) -> None:
    optimizer, options = RUNS[name]
    trace = root / f"{FOLDER}/{name}.jsonl"
    trace.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        # The checkpoint's configuration names the dataset by a place relative to the repository.
        (work / "Fixtures").symlink_to(Path("Fixtures").resolve())
        stored = Path(f"Fixtures/policies/act/checkpoint_{optimizer}")
        shutil.copytree(stored, work / "outputs/act/checkpoints/000003")
        config = "outputs/act/checkpoints/000003/pretrained_model/train_config.json"
        command = [sys.executable, str(Path("Scripts/trace_lerobot").resolve()), str(trace)]
        command += ["--resume=true", f"--config_path={config}", "--steps=9", "--save_checkpoint=false", *options]
        environment = {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}
        run = subprocess.run(command, cwd=work, env=os.environ | environment, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr[-4000:]


def cases() -> list[Case]:
    return [
        Case(
            name=f"policies/act_resume_{name}",
            files=[f"{FOLDER}/{name}.jsonl"],
            seed=1000,
            tolerance=1e-4,
            volatile=frozenset({"update_s", "data_s", "threads", "torch"}),
            catches=CATCHES[name],
            make=lambda root, name=name: make_run(root, name),
        )
        for name in RUNS
    ]
