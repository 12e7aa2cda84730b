"""One small dataset in each layout on disk, and the items LeRobot reads from it.

v30 is written by LeRobot's own API: a video camera, a camera of pictures in the table, vectors, a
matrix, scalars, booleans, several tasks, and a float64 feature, which torch makes float32.
v21 and v20 hold the same frames as these versions laid them out, one file an episode.

items.safetensors, items.json: LeRobot's default_collate of all items of v30, for several deltas and
choices of episodes. Cameras are bytes there, each item's SHA-256 in items.json.
"""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

from generate.golden import Case

FPS = 10
LENGTHS = [7, 5, 9]
TASKS = ["Push the block.", "Lift the block – slowly.", "Push the block."]
VIDEO, PICTURES = "observation.images.top", "observation.image"
FEATURES = {
    VIDEO: {"dtype": "video", "shape": (64, 80, 3), "names": ["height", "width", "channels"]},
    "observation.state": {"dtype": "float32", "shape": (3,), "names": ["x", "y", "z"]},
    PICTURES: {"dtype": "image", "shape": (16, 24, 3), "names": ["height", "width", "channel"]},
    "observation.environment_state": {"dtype": "float64", "shape": (2,), "names": None},
    "action": {"dtype": "float32", "shape": (2,), "names": None},
    "action.matrix": {"dtype": "float32", "shape": (2, 3), "names": None},
    "next.reward": {"dtype": "float32", "shape": (1,), "names": None},
    "next.done": {"dtype": "bool", "shape": (1,), "names": None},
    "mode": {"dtype": "int64", "shape": (1,), "names": None},
}
# Name, deltas in frames by feature (None: no deltas at all), episodes.
READINGS = [
    ("plain", None, None),
    ("chunks", {"action": list(range(5))}, None),
    (
        "history",
        {
            **{key: [-1, 0] for key in FEATURES if key.startswith("observation.")},
            "action": list(range(-1, 7)),
            "next.reward": [0, 1, 2],
        },
        None,
    ),
    ("present", {key: [0] for key in FEATURES if key.startswith("observation.")}, None),
    ("first_two", {"action": list(range(-2, 3))}, [0, 1]),
]


def write_v30(folder: Path) -> None:
    import numpy as np
    from lerobot.datasets.lerobot_dataset import LeRobotDataset

    from generate.videos import picture

    random = np.random.default_rng(3)
    dataset = LeRobotDataset.create("local/layouts", fps=FPS, features=FEATURES, root=folder)
    for length, task in zip(LENGTHS, TASKS, strict=True):
        for index in range(length):
            dataset.add_frame(
                {
                    VIDEO: np.frombuffer(picture(80, 64, index + length), np.uint8).reshape(64, 80, 3),
                    "observation.state": random.normal(size=3).astype(np.float32),
                    PICTURES: np.frombuffer(picture(24, 16, index), np.uint8).reshape(16, 24, 3),
                    "observation.environment_state": random.normal(size=2),
                    "action": random.normal(size=2).astype(np.float32),
                    "action.matrix": random.normal(size=(2, 3)).astype(np.float32),
                    "next.reward": np.array([index / length], np.float32),
                    "next.done": np.array([index == length - 1]),
                    "mode": np.array([int(random.integers(-(2**40), 2**40))]),
                    "task": task,
                }
            )
        dataset.save_episode()
    dataset.finalize()
    shutil.rmtree(folder / "images", ignore_errors=True)


def write_legacy(new: Path, old: Path, version: str) -> None:
    """The dataset as v2.0 or v2.1 had it: a file for each episode, JSON lines."""
    import pandas
    import pyarrow.parquet
    from lerobot.datasets.utils import load_episodes, unflatten_dict

    info = json.loads((new / "meta/info.json").read_text())
    for key in ("data_files_size_in_mb", "video_files_size_in_mb"):
        info.pop(key)
    info |= {
        "codebase_version": version,
        "total_videos": len(LENGTHS),
        "total_chunks": 1,
        "data_path": "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet",
        "video_path": "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4",
    }
    (old / "meta").mkdir(parents=True)
    (old / "meta/info.json").write_text(json.dumps(info, indent=4, ensure_ascii=False))
    table = pyarrow.parquet.read_table(new / "data/chunk-000/file-000.parquet")
    (old / "data/chunk-000").mkdir(parents=True)
    (old / f"videos/chunk-000/{VIDEO}").mkdir(parents=True)
    rows = pandas.read_parquet(new / "meta/episodes/chunk-000/file-000.parquet").to_dict("records")
    episodes, statistics = [], []
    for episode in load_episodes(new):
        index, start, stop = (episode[key] for key in ("episode_index", "dataset_from_index", "dataset_to_index"))
        path = old / info["data_path"].format(episode_chunk=0, episode_index=index)
        pyarrow.parquet.write_table(table.slice(start, stop - start), path)
        cut_video(
            new / f"videos/{VIDEO}/chunk-000/file-000.mp4",
            old / info["video_path"].format(episode_chunk=0, episode_index=index, video_key=VIDEO),
            round(episode[f"videos/{VIDEO}/from_timestamp"] * FPS),
            stop - start,
        )
        episodes.append({"episode_index": index, "tasks": episode["tasks"], "length": episode["length"]})
        stats = unflatten_dict({k[6:]: plain(v) for k, v in rows[index].items() if k.startswith("stats/")})
        statistics.append({"episode_index": index, "stats": stats})
    write_lines(old / "meta/episodes.jsonl", episodes)
    tasks = pandas.read_parquet(new / "meta/tasks.parquet")
    write_lines(
        old / "meta/tasks.jsonl",
        [{"task_index": int(row.task_index), "task": task} for task, row in tasks.iterrows()],
    )
    if version == "v2.0":
        shutil.copy(new / "meta/stats.json", old / "meta/stats.json")
    else:
        write_lines(old / "meta/episodes_stats.jsonl", statistics)


