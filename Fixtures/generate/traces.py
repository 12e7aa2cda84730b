"""Training runs of the real LeRobot, step by step: same seed, same data, same numbers."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from generate.golden import Case

# Every path is relative to the package, where the driver runs.
REAL_DATA = "../shared/data/g1_bottle"
COMMON = [
    "--policy.type=act",
    "--policy.push_to_hub=false",
    "--policy.device=cpu",
    "--policy.pretrained_backbone_weights=null",
    "--log_freq=1",
    "--eval_freq=0",
    "--save_checkpoint=false",
]


def record(file: str, arguments: list[str]):
    """A function that trains with `arguments` and writes the trace to `file`."""

    def make(root: Path) -> None:
        output = f"outputs/{Path(file).stem}"
        shutil.rmtree(output, ignore_errors=True)
        command = [sys.executable, "Scripts/trace_lerobot", str(root / file)]
        command += [*arguments, *COMMON, f"--output_dir={output}"]
        environment = {**os.environ, "OMP_NUM_THREADS": "2", "HF_HUB_OFFLINE": "1"}
        run = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr[-4000:]
        shutil.rmtree(output, ignore_errors=True)

    return make


def trace(name: str, catches: str, arguments: list[str], heavy: bool = False) -> Case:
    file = f"traces/{name}.jsonl"
    return Case(
        name=f"traces/{name}",
        files=[file],
        seed=1000,  # TrainPipelineConfig's default
        catches=catches,
        make=record(file, arguments),
        tolerance=1e-4,
        volatile=frozenset({"update_s", "data_s", "threads", "torch"}),
        heavy=heavy,
    )


def cases() -> list[Case]:
    return [
        trace(
            "act_full_g1",
            "a width, layer count or initialisation that only the full-size default ACT shows",
            [
                "--dataset.repo_id=local/g1_bottle",
                f"--dataset.root={REAL_DATA}",
                "--num_workers=0",
                "--batch_size=8",
                "--steps=6",
            ],
            heavy=True,
        ),
    ]
