"""One environment of a server, of each kind."""

from .observations import Failure, from_tensors, named



class Slot:
    """An environment of gymnasium."""

    def __init__(self, environment, autoreset: str = "same_step"):
        self.environment = environment
        self.autoreset = autoreset
        shape = getattr(environment.action_space, "shape", None)
        if not shape or len(shape) != 1:
            raise Failure(f"its actions are {environment.action_space}, not a vector of numbers")
        self.action_width = shape[0]

    def attribute(self, name: str, default=None):
        try:
            return self.environment.get_wrapper_attr(name)
        except AttributeError:
            return default

    @property
    def episode_length(self) -> int | None:
        return self.attribute("_max_episode_steps")

    @property
    def frames_per_second(self) -> int:
        return int(round(self.environment.metadata.get("render_fps") or 30))

    @property
    def instruction(self) -> str:
        text = self.attribute("task_description")
        return text if isinstance(text, str) else ""

    def reset(self, seed: int | None) -> dict:
        observation, _ = self.environment.reset(seed=seed)
        return self.observe(observation)

    def step(self, action) -> tuple[dict, float, bool, bool, bool]:
        import numpy as np

        observation, reward, terminated, truncated, info = self.environment.step(np.asarray(action, np.float32))
        succeeded = self.succeeded(info, bool(terminated) or bool(truncated))
        return self.observe(observation), float(reward), bool(terminated), bool(truncated), succeeded

    def succeeded(self, info: dict, ended: bool) -> bool:
        names = [name for name in ("is_success", "success", "succeed") if name in info]
        return ended and bool(names) and bool(info[names[0]])

    def observe(self, observation) -> dict:
        return named(observation)

    def render(self):
        frame = self.environment.render()
        return frame[0] if isinstance(frame, (list, tuple)) else frame


class LeRobotSlot(Slot):
    """An environment as LeRobot's `rollout` sees it in a vector of them, between its own processors."""

    def __init__(self, environment, autoreset, before, after):
        super().__init__(environment, autoreset)
        self.before, self.after = before, after

    @property
    def instruction(self) -> str:
        for name in ("task_description", "task"):
            if hasattr(self.environment, name):
                return str(getattr(self.environment, name))
        return ""

    def observe(self, observation) -> dict:
        import numpy as np
        from gymnasium.vector.utils import concatenate, create_empty_array
        from lerobot.envs.utils import preprocess_observation

        space = self.environment.observation_space
        batch = concatenate(space, (observation,), create_empty_array(space, n=1, fn=np.zeros))
        batch = preprocess_observation(batch) | {"task": [self.instruction]}
        return from_tensors(self.before(batch))

    def step(self, action):
        import torch

        action = self.after({"action": torch.tensor([action], dtype=torch.float32)})["action"]
        return super().step(action.numpy()[0])

    def succeeded(self, info: dict, ended: bool) -> bool:
        # A vector that resets with the next step shows no other `final_info` than the environment's own.
        if self.autoreset == "next_step":
            info = info.get("final_info", {})
        return bool(ended and info.get("is_success", False))


class ManipulatorSlot(Slot):
    """LeRobot's `gym_manipulator` between its processors, as its control loop runs it."""

    def __init__(self, environment, before, after):
        super().__init__(environment)
        self.before, self.after, self.transition = before, after, None

    def reset(self, seed):
        from lerobot.rl.gym_manipulator import create_transition

        observation, info = self.environment.reset(seed=seed)
        self.before.reset()
        self.after.reset()
        self.transition = self.before(create_transition(observation=observation, info=info))
        return self.observed()

    def observed(self) -> dict:
        from lerobot.processor import TransitionKey

        return from_tensors(self.transition[TransitionKey.OBSERVATION])

    def step(self, action):
        import torch
        from lerobot.processor import TransitionKey as Key
        from lerobot.rl.gym_manipulator import step_env_and_process_transition

        action = torch.tensor(action, dtype=torch.float32)
        now = step_env_and_process_transition(self.environment, self.transition, action, self.before, self.after)
        self.transition = now
        ended = bool(now[Key.DONE]), bool(now[Key.TRUNCATED])
        info = {key: value for key, value in now[Key.INFO].items() if type(key) is str}
        return self.observed(), float(now[Key.REWARD]), *ended, self.succeeded(info, any(ended))
