"""Datasets written by LeRobot's own API."""

import os
import shutil
from pathlib import Path

import numpy as np

from generate.golden import Case

EPISODES = 16
TASK = "Push the T-shaped block onto the T-shaped target."


def vector(names: list[str]) -> dict:
    return {"dtype": "float32", "shape": (len(names),), "names": {"motors": names}}


def flag(dtype: str) -> dict:
    return {"dtype": dtype, "shape": (1,), "names": None}


# As in lerobot/pusht.
FEATURES = {
    "observation.image": {
        "dtype": "video",
        "shape": (96, 96, 3),
        "names": ["height", "width", "channel"],
    },
    "observation.state": vector(["motor_0", "motor_1"]),
    "action": vector(["motor_0", "motor_1"]),
    "next.reward": flag("float32"),
    "next.done": flag("bool"),
    "next.success": flag("bool"),
}


def demonstration(environment, seed: int) -> list[dict] | None:
    """The frames of one episode, or None when the expert did not reach the goal."""
    from generate.pusht.expert import Expert

    observation, _ = environment.reset(seed=seed)
    expert = Expert(seed)
    frames = []
    for _ in range(300):
        block = environment.block
        pose = np.array([*block.position, block.angle])
        action = expert.target(np.array(environment.agent.position), pose).astype(np.float32)
        before = observation
        observation, reward, done, _, _ = environment.step(action)
        frames.append(
            {
                "observation.image": before["pixels"],
                "observation.state": before["agent_pos"].astype(np.float32),
                "action": action,
                "next.reward": np.array([reward], np.float32),
                "next.done": np.array([done]),
                "next.success": np.array([done]),
                "task": TASK,
            }
        )
        if done:
            return frames
        if expert.stuck > 8:  # the block lies in a corner
            return None
    return None


def make_pusht_demo(root: Path) -> None:
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    import gym_pusht  # noqa: F401  (registers the environment)
    import gymnasium
    from lerobot.datasets.lerobot_dataset import LeRobotDataset

    environment = gymnasium.make(
        "gym_pusht/PushT-v0",
        obs_type="pixels_agent_pos",
        render_mode="rgb_array",
        disable_env_checker=True,
    ).unwrapped
    folder = root / "datasets/pusht_demo"
    dataset = LeRobotDataset.create("local/pusht_demo", fps=10, features=FEATURES, root=folder)
    kept, seed = 0, 0
    while kept < EPISODES:
        frames = demonstration(environment, seed)
        seed += 1
        if frames is None:
            continue
        for frame in frames:
            dataset.add_frame(frame)
        dataset.save_episode()
        kept += 1
    dataset.finalize()
    # The writer leaves the folder of the PNG files it encoded.
    shutil.rmtree(folder / "images", ignore_errors=True)


def cases() -> list[Case]:
    return [
        Case(
            name="datasets/pusht_demo",
            files=["datasets/pusht_demo/"],
            seed=0,
            catches="a reader that only understands its own writer's dataset",
            make=make_pusht_demo,
            tolerance=1e-6,
            heavy=True,
        )
    ]
