"""Demonstrations of ALOHA's cube transfer by the scripted expert, written as a dataset by LeRobot's own API.

    PYTHONPATH=Fixtures python3 -m generate.aloha.demonstrations FOLDER [--episodes 50]

The observations are the cube's pose (`observation.environment_state`) and the arms' joints: no pictures, so
that a small policy trains in minutes. The environment that goes with it is
`--env.type=aloha --env.task=AlohaTransferCube-v0 --env.obs_type=environment_state_agent_pos`. Needs LeRobot
0.4.2, gym-aloha 0.1.5 and MuJoCo 3.3.7. An episode takes two seconds; two run at a time.
"""

import argparse
import itertools
import multiprocessing
from pathlib import Path

import numpy as np

from generate.aloha.expert import STEPS, Expert

TASK = "Pick up the cube with the right arm and hand it over to the left arm."
SUCCESS = 4
JOINTS = [
    f"{side}_{joint}"
    for side in ("left", "right")
    for joint in ("waist", "shoulder", "elbow", "forearm_roll", "wrist_angle", "wrist_rotate", "gripper")
]
CUBE = ["x", "y", "z", "qw", "qx", "qy", "qz"]


def vector(names: list[str]) -> dict:
    return {"dtype": "float32", "shape": (len(names),), "names": {"motors": names}}


FEATURES = {
    "observation.environment_state": vector(CUBE),
    "observation.state": vector(JOINTS),
    "action": vector(JOINTS),
    "next.reward": {"dtype": "float32", "shape": (1,), "names": None},
}


def make_environment():
    """gym_aloha's environment without gymnasium's wrappers, and without the three pictures of every step."""
    from gym_aloha.env import AlohaEnv
    from gym_aloha.tasks.sim import BimanualViperXTask

    def observation(task, physics) -> dict:
        return {"qpos": task.get_qpos(physics), "images": {"top": np.zeros((1, 1, 3), np.uint8)}}

    BimanualViperXTask.get_observation = observation
    return AlohaEnv("transfer_cube", obs_type="pixels_agent_pos")


def observed(environment, observation: dict) -> dict:
    return {
        "observation.environment_state": environment._env.physics.data.qpos[16:].astype(np.float32),
        "observation.state": observation["agent_pos"].astype(np.float32),
    }


def demonstration(seed: int) -> list[dict] | None:
    """The frames of one episode, to its end also after the transfer; None when the cube was dropped."""
    environment = make_environment()
    observation, _ = environment.reset(seed=seed)
    physics = environment._env.physics
    expert = Expert(physics.model.ptr, physics.data.qpos[:16].copy())
    frames = []
    for action in expert.actions(physics.data.qpos.copy()).astype(np.float32):
        before = observed(environment, observation)
        observation, reward, _, _, _ = environment.step(action)
        last = {"action": action, "next.reward": np.array([reward], np.float32), "task": TASK}
        frames.append(before | last)
    return frames if reward == SUCCESS and len(frames) == STEPS else None


def make_dataset(folder: Path, episodes: int, demonstrations) -> None:
    """The first `episodes` successes among what `demonstrations` yields."""
    from lerobot.datasets.lerobot_dataset import LeRobotDataset

    dataset = LeRobotDataset.create(
        f"local/{folder.name}", fps=50, features=FEATURES, root=folder, robot_type="aloha", use_videos=False
    )
    for frames in itertools.islice(filter(None, demonstrations), episodes):
        for frame in frames:
            dataset.add_frame(frame)
        dataset.save_episode()
    dataset.finalize()


def main() -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--episodes", type=int, default=50)
    arguments = parser.parse_args()
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        demonstrations = pool.imap(demonstration, range(2 * arguments.episodes))
        make_dataset(arguments.folder, arguments.episodes, demonstrations)
        pool.terminate()


if __name__ == "__main__":
    main()
