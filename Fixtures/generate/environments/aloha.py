"""What gym_aloha 0.1.5 answers on MuJoCo 3.3.7: states, rewards, observations and pictures, episode after episode.

    PYTHONPATH=Fixtures MUJOCO_GL=egl python3 -m generate.environments.aloha FOLDER [--seeds 20]

records for each task a file of many more episodes than the goldens hold. To hold ALOHA against them:

    ALOHA_RECORDINGS=FOLDER swift test --filter longRecordingsMatchGymAloha
"""

import argparse
import hashlib
import os
from pathlib import Path

import numpy as np

from generate.aloha.script import STEPS, Expert, undrawn
from generate.environments.pusht import save
from generate.golden import Case

TASKS = {"insertion": "AlohaInsertion-v0", "transfer_cube": "AlohaTransferCube-v0"}
START = np.array([0, -0.96, 1.16, 0, -0.3, 0, 0] * 2)


def make_environment(task: str):
    os.environ.setdefault("MUJOCO_GL", "egl")
    import gym_aloha  # noqa: F401  (registers the environments)
    import gymnasium

    return gymnasium.make(
        f"gym_aloha/{TASKS[task]}", obs_type="pixels_agent_pos", disable_env_checker=True
    ).unwrapped


def graphics(environment) -> np.ndarray:
    """What draws, as text in bytes."""
    from OpenGL import GL

    with environment._env.physics.contexts.gl.make_current() as context:
        names = [context.call(GL.glGetString, name).decode() for name in (GL.GL_RENDERER, GL.GL_VERSION)]
    return np.frombuffer(f"{names[0]}, OpenGL {names[1]}".encode(), np.uint8)


class Wanderer:
    """Arms that go to poses at random, and grippers that open and close."""

    def __init__(self, seed: int) -> None:
        self.random, self.pose, self.target = np.random.default_rng(seed), START.copy(), START

    def act(self, step: int) -> np.ndarray:
        if step % 25 == 0:
            self.target = START + self.random.normal(0, 0.5, 14)
            self.target[[6, 13]] = self.random.uniform(0, 1, 2)
        self.pose = self.pose + np.clip(self.target - self.pose, -0.08, 0.08)
        return self.pose.astype(np.float32)


class Trembler:
    """An expert whose hands tremble."""

    def __init__(self, seed: int, expert: Expert) -> None:
        self.random, self.expert = np.random.default_rng(seed), expert

    def act(self, step: int) -> np.ndarray:
        return (self.expert.act(step) + self.random.normal(0, 0.01, 14)).astype(np.float32)


def actor(physics, task: str, seed: int, kind: str):
    """Who acts in an episode that has just begun: "random", "shaken", or a kind of expert."""
    if kind == "random":
        return Wanderer(seed)
    if kind == "shaken":
        return Trembler(seed, Expert(physics, task))
    return Expert(physics, task, kind)


def sha256(image: np.ndarray) -> np.ndarray:
    return np.frombuffer(hashlib.sha256(image.tobytes()).digest(), np.uint8)


def record(task: str, episodes: list[tuple[int, str]], state_every: int, picture_every: int) -> dict:
    """Episodes one after another in one environment. Rewards are of every step [E, T], what is seen of every nth
    moment, the first included [E, ceil((T + 1) / n), …]."""
    environment = make_environment(task)
    physics = environment._env.physics
    rows: dict[str, list] = {}
    moment = 0

    def keep(**values) -> None:
        for name, value in values.items():
            rows.setdefault(name, []).append(np.array(value))

    def look(observation) -> None:
        if moment % state_every == 0:
            keep(qpos=physics.data.qpos, qvel=physics.data.qvel, agent_pos=observation["agent_pos"])
        if picture_every and moment % picture_every == 0:
            keep(top=sha256(observation["pixels"]["top"]))

    drawn_by = graphics(environment)
    with undrawn(physics, lambda: picture_every > 0 and moment % picture_every == 0):
        for seed, kind in episodes:
            moment = 0
            observation, _ = environment.reset(seed=seed)
            look(observation)
            act = actor(physics, task, seed, kind).act
            for moment in range(1, STEPS + 1):
                action = act(moment - 1)
                observation, reward, terminated, _, info = environment.step(action)
                assert terminated == info["is_success"] == (reward == 4)
                keep(action=action, reward=np.uint8(reward))
                look(observation)
    count = len(episodes)
    shaped = {name: np.stack(row).reshape(count, -1, *row[0].shape) for name, row in rows.items()}
    every = np.array([state_every, picture_every], np.int64)
    return {"seed": np.array([seed for seed, _ in episodes], np.int64), "every": every, "graphics": drawn_by, **shaped}


