"""An expert that weighs the same pushes in every plan, instead of pushes drawn at random.

Equal states then get equal actions, and a small policy learns more from as many demonstrations.
"""

from collections.abc import Iterator

import numpy as np

from generate.pusht.expert import (
    AGENT_RADIUS,
    NEAR,
    OUTLINE,
    Expert,
    block_distance,
    goal_distance,
    inside,
    rotation,
    to_world,
)

LENGTHS = np.array([7, 9, 12, 16, 22, 30, 42, 60, 85, 115.0])
TILTS = (-0.5, -0.25, 0, 0.25, 0.5)  # of a push from the side's normal, in radians
SPACING = 7  # between the points of the outline that are pushed at


def contacts() -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """(point on the outline, its outward normal, direction of the push), in the T's own frame."""
    found = []
    for a, b in zip(OUTLINE, np.roll(OUTLINE, -1, axis=0)):
        side = np.linalg.norm(b - a)
        outward = ((b - a) / side) @ np.array([[0.0, -1.0], [1.0, 0.0]])
        count = max(2, int(side / SPACING))
        for k in range(count):
            point = a + (b - a) * (k + 0.5) / count
            found += [(point, outward, rotation(tilt) @ -outward) for tilt in TILTS]
    return found


class GridExpert(Expert):
    """Tries every push of a grid: each contact of the outline, direction and length."""

    contacts = contacts()

    def plan(self, agent: np.ndarray, pose: np.ndarray) -> list[np.ndarray]:
        motion = self.best_motion(agent, pose, self.grid_outcomes(pose))
        if motion is None and self.stuck == 0 and goal_distance(pose) <= NEAR:
            # So near the goal a push between those of the grid may still help.
            self.stuck += 1
            return super().plan(agent, pose)
        return motion or self.step_aside(agent)

    def grid_outcomes(self, pose: np.ndarray) -> Iterator[tuple]:
        """(start, direction, length, pose of the block afterwards) of every push of the grid."""
        for start, direction, lengths in self.free_pushes(pose):
            poses = self.imagination.pushes(pose, start, direction, lengths)
            for length, after in zip(lengths, poses):
                yield start, direction, length, after

    def free_pushes(self, pose: np.ndarray) -> Iterator[tuple]:
        """(start, direction, lengths) of what stays inside the walls and does not begin in the T."""
        for point, outward, direction in self.contacts:
            start = to_world(pose, point + outward * (AGENT_RADIUS + 0.5) - direction * 5)
            direction = rotation(pose[2]) @ direction
            free = block_distance(pose, start)[0] > AGENT_RADIUS + 0.8
            lengths = [length for length in LENGTHS if inside(start + direction * length)]
            if free and inside(start) and lengths:
                yield start, direction, lengths
