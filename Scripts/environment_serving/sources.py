"""Where environments come from: gymnasium, LeRobot, the hub."""

import importlib
import sys

from .observations import Failure
from .slots import LeRobotSlot, ManipulatorSlot, Slot

PACKAGES = {
    "gym_hil": "gym-hil==0.1.14",
    "lerobot": "lerobot==0.4.2",
    "libero": "'lerobot[libero]==0.4.2'",
    "metaworld": "metaworld==3.0.0",
}



class GymnasiumSource:
    """`--env.type=gymnasium`: one task, an id that gymnasium knows once its package is imported."""

    def __init__(self, fields: dict, count: int, trusts: bool):
        self.fields = fields

    def tasks(self) -> list[tuple[str, int]]:
        return [("gymnasium", 0)]

    def slot(self, group: str, task: int, index: int) -> Slot:
        import gymnasium

        name = self.fields["task"]
        package = name.partition("/")[0].replace("-", "_") if "/" in name and ":" not in name else None
        if package and name not in gymnasium.registry:
            require(package)
        options = {"render_mode": "rgb_array"} | (self.fields.get("kwargs") or {})
        if self.fields.get("episode_length"):
            options["max_episode_steps"] = self.fields["episode_length"]
        try:
            return Slot(gymnasium.make(name, disable_env_checker=self.fields["disable_env_checker"], **options))
        except gymnasium.error.UnregisteredEnv as error:
            raise Failure(f"--env.task={name}: gymnasium knows no such environment: {error}") from error


def require(package: str) -> None:
    try:
        importlib.import_module(package)
    except ModuleNotFoundError as error:
        raise missing(error) from error


def missing(error: ModuleNotFoundError) -> Failure:
    name = (error.name or str(error)).partition(".")[0]
    wanted = PACKAGES.get(name, name.replace("_", "-"))
    return Failure(f"{sys.executable} has no {name}; install it: {sys.executable} -m pip install {wanted}")


def blueprints(make) -> dict:
    """What `make` gives, LeRobot's `make_env`, with environments that are not made yet: a suite has more tasks
    than fit into memory at once. While it runs, SyncVectorEnv stands for what a vector is made from."""
    import gymnasium

    class Blueprint(gymnasium.vector.VectorEnv):
        def __init__(self, env_fns, *_, autoreset_mode="NextStep", **__):
            self.env_fns = list(env_fns)
            same = getattr(autoreset_mode, "value", autoreset_mode) == "SameStep"
            self.autoreset = "same_step" if same else "next_step"

    original = gymnasium.vector.SyncVectorEnv
    gymnasium.vector.SyncVectorEnv = Blueprint
    try:
        return make()
    finally:
        gymnasium.vector.SyncVectorEnv = original


class LeRobotSource:
    """LeRobot's registered environments, through its `make_env`."""

    def __init__(self, fields: dict, count: int, trusts: bool):
        require("lerobot")
        import draccus
        from lerobot.envs.configs import EnvConfig
        from lerobot.envs.factory import make_env, make_env_pre_post_processors

        config = draccus.decode(EnvConfig, fields)
        if fields["type"] in PACKAGES:
            require(fields["type"])
        self.before, self.after = make_env_pre_post_processors(config)
        try:
            self.vectors = blueprints(lambda: make_env(config, n_envs=count))
        except FileNotFoundError as error:
            if "metaworld_config.json" not in str(error):
                raise
            # Q-METAWORLD-2
            remedy = "copy lerobot/envs/metaworld_config.json from the wheel of lerobot 0.4.4 beside metaworld.py"
            raise Failure(f"LeRobot's package lacks metaworld_config.json; {remedy}") from error

    def tasks(self) -> list[tuple[str, int]]:
        return [(group, task) for group, tasks in self.vectors.items() for task in tasks]

    def slot(self, group: str, task: int, index: int) -> Slot:
        vector = self.vectors[group][task]
        try:
            environment = vector.env_fns[index]()
        except KeyError as error:
            raise Failure(f"--env.task: there is no {error.args[0]} in {group}") from error
        return LeRobotSlot(environment, vector.autoreset, self.before, self.after)


class HubSource(LeRobotSource):
    """A repository of environments on the hub, whose code LeRobot runs only where that is allowed."""

    def __init__(self, fields: dict, count: int, trusts: bool):
        require("lerobot")
        from lerobot.envs.factory import make_env

        self.before = self.after = lambda batch: batch
        self.vectors = blueprints(lambda: make_env(fields["task"], n_envs=count, trust_remote_code=trusts))

    def slot(self, group: str, task: int, index: int) -> Slot:
        vector = self.vectors[group][task]
        if hasattr(vector, "env_fns") and hasattr(vector, "autoreset"):
            return super().slot(group, task, index)
        if index >= len(getattr(vector, "envs", [])):
            raise Failure(f"{self}: make_env gave no environment {index} to step alone")
        mode = getattr(vector.metadata.get("autoreset_mode"), "value", "NextStep")
        mode = "same_step" if mode == "SameStep" else "next_step"
        return LeRobotSlot(vector.envs[index], mode, self.before, self.after)


class ManipulatorSource:
    """LeRobot's `gym_manipulator`, which its `make_env` cannot make (Q-ENV-1)."""

    def __init__(self, fields: dict, count: int, trusts: bool):
        require("lerobot")
        import draccus
        from lerobot.envs.configs import EnvConfig

        self.config = draccus.decode(EnvConfig, fields)
        if self.config.name != "gym_hil":
            raise Failure("--env.name: only gym_hil is simulated; give --env.name=gym_hil --env.task=PandaPickCube-v0")
        require("gym_hil")

    def tasks(self) -> list[tuple[str, int]]:
        return [("gym_manipulator", 0)]

    def slot(self, group: str, task: int, index: int) -> Slot:
        from lerobot.rl.gym_manipulator import make_processors, make_robot_env

        environment, teleoperator = make_robot_env(self.config)
        return ManipulatorSlot(environment, *make_processors(environment, teleoperator, self.config))


SOURCES = {"gymnasium": GymnasiumSource, "hub": HubSource, "gym_manipulator": ManipulatorSource}