EPISODES = {
    "insertion": [(2, "expert"), (0, "shaken"), (7, "random")],
    "transfer_cube": [(0, "expert"), (3, "left"), (7, "random")],
}


def make_episodes(root: Path) -> None:
    for task, episodes in EPISODES.items():
        arrays = record(task, episodes, state_every=8, picture_every=200)
        found = set(np.unique(arrays["reward"]).tolist())
        assert found == {0, 1, 2, 3, 4}, f"{task}: {found}"
        save(root / f"environments/aloha_{task}.safetensors", arrays)


def make_pictures(root: Path) -> None:
    """The pictures of two cameras after 300 steps of the expert, when both hands hold something."""
    import cv2

    task = "insertion"
    environment = make_environment(task)
    physics = environment._env.physics
    with undrawn(physics):
        environment.reset(seed=2)
        act = Expert(physics, task).act
        for step in range(300):
            environment.step(act(step))
    for name, camera in {"top": "top", "vis": "front_close"}.items():
        image = physics.render(height=480, width=640, camera_id=camera)
        cv2.imwrite(str(root / f"environments/aloha_{name}.png"), image[:, :, ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])


def make_resets(root: Path) -> None:
    """Positions after a reset of each seed."""
    seeds = [*range(100), 1000, 100000, 2**31 - 1, 2**31, 2**32 - 1]
    arrays = {"seed": np.array(seeds, np.int64)}
    for task in TASKS:
        environment = make_environment(task)
        with undrawn(environment._env.physics):
            states = []
            for seed in seeds:
                environment.reset(seed=seed)
                states.append(np.array(environment._env.physics.data.qpos))
        arrays[task] = np.array(states)
    save(root / "environments/aloha_resets.safetensors", arrays)


def cases() -> list[Case]:
    return [
        Case(
            name="environments/aloha_episodes",
            files=[f"environments/aloha_{task}.safetensors" for task in TASKS],
            seed=0,
            catches="a gripper's opening in float64, one reset instead of two, a contact's pair in the other order",
            make=make_episodes,
        ),
        Case(
            name="environments/aloha_pictures",
            files=["environments/aloha_top.png", "environments/aloha_vis.png"],
            seed=2,
            catches="rows from the bottom, another camera, the range finder's rays drawn",
            make=make_pictures,
        ),
        Case(
            name="environments/aloha_resets",
            files=["environments/aloha_resets.safetensors"],
            seed=0,
            catches="the socket drawn before the peg, or a height that is not drawn",
            make=make_resets,
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=20)
    arguments = parser.parse_args()
    kinds = {
        "insertion": ["expert", "shaken", "random", "shaken"],
        "transfer_cube": ["expert", "left", "shaken", "random"],
    }
    for task in TASKS:
        episodes = [(1000 + k, kinds[task][k % 4]) for k in range(arguments.seeds)]
        arrays = record(task, episodes, state_every=1, picture_every=40)
        save(arguments.folder / f"{task}.safetensors", arrays)
        rewards, counts = np.unique(arrays["reward"], return_counts=True)
        print(task, dict(zip(rewards.tolist(), counts.tolist())), flush=True)


if __name__ == "__main__":
    main()
