"""A dataset whose every number is known: what the program reads of it, plain PyTorch can compute with.

Two episodes of random pictures, states and actions in LeRobot's layout v2.0. Pictures of random bytes have no
ties in a max pool, where rounding would decide which of two pixels a gradient takes.
"""

from __future__ import annotations

import json
import random
import struct
import zlib
from pathlib import Path

from . import parquet

EPISODES, LENGTH, SIZE, WIDTH, FPS = 2, 136, 96, 2, 10
# The same for state and action, whatever their values: a statistic only scales.
STATISTICS = {"mean": [0.1, -0.2], "std": [0.5, 0.8], "min": [-1.0, -1.0], "max": [1.0, 1.0]}
CAMERA = "observation.image"
NUMBERS = ["frame_index", "episode_index", "index", "task_index"]


class Frames:
    """Everything in the dataset, by index."""

    def __init__(self):
        draw = random.Random(20)
        count = EPISODES * LENGTH
        self.pictures = [draw.randbytes(SIZE * SIZE * 3) for _ in range(count)]  # [height, width, channel]
        self.states = [[draw.uniform(-1, 1) for _ in range(WIDTH)] for _ in range(count)]
        self.actions = [[draw.uniform(-1, 1) for _ in range(WIDTH)] for _ in range(count)]


def make(folder: Path) -> None:
    frames = Frames()
    for episode in range(EPISODES):
        write_episode(folder / f"data/chunk-000/episode_{episode:06d}.parquet", frames, episode)
    meta = folder / "meta"
    meta.mkdir()
    (meta / "info.json").write_text(json.dumps(information()))
    (meta / "stats.json").write_text(json.dumps(statistics()))
    (meta / "tasks.jsonl").write_text(json.dumps({"task_index": 0, "task": "none"}) + "\n")
    lines = [{"episode_index": episode, "tasks": ["none"], "length": LENGTH} for episode in range(EPISODES)]
    (meta / "episodes.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def write_episode(path: Path, frames: Frames, episode: int) -> None:
    rows = range(episode * LENGTH, (episode + 1) * LENGTH)
    schema, columns = [], []
    for name, values in (("observation.state", frames.states), ("action", frames.actions)):
        schema += [(name, None, parquet.REQUIRED, 1, parquet.LIST), ("list", None, parquet.REPEATED, 1, None),
                   ("element", parquet.FLOAT, parquet.REQUIRED, 0, None)]  # fmt: skip
        flat = [value for row in rows for value in values[row]]
        columns.append(parquet.Column([name, "list", "element"], parquet.FLOAT, flat, WIDTH))
    schema += [(CAMERA, None, parquet.REQUIRED, 2, None), ("bytes", parquet.BYTE_ARRAY, parquet.REQUIRED, 0, None),
               ("path", parquet.BYTE_ARRAY, parquet.REQUIRED, 0, parquet.UTF8)]  # fmt: skip
    pictures = [png(frames.pictures[row]) for row in rows]
    columns.append(parquet.Column([CAMERA, "bytes"], parquet.BYTE_ARRAY, pictures))
    columns.append(parquet.Column([CAMERA, "path"], parquet.BYTE_ARRAY, [b"frame.png"] * LENGTH))
    whole = {"frame_index": range(LENGTH), "episode_index": [episode] * LENGTH, "index": rows,
             "task_index": [0] * LENGTH}  # fmt: skip
    for name in NUMBERS:
        schema.append((name, parquet.INT64, parquet.REQUIRED, 0, None))
        columns.append(parquet.Column([name], parquet.INT64, list(whole[name])))
    schema.append(("timestamp", parquet.FLOAT, parquet.REQUIRED, 0, None))
    columns.append(parquet.Column(["timestamp"], parquet.FLOAT, [frame / FPS for frame in range(LENGTH)]))
    parquet.write(path, LENGTH, schema, columns)


def png(pixels: bytes) -> bytes:
    rows = b"".join(b"\0" + pixels[at : at + 3 * SIZE] for at in range(0, len(pixels), 3 * SIZE))
    parts = [(b"IHDR", struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows, 0)),
             (b"IEND", b"")]  # fmt: skip
    chunks = [struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
              for kind, content in parts]  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def information() -> dict:
    vector = {"dtype": "float32", "shape": [WIDTH], "names": None}
    number = {"dtype": "int64", "shape": [1], "names": None}
    picture = {"dtype": "image", "shape": [SIZE, SIZE, 3], "names": ["height", "width", "channel"]}
    features = {CAMERA: picture, "observation.state": vector, "action": vector,
                "timestamp": {"dtype": "float32", "shape": [1], "names": None},
                **{name: number for name in NUMBERS}}  # fmt: skip
    return {"codebase_version": "v2.0", "robot_type": "none", "total_episodes": EPISODES,
            "total_frames": EPISODES * LENGTH, "total_tasks": 1, "chunks_size": 1000, "fps": FPS,
            "data_path": "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet",
            "video_path": None, "features": features}  # fmt: skip


def statistics() -> dict:
    count = {"count": [EPISODES * LENGTH]}
    picture = {"mean": [[[0.5]]] * 3, "std": [[[0.3]]] * 3, "min": [[[0.0]]] * 3, "max": [[[1.0]]] * 3}
    return {CAMERA: picture | count, **{key: STATISTICS | count for key in ("observation.state", "action")}}
