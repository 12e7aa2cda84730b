"""An environment for the arguments of Tests/Support/TrainingProgram.swift's `tiny`, which goes wrong when it is told to."""

import fcntl
import os
import signal
from types import SimpleNamespace

import numpy as np


class Reach:
    """A point in space that actions push, and a goal on the plane; the nearer the point, the larger the reward.

    `fault` is what happens in the second step of all: the process `dies`, or `hangs`. `log` is a file to which it
    says what happens, so that a fault happens once; it is locked (shared) as long as the process lives.
    """

    metadata = {"render_fps": 5}
    action_space = SimpleNamespace(shape=(3,))

    def __init__(self, limit: int | None, fault: str = "", log: str = "", shift: float = 0.0):
        self._max_episode_steps = limit
        self.fault, self.path, self.shift = fault, log, shift
        self.steps, self.time = 0, 0
        self.generator = np.random.default_rng(0)
        self.file = open(log, "a+") if log else None
        if self.file:
            fcntl.flock(self.file, fcntl.LOCK_SH)
            self.file.seek(0)
            if f"{fault}\n" in self.file.readlines():
                self.fault = ""

    def get_wrapper_attr(self, name: str):
        return getattr(self, name)

    def say(self, line: str) -> None:
        if self.file:
            self.file.write(line + "\n")
            self.file.flush()

    def reset(self, seed=None):
        if seed is not None:
            self.generator = np.random.default_rng(seed)
        self.goal = self.generator.uniform(-1, 1, 2)
        self.place = self.generator.uniform(-1, 1, 3)
        self.time = 0
        return self.observation(), {}

    def step(self, action):
        self.steps += 1
        self.time += 1
        self.say(f"step {self.steps} of {os.getpid()}")
        if self.steps == 2 and self.fault:
            print("the arm is stuck")
            print("the simulator gives up")
            self.say(self.fault)
            if self.fault == "dies":
                os.kill(os.getpid(), signal.SIGKILL)
            signal.pause()
        self.place = self.place + np.clip(action, -1, 1) / 8
        distance = float(np.abs(self.place[:2] - self.goal).max())
        ended = distance < 1 / 16
        return self.observation(), self.shift - distance, ended, False, {"is_success": ended}

    def observation(self) -> dict:
        return {"agent_pos": self.place, "environment_state": self.goal}

    def render(self):
        return np.full((64, 64, 3), 8 * self.time, np.uint8)

    def close(self) -> None:
        pass
