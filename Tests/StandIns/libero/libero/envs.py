"""An environment in which everything follows from the seed, the step and the action."""

from types import SimpleNamespace

import numpy as np


class OffScreenRenderEnv:
    def __init__(self, bddl_file_name, camera_heights, camera_widths):
        self.size = (camera_heights, camera_widths)
        matrix = SimpleNamespace(ee_ori_mat=np.eye(3))
        self.robots = [SimpleNamespace(controller=matrix)]
        self.env = SimpleNamespace(_get_observations=self.observations)
        self.start, self.time, self.pushed = 0, 0, 0.0

    def seed(self, seed):
        self.start = self.start + 7 if seed is None else seed

    def reset(self):
        self.time, self.pushed = 0, 0.0
        return self.observations()

    def step(self, action):
        self.time += 1
        self.pushed += float(action[0])
        return self.observations(), self.pushed / 8, self.check_success(), {}

    def check_success(self) -> bool:
        # Ten of them are LeRobot's wait after a reset.
        return self.time >= 13 + self.start % 3

    def observations(self) -> dict:
        height, width = self.size
        rows, columns = np.mgrid[:height, :width]
        picture = np.stack([rows, columns, rows * 0 + self.time], axis=2).astype(np.uint8)
        angle = (self.start % 7 + 1) / 8
        return {
            "agentview_image": picture,
            "robot0_eye_in_hand_image": 255 - picture,
            "robot0_eef_pos": np.array([self.start, self.time, self.pushed]) / 16,
            "robot0_eef_quat": np.array([np.sin(angle / 2), 0, 0, np.cos(angle / 2)]),
            "robot0_gripper_qpos": np.array([0.25, -0.25]),
            "robot0_gripper_qvel": np.zeros(2),
            "robot0_joint_pos": np.zeros(7),
            "robot0_joint_vel": np.zeros(7),
        }

    def close(self) -> None:
        pass
