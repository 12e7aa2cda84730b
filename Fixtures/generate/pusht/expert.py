"""A scripted PushT expert: looks one push ahead on the true physics, and walks round the block.

Each plan samples pushes (where on the T's outline, in which direction, how far), plays every one in
a copy of the world, takes the one that brings the T nearest to its goal per step of time, and turns it
into a list of targets for the agent: round the block, to the contact, through the push, and back.
Lengths are pixels of the 512 by 512 world; a pose is (x, y, angle).
"""

import heapq
import itertools
from collections.abc import Iterable, Iterator

import numpy as np
import pymunk
from gym_pusht.envs.pusht import PushTEnv

GOAL = np.array([256.0, 256.0, np.pi / 4])
AGENT_RADIUS = 15.0
LOW, HIGH = 24.0, 487.0  # the agent keeps this far inside the walls
TRAVEL, PUSH = 25.0, 12.0  # target motion per step of 0.1 s
NEAR = 25.0  # mean corner distance below which precision matters more than speed
# The outline of the T in its own frame: a bar of 120 by 30 and a stem of 30 by 90.
OUTLINE = np.array(
    [[-60, 0], [60, 0], [60, 30], [15, 30], [15, 120], [-15, 120], [-15, 30], [-60, 30]], float
)
HULL = OUTLINE[[0, 1, 2, 4, 5, 7]]
CENTRE = np.array([0.0, 45.0])


def rotation(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s], [s, c]])


def to_world(pose: np.ndarray, points: np.ndarray) -> np.ndarray:
    return points @ rotation(pose[2]).T + pose[:2]


def goal_distance(pose: np.ndarray) -> float:
    """Mean distance of the outline's corners from where they belong."""
    return np.linalg.norm(to_world(pose, OUTLINE) - to_world(GOAL, OUTLINE), axis=1).mean()


