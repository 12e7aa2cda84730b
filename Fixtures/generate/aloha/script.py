"""A scripted expert for gym_aloha's tasks: ways of both hands through a few points, and the joints that follow from
them by inverse kinematics.

The ways are those of the ACT paper's data (T. Z. Zhao et al., arXiv:2304.13705, section 5.1): grasp, lift, meet,
hand over or insert.
"""

import contextlib
import math

import numpy as np

STEPS = 400


def turned(quaternion: np.ndarray, axis: int, degrees: float) -> np.ndarray:
    """The quaternion (w, x, y, z) after a turn about one of its own axes."""
    a = np.asarray(quaternion, float)
    half = math.radians(degrees) / 2
    b = np.zeros(4)
    b[0], b[1 + axis] = math.cos(half), math.sin(half)
    return np.array([a[0] * b[0] - a[1:] @ b[1:], *(a[0] * b[1:] + b[0] * a[1:] + np.cross(a[1:], b[1:]))])


# Points of a way: step, place, rotation, how far the gripper opens.
Way = list[tuple[int, np.ndarray, np.ndarray, float]]


def transfer_ways(left: np.ndarray, right: np.ndarray, cube: np.ndarray) -> tuple[Way, Way]:
    """The right hand lifts the cube and hands it over."""
    down, across = turned(right[3:], 1, 60), turned([1, 0, 0, 0], 0, 90)
    meet = np.array([0, 0.5, 0.25])
    return (
        [
            (0, left[:3], left[3:], 0),
            (100, meet + [-0.1, 0, -0.02], across, 1),
            (260, meet + [0.02, 0, -0.02], across, 1),
            (310, meet + [0.02, 0, -0.02], across, 0),
            (360, meet + [-0.1, 0, -0.02], across, 0),
            (STEPS, meet + [-0.1, 0, -0.02], across, 0),
        ],
        [
            (0, right[:3], right[3:], 0),
            (90, cube + [0, 0, 0.08], down, 1),
            (130, cube + [0, 0, -0.015], down, 1),
            (170, cube + [0, 0, -0.015], down, 0),
            (200, meet + [0.05, 0, 0], down, 0),
            (220, meet, down, 0),
            (310, meet, down, 1),
            (360, meet + [0.1, 0, 0], down, 1),
            (STEPS, meet + [0.1, 0, 0], down, 1),
        ],
    )


def left_ways(left: np.ndarray, right: np.ndarray, cube: np.ndarray) -> tuple[Way, Way]:
    """The left hand takes the cube from the table itself: a reward of 3 before one of 4."""
    down = turned(left[3:], 1, 60)
    return (
        [
            (0, left[:3], left[3:], 0),
            (110, cube + [0, 0, 0.1], down, 1),
            (160, cube + [0, 0, -0.015], down, 1),
            (210, cube + [0, 0, -0.015], down, 0),
            (300, cube + [0, 0, 0.1], down, 0),
            (STEPS, cube + [0, 0, 0.1], down, 0),
        ],
        [(0, right[:3], right[3:], 0), (STEPS, right[:3], right[3:], 0)],
    )


def insertion_ways(left: np.ndarray, right: np.ndarray, peg: np.ndarray, socket: np.ndarray) -> tuple[Way, Way]:
    """The right hand lifts the peg, the left one the socket, and they meet."""
    meet = np.array([0, 0.5, 0.15])

    def way(hand: np.ndarray, thing: np.ndarray, side: float) -> Way:
        down = turned(hand[3:], 1, 60)
        return [
            (0, hand[:3], hand[3:], 0),
            (120, thing + [0, 0, 0.08], down, 1),
            (170, thing + [0, 0, -0.022], down, 1),
            (200, thing + [0, 0, -0.022], down, 0),
            (230, thing + [0, 0, -0.022], down, 0),
            (285, meet + [0.1 * side, 0, 0], down, 0),
            (310, meet + [0.08 * side, 0, 0], down, 0),
            (370, meet + [0.04 * side, 0, 0], down, 0),
            (STEPS, meet + [0.04 * side, 0, 0], down, 0),
        ]

    return way(left, socket, -1), way(right, peg, 1)


def at(way: Way, step: int) -> np.ndarray:
    """Place, rotation and gripper of a way at a step, straight between its points."""
    after = next(index for index, point in enumerate(way) if point[0] >= step)
    if after == 0:
        after = 1
    (first, *a), (last, *b) = way[after - 1], way[after]
    share = (step - first) / (last - first)
    return np.concatenate([np.atleast_1d(x + (np.asarray(y) - x) * share) for x, y in zip(a, b)])


