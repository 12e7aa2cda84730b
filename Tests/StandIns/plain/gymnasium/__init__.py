"""Stands in for gymnasium where only NumPy is there, with one environment: `StandIn/Reach-v0`.

It is in a folder of its own: beside LIBERO's stand-in it would take the place of the real gymnasium.
"""

from types import SimpleNamespace

from .reach import Reach

error = SimpleNamespace(UnregisteredEnv=type("UnregisteredEnv", (Exception,), {}))
registry = {"StandIn/Reach-v0": Reach}


def make(name, disable_env_checker=None, render_mode=None, max_episode_steps=None, **options):
    if name not in registry:
        raise error.UnregisteredEnv(f"no {name} among {', '.join(registry)}")
    return registry[name](max_episode_steps, **options)
