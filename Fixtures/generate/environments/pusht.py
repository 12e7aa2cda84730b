"""What gym_pusht 0.1.x answers: states, rewards, observations and pictures, episode after episode.

    PYTHONPATH=Fixtures python3 -m generate.environments.pusht FILE [--episodes 20] [--steps 300]

records the same for many more episodes than the goldens hold. To hold PushT against them:

    PUSHT_RECORDING=FILE swift test --filter longRecordingMatchesGymPushT
"""

import argparse
import hashlib
import os
from pathlib import Path

import numpy as np

from generate.golden import Case

SIZES = {"observation": 96, "visualization": 384, "screen": 512}


def make_environment():
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    import gym_pusht  # noqa: F401  (registers the environment)
    import gymnasium

    return gymnasium.make(
        "gym_pusht/PushT-v0",
        obs_type="environment_state_agent_pos",
        render_mode="rgb_array",
        disable_env_checker=True,
    ).unwrapped


class Pusher:
    """Runs at the block from everywhere, or (`wild`) also at targets outside the field."""

    def __init__(self, seed: int, wild: bool) -> None:
        self.random, self.wild, self.goal = np.random.default_rng(seed), wild, None

    def act(self, step: int, environment) -> np.ndarray:
        if step % 15 == 0:
            near = np.array(environment.block.position) + self.random.normal(0, 60, 2)
            anywhere = self.random.uniform(0, 512, 2)
            self.goal = anywhere if self.random.random() < 0.3 else near
        target = self.goal * (1.6 if self.wild else 1) + self.random.normal(0, 5, 2)
        low, high = (-100, 612) if self.wild else (0, 512)
        return np.clip(target, low, high).astype(np.float32)


class Demonstrator:
    """The scripted expert."""

    def __init__(self, seed: int) -> None:
        from generate.pusht.expert import Expert

        self.expert = Expert(seed)

    def act(self, step: int, environment) -> np.ndarray:
        block = environment.block
        pose = np.array([*block.position, block.angle])
        return self.expert.target(np.array(environment.agent.position), pose).astype(np.float32)


def actor(episode: int, seed: int):
    """In turn: a pusher, the expert, a wild pusher."""
    return Demonstrator(seed) if episode % 3 == 1 else Pusher(seed, wild=episode % 3 == 2)


def full_state(environment) -> list[float]:
    a, b = environment.agent, environment.block
    return [*a.position, *a.velocity, *b.position, b.angle, *b.velocity, b.angular_velocity]


def observations(environment) -> dict:
    """What each kind of observation holds."""
    found = {}
    for kind in ["environment_state_agent_pos", "state"]:
        environment.obs_type = kind
        found[kind] = environment.get_obs()
    environment.obs_type = "environment_state_agent_pos"
    return {"corners": found["environment_state_agent_pos"]["environment_state"], "observed": found["state"]}


def pictures(environment) -> dict:
    def visualization(size: int) -> np.ndarray:
        environment.visualization_width = environment.visualization_height = size
        return environment.render()

    return {
        "observation": environment._render(),
        "visualization": visualization(SIZES["visualization"]),
        "screen": visualization(SIZES["screen"]),
    }


def digests(environment) -> dict:
    return {
        name: np.frombuffer(hashlib.sha256(image.tobytes()).digest(), np.uint8)
        for name, image in pictures(environment).items()
    }


def record(seeds: list[int], steps: int, states: bool, images: bool) -> dict:
    """Episodes one after another in one environment, which remembers the last action: [E, T or T+1, …]."""
    environment = make_environment()
    rows: dict[str, list] = {}

    def keep(values: dict) -> None:
        for name, value in values.items():
            rows.setdefault(name, []).append(np.asarray(value))

    def look() -> None:
        if states:
            keep({"state": np.array(full_state(environment)), **observations(environment)})
        if images:
            keep(digests(environment))

    for episode, seed in enumerate(seeds):
        environment.reset(seed=seed)
        act = actor(episode, seed).act
        look()
        for step in range(steps):
            action = act(step, environment)
            _, reward, _, _, info = environment.step(action)
            keep({"action": action, "reward": np.float64(reward)})
            keep({"coverage": np.float64(info["coverage"]), "success": np.uint8(info["is_success"])})
            look()
    shaped = {name: np.stack(row).reshape(len(seeds), -1, *row[0].shape) for name, row in rows.items()}
    return {"seed": np.array(seeds, np.int64), **shaped}


def save(path: Path, arrays: dict) -> None:
    from safetensors.numpy import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, path)


def make_episodes(root: Path) -> None:
    path = root / "environments/pusht_episodes.safetensors"
    save(path, record([3, 2**40 + 7, 1003], 200, states=True, images=False))


def make_pictures(root: Path) -> None:
    import cv2

    seeds = [50, 52, 53]
    save(root / "environments/pusht_pictures.safetensors", record(seeds, 36, states=False, images=True))
    # One moment as pictures, to look at when a digest differs: the agent at the block.
    environment = make_environment()
    environment.reset(seed=seeds[0])
    act = actor(0, seeds[0]).act
    for step in range(24):
        environment.step(act(step, environment))
    for name, image in pictures(environment).items():
        cv2.imwrite(str(root / f"environments/pusht_{name}.png"), image[:, :, ::-1])


def make_resets(root: Path) -> None:
    """The states after three resets of each seed, only the first of them seeded: [S, 3, 10]."""
    environment = make_environment()
    seeds = [*range(30), 1000, 2**31 - 1, 2**32 - 1, 2**32, 2**33 + 5, 10**12]
    states = []
    for seed in seeds:
        for later in range(3):
            environment.reset(seed=None if later else seed)
            states.append(full_state(environment))
    arrays = {"seed": np.array(seeds, np.int64), "state": np.array(states).reshape(len(seeds), 3, 10)}
    save(root / "environments/pusht_resets.safetensors", arrays)


def cases() -> list[Case]:
    return [
        Case(
            name="environments/pusht_episodes",
            files=["environments/pusht_episodes.safetensors"],
            seed=3,
            catches="the block's angle set before its position, or contacts that outlive an episode",
            make=make_episodes,
        ),
        Case(
            name="environments/pusht_pictures",
            files=[
                "environments/pusht_pictures.safetensors",
                *[f"environments/pusht_{name}.png" for name in SIZES],
            ],
            seed=50,
            catches="walls below the agent, a contact's line not blended, a cross forgotten on reset",
            make=make_pictures,
        ),
        Case(
            name="environments/pusht_resets",
            files=["environments/pusht_resets.safetensors"],
            seed=0,
            catches="a generator that starts anew where no seed is given",
            make=make_resets,
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("file", type=Path)
    parser.add_argument("--episodes", type=int, default=20)
    parser.add_argument("--steps", type=int, default=300)
    arguments = parser.parse_args()
    seeds = [1000 + k for k in range(arguments.episodes)]
    save(arguments.file, record(seeds, arguments.steps, states=True, images=True))


if __name__ == "__main__":
    main()