@contextlib.contextmanager
def undrawn(physics, shown=lambda: False):
    """gym_aloha draws three pictures at every step; here only where `shown()`."""
    draw = type(physics).render
    black = np.zeros((480, 640, 3), np.uint8)

    def render(self, *arguments, **options):
        return draw(self, *arguments, **options) if shown() else black

    type(physics).render = render
    try:
        yield
    finally:
        type(physics).render = draw


class Arm:
    """Six joints that bring a hand to a place and a rotation. Its place is that of what it grasps."""

    # Between the fingers, ahead of the hand's own body, in metres.
    GRASP = np.array([0.13, 0, 0])

    def __init__(self, physics, side: str) -> None:
        import mujoco

        self.physics, self.model, self.data = physics, physics.model.ptr, mujoco.MjData(physics.model.ptr)
        self.joints = slice(0, 6) if side == "left" else slice(8, 14)
        self.hand = mujoco.mj_name2id(self.model, mujoco.mjtObj.mjOBJ_BODY, f"vx300s_{side}/gripper_link")
        self.low, self.high = self.model.jnt_range[self.joints].T
        self.solution = physics.data.qpos[self.joints].copy()
        # What the joints lag behind under their weight.
        self.lag = np.zeros(6)

    def place(self, data) -> np.ndarray:
        return data.xpos[self.hand] + data.xmat[self.hand].reshape(3, 3) @ self.GRASP

    def pose(self) -> np.ndarray:
        data = self.physics.data
        return np.concatenate([self.place(data), data.xquat[self.hand]])

    def error(self, pose: np.ndarray) -> np.ndarray:
        """What is missing to a pose: metres and radians."""
        import mujoco

        here, turn, rotation = self.data.xquat[self.hand], np.zeros(4), np.zeros(3)
        mujoco.mju_negQuat(turn, here)
        mujoco.mju_mulQuat(turn, pose[3:] / np.linalg.norm(pose[3:]), turn)
        mujoco.mju_quat2Vel(rotation, turn, 1)
        return np.concatenate([pose[:3] - self.place(self.data), rotation])

    def reach(self, pose: np.ndarray) -> np.ndarray:
        """The joints' targets, by damped least squares from the last solution."""
        import mujoco

        moves = np.zeros((6, self.model.nv))
        self.lag += 0.1 * (self.solution - self.physics.data.qpos[self.joints] - self.lag)
        for _ in range(50):
            self.data.qpos[self.joints] = self.solution
            mujoco.mj_kinematics(self.model, self.data)
            mujoco.mj_comPos(self.model, self.data)
            error = self.error(pose)
            if np.abs(error).max() < 1e-4:
                break
            mujoco.mj_jac(self.model, self.data, moves[:3], moves[3:], self.place(self.data), self.hand)
            jacobian = moves[:, self.joints]
            step = jacobian.T @ np.linalg.solve(jacobian @ jacobian.T + 1e-4 * np.eye(6), error)
            self.solution = np.clip(self.solution + np.clip(step, -0.2, 0.2), self.low, self.high)
        return self.solution + self.lag


class Expert:
    """Acts in an episode that has just begun. `kind` is "expert", or for the cube "left"."""

    def __init__(self, physics, task: str, kind: str = "expert") -> None:
        self.arms = [Arm(physics, side) for side in ("left", "right")]
        things = physics.data.qpos[16:].reshape(-1, 7)[:, :3].copy()
        hands = [arm.pose() for arm in self.arms]
        make = insertion_ways if task == "insertion" else {"expert": transfer_ways, "left": left_ways}[kind]
        self.ways = make(*hands, *things)
        self.physics, self.task = physics, task
        # What the peg hangs lower, or aside, in its hand than the socket does.
        self.aside = np.zeros(7)

    def act(self, step: int) -> np.ndarray:
        """Float32 [14]."""
        targets = [at(way, min(step + 1, STEPS)) for way in self.ways]
        if self.task == "insertion" and step >= 250:
            peg, socket = self.physics.data.qpos[16:].reshape(2, 7)
            self.aside[1:3] += np.clip(0.05 * (socket - peg)[1:3], -0.001, 0.001)
            targets[1][:7] += self.aside
        joints = [[*arm.reach(target[:7]), target[7]] for arm, target in zip(self.arms, targets)]
        return np.concatenate(joints).astype(np.float32)
