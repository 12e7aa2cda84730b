"""Datasets written by LeRobot's own API."""

from pathlib import Path

from generate.golden import Case

EPISODES = 16
CORNERS_EPISODES = 100


def make_pusht_demo(root: Path) -> None:
    import itertools

    from generate.pusht.demonstrations import demonstration, make_dataset, make_environment

    environment = make_environment(images=True)
    episodes = (demonstration(environment, seed) for seed in itertools.count())
    make_dataset(root / "datasets/pusht_demo", "local/pusht_demo", EPISODES, True, episodes)


def make_pusht_corners(root: Path) -> None:
    from generate.pusht.demonstrations import make_dataset_in_parallel

    folder = root / "datasets/pusht_corners"
    make_dataset_in_parallel(folder, "local/pusht_corners", CORNERS_EPISODES, False, "grid")


def cases() -> list[Case]:
    return [
        Case(
            name="datasets/pusht_demo",
            files=["datasets/pusht_demo/"],
            seed=0,
            catches="a reader that only understands its own writer's dataset",
            make=make_pusht_demo,
            tolerance=1e-6,
            heavy=True,
        ),
        Case(
            name="datasets/pusht_corners",
            files=["datasets/pusht_corners/"],
            seed=0,
            catches="a policy without pictures that trains and does not learn to push the block",
            make=make_pusht_corners,
            tolerance=1e-6,
            heavy=True,
        ),
    ]