def block_distance(pose: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Distance of each point from the T; 0 inside."""
    local = (np.atleast_2d(points) - pose[:2]) @ rotation(pose[2])

    def box(low, high):
        return np.linalg.norm(np.maximum(np.maximum(low - local, local - high), 0), axis=1)

    return np.minimum(box([-60, 0], [60, 30]), box([-15, 30], [15, 120]))


def inside(points: np.ndarray) -> np.ndarray:
    return ((points > LOW) & (points < HIGH)).all(axis=-1)


class Imagination:
    """A copy of PushT's world, to see where a push would leave the block."""

    def __init__(self) -> None:
        self.space = pymunk.Space()
        self.space.damping = 0.0
        corners = [(5, 5), (506, 5), (506, 506), (5, 506)]
        for a, b in zip(corners, corners[1:] + corners[:1]):
            self.space.add(PushTEnv.add_segment(self.space, a, b, 2))
        self.agent = PushTEnv.add_circle(self.space, (0, 0), AGENT_RADIUS)
        self.block, _ = PushTEnv.add_tee(self.space, (0, 0), 0)

    def push(self, pose, start, direction, length) -> np.ndarray:
        """The block's pose after the agent, at rest at `start`, has pushed."""
        self.place(pose, start)
        steps = int(np.ceil(length / PUSH)) + 2
        for _ in itertools.islice(self.advance(direction, length), 10 * steps):
            pass
        return self.pose

    def pushes(self, pose, start, direction, lengths) -> list[np.ndarray]:
        """The block's poses in the course of one push, at each of the rising `lengths`."""
        self.place(pose, start)
        poses: list[np.ndarray] = []
        for moved in self.advance(direction, lengths[-1]):
            # The controller nears its target without ever reaching it.
            while len(poses) < len(lengths) and moved >= lengths[len(poses)] - 0.3:
                poses.append(self.pose)
            if len(poses) == len(lengths):
                break
        return poses

    @property
    def pose(self) -> np.ndarray:
        return np.array([*self.block.position, self.block.angle])

    def place(self, pose, agent) -> None:
        """Block and agent at rest where they are said to be."""
        self.block.angle = pose[2]
        self.block.position = tuple(pose[:2])
        self.block.velocity, self.block.angular_velocity = (0, 0), 0
        self.agent.position, self.agent.velocity = tuple(agent), (0, 0)

    def advance(self, direction, length) -> Iterator[float]:
        """Drives the agent by PushT's controller; yields how far it is after each 0.01 s."""
        moved = speed = 0.0
        for step in itertools.count(1):
            target = min(step * PUSH, length)
            for _ in range(10):
                speed += (100 * (target - moved) - 20 * speed) * 0.01
                moved += speed * 0.01
                self.agent.velocity = tuple(direction * speed)
                self.space.step(0.01)
                yield moved


class Expert:
    """`target(agent, pose)` is where the agent should go in the next step."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.imagination = Imagination()
        self.targets: list[np.ndarray] = []
        self.stuck = 0  # plans in a row that found no useful push

    def target(self, agent: np.ndarray, pose: np.ndarray) -> np.ndarray:
        if not self.targets:
            self.targets = self.plan(agent, pose)
        return self.targets.pop(0)

    def plan(self, agent: np.ndarray, pose: np.ndarray) -> list[np.ndarray]:
        return self.best_motion(agent, pose, self.outcomes(pose)) or self.step_aside(agent)

    def outcomes(self, pose: np.ndarray) -> Iterator[tuple]:
        """(start, direction, length, pose of the block afterwards) of pushes drawn at random."""
        for push in self.candidates(pose, 200 if goal_distance(pose) > NEAR else 400):
            yield *push, self.imagination.push(pose, *push)

    def best_motion(self, agent, pose, outcomes: Iterable[tuple]) -> list[np.ndarray] | None:
        """The targets of the most useful push that the agent can walk to; None when there is none."""
        now = goal_distance(pose)
        choices = []
        for start, direction, length, after in outcomes:
            steps = np.linalg.norm(start - agent) / TRAVEL * 1.3 + length / PUSH + 7
            gain = now - goal_distance(after)
            if gain > 0.15:
                score = gain / steps if now > NEAR else gain - 0.02 * steps
                choices.append((score, start, direction, length))
        for _, start, direction, length in sorted(choices, key=lambda choice: -choice[0])[:20]:
            way = self.way_round(pose, agent, start)
            if way is not None:
                self.stuck = 0
                return self.motion(agent, way, start, direction, length)
        return None

    def step_aside(self, agent: np.ndarray) -> list[np.ndarray]:
        """A walk to somewhere near, from where another push may be found."""
        self.stuck += 1
        aside = np.clip(agent + self.random.normal(0, 60, 2), LOW, HIGH)
        return self.travel(agent, aside)

    def candidates(self, pose: np.ndarray, count: int):
        """Random pushes the agent can begin and end inside the walls, without touching first."""
        ends = np.roll(OUTLINE, -1, axis=0)
        sides = np.linalg.norm(ends - OUTLINE, axis=1)
        edge = self.random.choice(len(OUTLINE), count, p=sides / sides.sum())
        along = self.random.uniform(0.04, 0.96, (count, 1))
        outward = ((ends - OUTLINE) / sides[:, None])[edge] @ np.array([[0.0, -1.0], [1.0, 0.0]])
        contact = OUTLINE[edge] * (1 - along) + ends[edge] * along
        length = np.exp(self.random.uniform(np.log(6), np.log(110), count))
        for k, tilt in enumerate(self.random.uniform(-0.6, 0.6, count)):
            direction = rotation(tilt) @ -outward[k]
            start = contact[k] + outward[k] * (AGENT_RADIUS + 0.5) - direction * 5
            start, direction = to_world(pose, start), rotation(pose[2]) @ direction
            free = block_distance(pose, start)[0] > AGENT_RADIUS + 0.8
            if free and inside(start) and inside(start + direction * length[k]):
                yield start, direction, length[k]

    def way_round(self, pose, start, end) -> list[np.ndarray] | None:
        """The shortest way past the block's corners, without `start`; None when there is none."""
        centre = to_world(pose, CENTRE)
        nodes = [start, end]
        for corner in to_world(pose, HULL):
            ray = (corner - centre) / np.linalg.norm(corner - centre)
            for gap in (1.5, 2.0):
                node = corner + ray * AGENT_RADIUS * gap
                if inside(node) and block_distance(pose, node)[0] > AGENT_RADIUS + 3:
                    nodes.append(node)
        best, came = {0: 0.0}, {}
        queue = [(0.0, 0)]
        while queue:
            length, i = heapq.heappop(queue)
            if i == 1:
                way = [1]
                while (i := came[way[0]]) != 0:
                    way.insert(0, i)
                return [nodes[k] for k in way]
            for j in range(1, len(nodes)):
                longer = length + np.linalg.norm(nodes[j] - nodes[i])
                # At either end the agent may be close to the block already.
                margin = 0.6 if i == 0 or j == 1 else 3.0
                if longer < best.get(j, np.inf) and self.clear(pose, nodes[i], nodes[j], margin):
                    best[j], came[j] = longer, i
                    heapq.heappush(queue, (longer, j))
        return None

    @staticmethod
    def clear(pose, a, b, margin: float) -> bool:
        count = max(2, int(np.linalg.norm(b - a) / 3))
        line = a + (b - a) * np.linspace(0, 1, count)[:, None]
        return bool((block_distance(pose, line) > AGENT_RADIUS + margin).all())

    @staticmethod
    def travel(start, end, stride: float = TRAVEL) -> list[np.ndarray]:
        """Targets from `start` (left out) to `end`, no more than a stride apart."""
        count = max(1, int(np.ceil(np.linalg.norm(end - start) / stride)))
        return [start + (end - start) * k / count for k in range(1, count + 1)]

    def motion(self, agent, way, start, direction, length) -> list[np.ndarray]:
        targets: list[np.ndarray] = []
        for a, b in zip([agent, *way], way):
            targets += self.travel(a, b)
        targets += [start] * 4  # the controller needs 0.4 s to come to rest
        pushed = start + direction * length
        targets += [start + direction * min(k * PUSH, length)
                    for k in range(1, int(np.ceil(length / PUSH)) + 1)] + [pushed] * 2
        return targets + self.travel(pushed, np.clip(pushed - direction * 24, LOW, HIGH))
