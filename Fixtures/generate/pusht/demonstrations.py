"""Demonstrations of PushT by a scripted expert, written as a dataset by LeRobot's own API.

    PYTHONPATH=Fixtures python3 -m generate.pusht.demonstrations FOLDER [--episodes 200] [--images]
      [--expert grid]

Without --images the observations are the block's corners (`observation.environment_state`) and the
agent's position, enough for a small policy that trains in minutes; the environment that goes with it is
`--env.type=pusht --env.obs_type=environment_state_agent_pos`. With it they are those of lerobot/pusht.
An episode takes a few seconds (with `--expert grid` three times as many); two run at a time.
"""

import argparse
import itertools
import multiprocessing
import os
import shutil
from pathlib import Path

import numpy as np

TASK = "Push the T-shaped block onto the T-shaped target."
STEPS = 300


def vector(names: list[str]) -> dict:
    return {"dtype": "float32", "shape": (len(names),), "names": {"motors": names}}


def flag(dtype: str) -> dict:
    return {"dtype": dtype, "shape": (1,), "names": None}


IMAGE = {"dtype": "video", "shape": (96, 96, 3), "names": ["height", "width", "channel"]}
CORNERS = vector([f"corner_{k}_{axis}" for k in range(8) for axis in "xy"])


def features(images: bool) -> dict:
    """Those of lerobot/pusht, or the corners in place of the image."""
    seen = {"observation.image": IMAGE} if images else {"observation.environment_state": CORNERS}
    return seen | {
        "observation.state": vector(["motor_0", "motor_1"]),
        "action": vector(["motor_0", "motor_1"]),
        "next.reward": flag("float32"),
        "next.done": flag("bool"),
        "next.success": flag("bool"),
    }


def make_environment(images: bool):
    """gym_pusht's environment without gymnasium's wrappers."""
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    import gym_pusht  # noqa: F401  (registers the environment)
    import gymnasium

    return gymnasium.make(
        "gym_pusht/PushT-v0",
        obs_type="pixels_agent_pos" if images else "environment_state_agent_pos",
        render_mode="rgb_array",
        disable_env_checker=True,
    ).unwrapped


def observed(observation: dict) -> dict:
    frame = {"observation.state": observation["agent_pos"].astype(np.float32)}
    if "pixels" in observation:
        return {"observation.image": observation["pixels"]} | frame
    corners = observation["environment_state"].astype(np.float32)
    return {"observation.environment_state": corners} | frame


def make_expert(name: str, seed: int):
    """The expert called `random` or `grid`, by how it picks the pushes that it weighs."""
    from generate.pusht.expert import Expert
    from generate.pusht.grid_expert import GridExpert

    return {"random": Expert, "grid": GridExpert}[name](seed)


def demonstration(environment, seed: int, expert_name: str = "random") -> list[dict] | None:
    """The frames of one episode, or None when the expert did not reach the goal."""
    observation, _ = environment.reset(seed=seed)
    expert = make_expert(expert_name, seed)
    frames = []
    for _ in range(STEPS):
        block = environment.block
        pose = np.array([*block.position, block.angle])
        action = expert.target(np.array(environment.agent.position), pose).astype(np.float32)
        before = observation
        observation, reward, done, _, _ = environment.step(action)
        frames.append(
            observed(before)
            | {
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


def make_dataset(folder: Path, name: str, episodes: int, images: bool, demonstrations) -> None:
    """The first `episodes` successes among what `demonstrations` yields."""
    from lerobot.datasets.lerobot_dataset import LeRobotDataset

    dataset = LeRobotDataset.create(
        name, fps=10, features=features(images), root=folder, use_videos=images
    )
    for frames in itertools.islice(filter(None, demonstrations), episodes):
        for frame in frames:
            dataset.add_frame(frame)
        dataset.save_episode()
    dataset.finalize()
    # The writer leaves the folder of the PNG files it encoded.
    shutil.rmtree(folder / "images", ignore_errors=True)


def one(job: tuple[int, bool, str]) -> list[dict] | None:
    seed, images, expert = job
    return demonstration(make_environment(images), seed, expert)


def make_dataset_in_parallel(folder: Path, name: str, episodes: int, images: bool, expert: str) -> None:
    """`make_dataset` with the demonstrations of the seeds from 0 on, two at a time."""
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        # Far more seeds than needed: some end in a corner. What still runs at the end is stopped.
        jobs = ((seed, images, expert) for seed in range(2 * episodes + 10))
        make_dataset(folder, name, episodes, images, pool.imap(one, jobs))
        pool.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--episodes", type=int, default=200)
    parser.add_argument("--images", action="store_true")
    parser.add_argument("--expert", choices=["random", "grid"], default="random")
    arguments = parser.parse_args()
    name = f"local/{arguments.folder.name}"
    make_dataset_in_parallel(
        arguments.folder, name, arguments.episodes, arguments.images, arguments.expert
    )


if __name__ == "__main__":
    main()
