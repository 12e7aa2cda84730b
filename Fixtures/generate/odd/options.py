"""Times with jitter, and options that depend on what a dataset holds."""

from generate.odd.dataset import EPISODES, Dataset
from generate.odd.variants import add, odd, refused, trains, warns

AS_BASE = trains("vectors")
JITTER = {"report": "lerobot#3513, #3517"}


def unchanged(dataset: Dataset) -> None:
    """The base itself."""


add(
    "mapping_by_feature",
    "normalization_mapping with names of features",
    unchanged,
    refused("observation\\.state"),
    arguments=['--policy.normalization_mapping={"observation.state": "MIN_MAX", "action": "MIN_MAX"}'],
    report="lerobot#821",
)
add(
    "mapping_without_action",
    "normalization_mapping without a type",
    unchanged,
    warns("normali[sz]"),
    arguments=['--policy.normalization_mapping={"STATE": "MIN_MAX", "ENV": "MEAN_STD"}'],
    report="lerobot#821",
)
add(
    "episodes_chosen",
    "two episodes of three",
    unchanged,
    trains("episodes_kept"),
    arguments=["--dataset.episodes=[0,2]"],
)
add(
    "episodes_chosen_reversed",
    "two episodes, the later one first",
    unchanged,
    trains("episodes_kept"),
    arguments=["--dataset.episodes=[2,0]"],
)


@odd("the first and the last episode alone (control: LeRobot reads a selection wrongly, Q-DATA-1)")
def episodes_kept(dataset: Dataset) -> None:
    import pyarrow as pa

    kept = [i for i, episode in enumerate(dataset.values("episode_index")) if episode != 1]
    dataset.put(dataset.table().take(kept))
    dataset.columns(
        index=pa.array(range(len(kept))),
        episode_index=pa.array([episode // 2 for episode in dataset.values("episode_index")]),
    )
    dataset.lean_episodes()
    dataset.put(dataset.table(EPISODES).take([0, 2]), EPISODES)
    first, last = dataset.values("length", EPISODES)
    dataset.episodes(
        episode_index=pa.array([0, 1]),
        dataset_from_index=pa.array([0, first]),
        dataset_to_index=pa.array([first, first + last]),
    )
    with dataset.info() as info:
        info.update(total_episodes=2, total_frames=len(kept))


add("diffusion", "the base with Diffusion (control)", unchanged, policy="diffusion")
add("camera_diffusion", "the same with a camera (control)", unchanged, base="camera", policy="diffusion")


def jitter(dataset: Dataset, most: float = 0.02) -> None:
    import numpy as np
    import pyarrow as pa

    times = np.array(dataset.values("timestamp"))
    times += np.random.default_rng(0).uniform(0, most, len(times))
    dataset.columns(timestamp=pa.array(times.astype(np.float32)))


LATE = refused("timestamp.*(tolerance_s|jitter)|tolerance_s")
add("times_jitter", "timestamps of a real clock", jitter, LATE, base="camera", **JITTER)
add(
    "times_jitter_tolerated",
    "the same with --tolerance_s=0.05",
    jitter,
    trains("camera"),
    base="camera",
    arguments=["--tolerance_s=0.05"],
    **JITTER,
)
add("times_jitter_no_camera", "timestamps of a real clock without a camera", jitter, AS_BASE, LATE, **JITTER)


@odd("timestamps since 1970", AS_BASE, LATE, **JITTER)
def times_of_day(dataset: Dataset) -> None:
    import pyarrow as pa

    dataset.columns(timestamp=pa.array([1.7e9 + t for t in dataset.values("timestamp")], pa.float64()))


@odd("timestamps since 1970 beside a camera", LATE, refused("timestamp"), base="camera", **JITTER)
def times_of_day_camera(dataset: Dataset) -> None:
    times_of_day(dataset)


@odd("timestamps that go on from episode to episode", AS_BASE, refused("timestamp"))
def times_of_file(dataset: Dataset) -> None:
    import pyarrow as pa

    dataset.columns(timestamp=pa.array([i / 10 for i in dataset.values("index")], pa.float32()))


@odd(
    "the same beside a camera, whose episode table counts them too",
    refused("timestamp|file-000\\.mp4"),
    base="camera",
)
def times_of_file_camera(dataset: Dataset) -> None:
    times_of_file(dataset)


@odd("timestamps all zero", refused("timestamp"), base="camera")
def times_zero(dataset: Dataset) -> None:
    import pyarrow as pa

    dataset.columns(timestamp=pa.array([0.0] * len(dataset.values("index")), pa.float32()))
