"""A dataset folder of version 3.0 that a variant changes."""

import json
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

DATA = "data/chunk-000/file-000.parquet"
EPISODES = "meta/episodes/chunk-000/file-000.parquet"
TASKS = "meta/tasks.parquet"
INFO, STATS = "meta/info.json", "meta/stats.json"
CAMERA, STATE, ENVIRONMENT, ACTION = (
    "observation.image",
    "observation.state",
    "observation.environment_state",
    "action",
)
VIDEO = f"videos/{CAMERA}/chunk-000/file-000.mp4"
INDICES = ["frame_index", "episode_index", "index", "task_index"]
POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)


class Dataset:
    """Files of a dataset, read and written as pyarrow tables, JSON objects or bytes."""

    def __init__(self, folder: Path):
        self.folder = folder

    def path(self, file: str) -> Path:
        return self.folder / file

    # Files.

    def write(self, file: str, data: bytes | str) -> None:
        self.path(file).parent.mkdir(parents=True, exist_ok=True)
        self.path(file).write_bytes(data.encode() if isinstance(data, str) else data)

    def remove(self, file: str) -> None:
        path = self.path(file)
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    def move(self, file: str, new: str) -> None:
        self.path(new).parent.mkdir(parents=True, exist_ok=True)
        self.path(file).rename(self.path(new))

    def cut(self, file: str, share: float = 2 / 3) -> None:
        data = self.path(file).read_bytes()
        self.write(file, data[: int(len(data) * share)])

    def link(self, file: str) -> None:
        """Moves a file or folder to blobs/ and leaves a relative link, as the hub's cache does."""
        blob = "blobs/" + file.replace("/", "_")
        self.move(file, blob)
        self.path(file).symlink_to(os.path.relpath(self.path(blob), self.path(file).parent))

    # JSON.

    @contextmanager
    def json(self, file: str):
        value = json.loads(self.path(file).read_text())
        yield value
        self.write(file, json.dumps(value, ensure_ascii=False))

    def info(self):
        return self.json(INFO)

    def stats(self):
        return self.json(STATS)

    def feature(self, key: str, **fields) -> None:
        """Adds a feature or changes one; a field of None is stored as null, ... removes it."""
        with self.info() as info:
            feature = info["features"].setdefault(key, {})
            feature.update(fields)
            for name in [name for name, value in feature.items() if value is ...]:
                del feature[name]

    def statistics_of(self, key: str, values) -> None:
        """Stores the statistics of a [frames, width] array."""
        import numpy as np

        array = np.asarray(values, dtype=np.float64).reshape(len(values), -1)
        names = ("min", "max", "mean", "std")
        with self.stats() as stats:
            stats[key] = {name: getattr(array, name)(0).tolist() for name in names}
            stats[key]["count"] = [len(array)]

    # Tables.

    def table(self, file: str = DATA):
        """The table without the metadata of its writer."""
        import pyarrow.parquet as parquet

        return parquet.read_table(self.path(file)).replace_schema_metadata(None)

    def put(self, table, file: str = DATA, **options) -> None:
        import pyarrow.parquet as parquet

        # Small, unless a way of writing is what matters.
        options = options or {"use_dictionary": False, "write_statistics": False}
        self.path(file).parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(table, self.path(file), **options)

    def columns(self, file: str = DATA, **columns) -> None:
        """Replaces or adds columns; `__` in a name stands for a dot, a value of None removes one."""
        self.set({name.replace("__", "."): column for name, column in columns.items()}, file)

    def set(self, columns: dict, file: str = DATA) -> None:
        table = self.table(file)
        for name, column in columns.items():
            place = table.schema.get_field_index(name)
            if column is None:
                table = table.drop_columns([name])
            elif place < 0:
                table = table.append_column(name, column)
            else:
                table = table.set_column(place, name, column)
        self.put(table, file)

    def values(self, column: str, file: str = DATA) -> list:
        return self.table(file)[column].to_pylist()

    def cast(self, columns: list[str], kind, file: str = DATA) -> None:
        """The same numbers in another Arrow type."""
        import pyarrow

        def number(value):
            return int(value) if isinstance(value, bool) else value

        values = {c: [number(value) for value in self.values(c, file)] for c in columns}
        self.set({c: pyarrow.array(values[c], type=kind) for c in columns}, file)

    def lean_episodes(self) -> None:
        """Leaves the statistics of each episode out of the table, which makes it small."""
        table = self.table(EPISODES)
        self.put(table.select([c for c in table.column_names if not c.startswith("stats/")]), EPISODES)

    def episodes(self, **columns) -> None:
        self.lean_episodes()
        self.set({name.replace("__", "/"): column for name, column in columns.items()}, EPISODES)