def plain(value):
    """NumPy's nested arrays as lists."""
    return [plain(inner) for inner in value] if hasattr(value, "__len__") else value


def write_lines(path: Path, objects: list[dict]) -> None:
    lines = [json.dumps(value, ensure_ascii=False, default=lambda number: number.item()) for value in objects]
    path.write_text("\n".join(lines) + "\n")


def cut_video(source: Path, target: Path, start: int, count: int) -> None:
    """Copies some frames as they are coded: every episode begins with a key picture."""
    command = ["ffmpeg", "-v", "error", "-ss", str(start / FPS), "-i", str(source), "-frames:v", str(count)]
    command += ["-c", "copy", "-avoid_negative_ts", "make_zero", "-fflags", "+bitexact", str(target)]
    subprocess.run(command, check=True)


STORED = Path(__file__).resolve().parents[1] / "layouts"


def make_v30(root: Path) -> None:
    write_v30(root / "layouts/v30")


def make_v21(root: Path) -> None:
    write_legacy(STORED / "v30", root / "layouts/v21", "v2.1")


def make_v20(root: Path) -> None:
    write_legacy(STORED / "v30", root / "layouts/v20", "v2.0")


def make_items(root: Path) -> None:
    """Reads the stored dataset, so that its items can be checked on another machine."""
    from lerobot.datasets.lerobot_dataset import LeRobotDataset
    from safetensors.torch import save_file
    from torch.utils.data import default_collate

    tensors, readings = {}, []
    for name, deltas, episodes in READINGS:
        dataset = LeRobotDataset(
            "local/layouts",
            root=STORED / "v30",
            episodes=episodes,
            delta_timestamps=deltas and {key: [i / FPS for i in indices] for key, indices in deltas.items()},
            video_backend="torchcodec",
        )
        batch = default_collate([dataset[index] for index in range(len(dataset))])
        cameras = {}
        for key in (VIDEO, PICTURES):
            pixels = (batch.pop(key) * 255).round().byte()
            digests = [hashlib.sha256(item.numpy().tobytes()).hexdigest() for item in pixels]
            cameras[key] = {"shape": list(pixels.shape), "digests": digests}
        tasks = batch.pop("task")
        tensors |= {f"{name}/{key}": value.contiguous() for key, value in batch.items()}
        keys = [key for key in dataset[0] if key != "task"]
        readings.append(
            {"name": name, "episodes": episodes, "keys": keys, "cameras": cameras, "tasks": tasks}
        )
    save_file(tensors, root / "layouts/items.safetensors")
    (root / "layouts/items.json").write_text(json.dumps(readings, indent=1, ensure_ascii=False) + "\n")


def make_statistics(root: Path) -> None:
    """v21's statistics of each episode made one, as LeRobot's converter to v3.0 does."""
    from lerobot.datasets.compute_stats import aggregate_stats
    from lerobot.datasets.utils import write_json
    from lerobot.datasets.v30.convert_dataset_v21_to_v30 import legacy_load_episodes_stats

    whole = aggregate_stats(list(legacy_load_episodes_stats(STORED / "v21").values()))
    plain = {key: {name: value.tolist() for name, value in whole[key].items()} for key in sorted(whole)}
    write_json(plain, root / "layouts/statistics.json")


def cases() -> list[Case]:
    return [
        Case(
            name="layouts/v30",
            files=["layouts/v30/"],
            seed=3,
            catches="episodes that share a file taken for one, a feature's shape or type misread",
            make=make_v30,
            heavy=True,
        ),
        Case(
            name="layouts/v21",
            files=["layouts/v21/"],
            catches="a file for each episode misread: another file, row, frame or type",
            make=make_v21,
            heavy=True,
        ),
        Case(
            name="layouts/v20",
            files=["layouts/v20/"],
            catches="statistics of the whole dataset looked for episode by episode",
            make=make_v20,
            heavy=True,
        ),
        Case(
            name="layouts/items",
            files=["layouts/items.safetensors", "layouts/items.json"],
            catches="a chunk that crosses an episode's end, padding that is not flagged, a time axis too "
            "many, a dtype that torch would not make, keys out of order",
            make=make_items,
        ),
        Case(
            name="layouts/statistics",
            files=["layouts/statistics.json"],
            catches="deviations averaged as if the episodes had one mean, episodes weighted alike",
            make=make_statistics,
            tolerance=1e-12,
        ),
    ]
