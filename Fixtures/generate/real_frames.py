"""Every frame of the real dataset as LeRobot's items hold it, under both video backends.

g1_bottle.json: per backend and frame the first 16 digits of the SHA-256 of the camera's bytes
[3, 480, 640]. The dataset lies in ../shared/data.
"""

import hashlib
import json
from pathlib import Path

from generate.golden import Case

CAMERA = "observation.images.cam_high"


def make_frames(root: Path) -> None:
    from lerobot.datasets.lerobot_dataset import LeRobotDataset

    digests = {}
    for backend in ("torchcodec", "pyav"):
        dataset = LeRobotDataset("local/g1_bottle", root="../shared/data/g1_bottle", video_backend=backend)
        frames = ((dataset[index][CAMERA] * 255).round().byte() for index in range(len(dataset)))
        digests[backend] = [hashlib.sha256(frame.numpy().tobytes()).hexdigest()[:16] for frame in frames]
    (root / "real/g1_bottle.json").write_text(json.dumps(digests, indent=1) + "\n")


def cases() -> list[Case]:
    return [
        Case(
            name="real/g1_bottle",
            files=["real/g1_bottle.json"],
            catches="a pixel that differs from LeRobot's on a robot's own recording",
            make=make_frames,
            heavy=True,
        )
    ]
