"""Actions relative to the state, as LeRobot 0.5.1 has them: which joints, the actions, there and back, and the
statistics of a dataset's chunks.

Run by the Python of a virtual environment, LEROBOT_RELATIVE, that has `lerobot==0.5.1`.

relative.json: per case {"names", "excluded", "steps", "lengths", "actions", "states", "width", "mask", "relative",
"absolute", "statistics"}: frames of all episodes one after another, and of the first chunk what a policy learns and
what becomes of that again.
"""

import json
import os
import subprocess
from pathlib import Path

from generate.golden import Case

RELEASE, SEED = "0.5.1", 23
ARM = ["shoulder_pan.pos", "Shoulder_Lift.pos", "elbow.pos", "gripper.pos"]
# Names, what is excluded, numbers of a state, steps of a chunk, and lengths of episodes.
CASES = [
    (ARM, ["gripper"], 4, 5, [9, 7, 12]),
    (ARM, ["SHOULDER", ""], 4, 3, [6, 3, 2]),
    (ARM[:2], ["pan"], 6, 4, [4, 10]),
    (None, ["gripper"], 4, 1, [5, 1]),
    (ARM, [], 5, 8, [8]),
    (["only"], ["other"], 1, 6, [20, 30]),
]  # fmt: skip


def find(case, random) -> dict:
    import numpy as np
    import torch
    from lerobot.datasets.compute_stats import compute_relative_action_stats
    from lerobot.processor.relative_action_processor import (
        RelativeActionsProcessorStep,
        to_absolute_actions,
        to_relative_actions,
    )

    names, excluded, state_width, steps, lengths = case
    width = 4 if names is None or len(names) == 2 else len(names)
    count = sum(lengths)
    actions = random.normal(size=(count, width)).astype(np.float32)
    states = random.normal(size=(count, state_width)).astype(np.float32)
    columns = {
        "action": actions, "observation.state": states, "episode_index": np.repeat(range(len(lengths)), lengths)
    }  # fmt: skip
    step = RelativeActionsProcessorStep(enabled=True, exclude_joints=excluded, action_names=names)
    mask = step._build_mask(width)
    chunk, state = torch.tensor(actions[None, :steps]), torch.tensor(states[:1])
    relative = to_relative_actions(chunk, state, mask)
    features = {"action": {"shape": (width,), "names": names}}
    stats = compute_relative_action_stats(columns, features, steps, excluded)
    return {
        "names": names, "excluded": excluded, "steps": steps, "lengths": lengths, "width": width,
        "actions": actions.ravel().tolist(), "states": states.ravel().tolist(), "mask": mask,
        "relative": relative.ravel().tolist(), "absolute": to_absolute_actions(relative, state, mask).ravel().tolist(),
        "statistics": {name: np.asarray(value).tolist() for name, value in stats.items()},
    }  # fmt: skip


def write(target: str) -> None:
    import lerobot
    import numpy as np

    assert lerobot.__version__ == RELEASE
    random = np.random.default_rng(SEED)
    Path(target).write_text(json.dumps([find(case, random) for case in CASES]) + "\n")


def make(root: Path) -> None:
    folder = os.environ.get("LEROBOT_RELATIVE")
    assert folder, f"set LEROBOT_RELATIVE to a virtual environment with lerobot=={RELEASE}"
    (root / "statistics").mkdir(parents=True, exist_ok=True)
    command = f"from generate.relative_actions import write; write({str(root / 'statistics/relative.json')!r})"
    environment = os.environ | {"PYTHONPATH": str(Path("Fixtures").resolve()), "HF_HUB_OFFLINE": "1"}
    run = subprocess.run([f"{folder}/bin/python", "-c", command], env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-4000:]


def cases() -> list[Case]:
    return [
        Case(
            name="statistics/relative", files=["statistics/relative.json"], seed=SEED, make=make, tolerance=1e-12, heavy=True,
            catches="an excluded joint that moves; a chunk over the end of its episode; the state of another frame",
        )
    ]  # fmt: skip
