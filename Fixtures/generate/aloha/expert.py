"""A scripted expert for ALOHA's cube transfer: the right arm takes the cube and hands it to the left.

Poses of the grippers at a few moments are made into joint positions by inverse kinematics (damped least
squares on MuJoCo's Jacobians), and these are joined smoothly. The joints stick and lag behind what is asked of
them, so the plan is rehearsed in a copy of the world, and what was missed at each moment is added to it.
Lengths are metres, angles radians, moments control steps of 0.02 s.
"""

from dataclasses import dataclass

import mujoco
import numpy as np

STEPS = 400
MEETING = np.array([0.0, 0.5, 0.25])  # where the cube changes hands
PINCH = 0.14  # from the gripper's frame to the point between its finger tips
PITCH = np.deg2rad(60)  # the right gripper looks down this far
REHEARSALS = 3


@dataclass(frozen=True)
class Moment:
    """Where a gripper is at a step: the point between the finger tips, its axes, and how far it is open."""

    step: int
    point: np.ndarray
    axes: np.ndarray
    opening: float


def axes(forward: list[float], fingers: list[float]) -> np.ndarray:
    """A gripper's frame: the way it points, the way from its right finger to its left, and across."""
    return np.stack([forward, fingers, np.cross(forward, fingers)], axis=1)


DOWN = axes([-np.cos(PITCH), 0, -np.sin(PITCH)], [0, -1, 0])
# The left gripper is turned on its side, so that its fingers pass between those of the right one.
SIDEWAYS = axes([1, 0, 0], [0, 0, -1])


class Arm:
    """One arm of the model: its joints, and the joint positions that bring its gripper somewhere."""

    def __init__(self, model: mujoco.MjModel, side: str) -> None:
        self.model, self.data = model, mujoco.MjData(model)
        self.body = model.body(f"vx300s_{side}/gripper_link").id
        first = model.joint(f"vx300s_{side}/waist").id
        self.joints = np.arange(first, first + 6)
        self.low, self.high = model.jnt_range[self.joints].T

    def gripper(self, joints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The point between the finger tips, and the gripper's axes."""
        self.data.qpos[self.joints] = joints
        mujoco.mj_kinematics(self.model, self.data)
        mujoco.mj_comPos(self.model, self.data)
        frame = self.data.xmat[self.body].reshape(3, 3)
        return self.data.xpos[self.body] + PINCH * frame[:, 0], frame.copy()

    def reach(self, point: np.ndarray, wanted: np.ndarray, near: np.ndarray) -> np.ndarray:
        """The joint positions for a pose of the gripper, found from `near` on."""
        joints = near.copy()
        jacobian = np.zeros((6, self.model.nv))
        for _ in range(300):
            here, frame = self.gripper(joints)
            turn = sum(np.cross(frame[:, k], wanted[:, k]) for k in range(3)) / 2
            error = np.concatenate([point - here, 0.3 * turn])
            if np.linalg.norm(error) < 1e-4:
                break
            mujoco.mj_jac(self.model, self.data, jacobian[:3], jacobian[3:], here, self.body)
            part = jacobian[:, self.joints] * np.array([1, 1, 1, 0.3, 0.3, 0.3])[:, None]
            change = part.T @ np.linalg.solve(part @ part.T + 1e-4 * np.eye(6), error)
            joints = np.clip(joints + np.clip(change, -0.2, 0.2), self.low, self.high)
        return joints


def right_moments(cube: np.ndarray) -> list[Moment]:
    """Over the cube, down, close, to the meeting, open there, away."""
    over, at = cube + [0, 0, 0.1], cube + [0, 0, 0.01]
    away = MEETING + [0.12, 0, 0.05]
    places = [(80, over, 1), (115, at, 1), (140, at, 0), (220, MEETING, 0), (320, MEETING, 0),
              (345, MEETING, 1), (390, away, 1)]  # fmt: skip
    return [Moment(step, point, DOWN, opening) for step, point, opening in places]


def left_moments() -> list[Moment]:
    """Beside the meeting, to the cube, close, and away with it."""
    beside, at = MEETING - [0.17, 0, 0.02], MEETING - [0.01, 0, 0.01]
    away = MEETING - [0.12, 0, 0.01]
    places = [(200, beside, 1), (265, at, 1), (300, at, 0), (350, at, 0), (390, away, 0)]
    return [Moment(step, point, SIDEWAYS, opening) for step, point, opening in places]


def smooth(steps: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The values at `steps`, joined by half waves of a cosine, at every step of an episode."""
    time = np.arange(1, STEPS + 1)
    after = np.clip(np.searchsorted(steps, time), 1, len(steps) - 1)
    part = np.clip((time - steps[after - 1]) / (steps[after] - steps[after - 1]), 0, 1)
    part = (1 - np.cos(np.pi * part))[:, None] / 2
    return values[after - 1] * (1 - part) + values[after] * part


class Expert:
    """`actions(qpos)` are all actions of an episode that begins with these joint and cube positions."""

    def __init__(self, model: mujoco.MjModel, start: np.ndarray) -> None:
        self.model, self.start = model, start
        self.arms = {"left": Arm(model, "left"), "right": Arm(model, "right")}

    def actions(self, qpos: np.ndarray) -> np.ndarray:
        """(400, 14): six joints and the opening of the left gripper, then of the right one."""
        # The cube falls onto the table before it is taken.
        cube = np.array([qpos[16], qpos[17], 0.02])
        plans = {"left": self.plan("left", left_moments()), "right": self.plan("right", right_moments(cube))}
        correction = {side: np.zeros_like(plan[1][:, :6]) for side, plan in plans.items()}
        for rehearsal in range(REHEARSALS + 1):
            parts = []
            for side, (steps, values) in plans.items():
                asked = values.copy()
                asked[:, :6] += correction[side]
                parts.append(smooth(steps, asked))
            actions = np.concatenate(parts, axis=1)
            if rehearsal < REHEARSALS:
                reached = self.rehearse(qpos, actions)
                for side, (steps, values) in plans.items():
                    joints = reached[np.maximum(steps, 1) - 1][:, self.arms[side].joints]
                    missed = values[:, :6] - joints
                    missed[0] = 0
                    correction[side] = np.clip(correction[side] + missed, -0.3, 0.3)
        return actions

    def plan(self, side: str, moments: list[Moment]) -> tuple[np.ndarray, np.ndarray]:
        """The steps of the moments, and the six joints and the opening at each."""
        arm = self.arms[side]
        joints = self.start[arm.joints]
        rows = [np.append(joints, 0.1)]
        if side == "left":  # it waits for the right one
            rows.append(rows[0])
        for moment in moments:
            joints = arm.reach(moment.point, moment.axes, joints)
            rows.append(np.append(joints, moment.opening))
        waits = [100] if side == "left" else []
        return np.array([0, *waits, *(moment.step for moment in moments)]), np.array(rows)

    def rehearse(self, qpos: np.ndarray, actions: np.ndarray) -> np.ndarray:
        """The positions after every step when the actions are carried out."""
        from gym_aloha.constants import unnormalize_puppet_gripper_position as width

        data = mujoco.MjData(self.model)
        data.qpos[:] = qpos
        reached = []
        for action in actions:
            left, right = width(action[6]), width(action[13])
            data.ctrl[:] = [*action[:6], left, -left, *action[7:13], right, -right]
            mujoco.mj_step(self.model, data, 10)
            reached.append(data.qpos.copy())
        return np.array(reached)
