"""Datasets of versions 2.0 and 2.1, which LeRobot 0.4.2 refuses and this program reads."""

import json
from pathlib import Path

from generate.odd.bases import FRAMES
from generate.odd.dataset import EPISODES, INFO, STATS, TASKS, Dataset
from generate.odd.variants import add, refused, trains, warns

AS_BASE = trains("vectors")
LINES, TASK_LINES, STATISTICS = "meta/episodes.jsonl", "meta/tasks.jsonl", "meta/episodes_stats.jsonl"
WHOLE = Path("Fixtures/datasets/odd/base/vectors/meta/stats.json")


def convert(dataset: Dataset) -> None:
    """Lays a dataset of version 3.0 out as version 2.1 did."""
    table, rows = dataset.table(), dataset.table(EPISODES).to_pylist()
    tasks = dataset.table(TASKS).to_pylist()
    dataset.remove("data")
    for row in rows:
        file = f"data/chunk-000/episode_{row['episode_index']:06d}.parquet"
        dataset.put(table.slice(row["dataset_from_index"], row["length"]), file)
    dataset.remove("meta/episodes")
    dataset.remove(TASKS)
    dataset.remove(STATS)
    with dataset.info() as info:
        info.update(codebase_version="v2.1", total_videos=0, total_chunks=1, video_path=None)
        info["data_path"] = "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet"
    text = next(key for key in tasks[0] if key != "task_index")
    lines(dataset, LINES, [{key: row[key] for key in ("episode_index", "tasks", "length")} for row in rows])
    lines(dataset, TASK_LINES, [{"task_index": t["task_index"], "task": t[text]} for t in tasks])
    lines(dataset, STATISTICS, [statistics(row) for row in rows])


def statistics(row: dict) -> dict:
    stats: dict = {}
    for name, value in row.items():
        if name.startswith("stats/"):
            feature, kind = name[len("stats/") :].rsplit("/", 1)
            stats.setdefault(feature, {})[kind] = value
    return {"episode_index": row["episode_index"], "stats": stats}


def lines(dataset: Dataset, file: str, values: list[dict], end: str = "\n") -> None:
    dataset.write(file, "".join(json.dumps(value, ensure_ascii=False) + end for value in values))


def read(dataset: Dataset, file: str) -> list[dict]:
    return [json.loads(line) for line in dataset.path(file).read_text().splitlines()]


def old(name: str, what: str, change=lambda dataset: None, *right) -> None:
    add(f"old_{name}", f"v2.1: {what}", change, *(right or [AS_BASE]), base="old")


def info(old: str, new: str):
    """Replaces text of info.json."""

    def edit(dataset: Dataset) -> None:
        text = dataset.path(INFO).read_text()
        assert old in text, old
        dataset.write(INFO, text.replace(old, new))

    return edit


def version_20(dataset: Dataset) -> None:
    info('"v2.1"', '"v2.0"')(dataset)
    dataset.remove(STATISTICS)
    dataset.write(STATS, WHOLE.read_bytes())


def text(change, *files):
    """Changes the bytes of JSON lines."""

    def edit(dataset: Dataset) -> None:
        for file in files or (LINES, TASK_LINES, STATISTICS):
            dataset.write(file, change(dataset.path(file).read_bytes()))

    return edit


def more_keys(dataset: Dataset) -> None:
    lines(dataset, LINES, [e | {"success": True, "raw": {"id": [1]}} for e in read(dataset, LINES)])
    tasks = read(dataset, TASK_LINES)
    lines(dataset, TASK_LINES, [t | {"language": "en"} for t in tasks])


def shuffled(dataset: Dataset) -> None:
    for file in (LINES, TASK_LINES, STATISTICS):
        lines(dataset, file, read(dataset, file)[::-1])


def repeated(dataset: Dataset) -> None:
    lines(dataset, LINES, [*read(dataset, LINES), read(dataset, LINES)[2]])


def flat_counts(dataset: Dataset) -> None:
    episodes = read(dataset, STATISTICS)
    for episode in episodes:
        for feature in episode["stats"].values():
            feature["count"] = feature["count"][0]
    lines(dataset, STATISTICS, episodes)


def float_indices(dataset: Dataset) -> None:
    lines(
        dataset,
        LINES,
        [
            e | {"episode_index": float(e["episode_index"]), "length": float(e["length"])}
            for e in read(dataset, LINES)
        ],
    )


def task_not_list(dataset: Dataset) -> None:
    lines(dataset, LINES, [e | {"tasks": e["tasks"][0]} for e in read(dataset, LINES)])


def one_fewer(dataset: Dataset) -> None:
    lines(dataset, STATISTICS, read(dataset, STATISTICS)[:2])


old("version_20", "v2.0, with the statistics of the whole", version_20)
old("more_keys", "further keys in the lines", more_keys)
old("shuffled", "lines out of order", shuffled)
old("blank_lines", "blank lines", text(lambda b: b"\n" + b.replace(b"\n", b"\n\n") + b"  \n"))
old("carriage_returns", "lines that end in CRLF", text(lambda b: b.replace(b"\n", b"\r\n")))
old("with_mark", "byte order marks", text(lambda b: b"\xef\xbb\xbf" + b))
old("no_last_newline", "no newline at the end", text(lambda b: b.rstrip(b"\n")))
old("escaped", "letters as \\u escapes", text(lambda b: b.decode().encode("ascii", "backslashreplace"), TASK_LINES))
old("counts_flat", "counts that are numbers, not lists", flat_counts)
old("float_indices", "episode_index and length as 0.0", float_indices)
old("task_text", "tasks as one text", task_not_list)
old("repeated_line", "an episode's line twice", repeated, AS_BASE, refused("episode 2|twice"))
old("line_cut", "the last line cut short", text(lambda b: b[:-20], LINES), refused("episodes\\.jsonl"))
old(
    "lines_pointer",
    "episodes.jsonl is a Git LFS pointer",
    lambda d: d.write(LINES, b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"),
    refused("git.lfs"),
)
old("tasks_missing", "no tasks.jsonl", lambda d: d.remove(TASK_LINES), refused("tasks\\.jsonl"), AS_BASE)
old(
    "stats_fewer",
    "statistics lack an episode",
    one_fewer,
    refused("episodes_stats\\.jsonl.*2|episode 2"),
    warns("episode 2", "any"),
)
old("stats_and_20", "stats.json of v2.0 beside those of v2.1", lambda d: d.write(STATS, b"{}"))
old(
    "stats_missing",
    "no episodes_stats.jsonl",
    lambda d: d.remove(STATISTICS),
    refused("episodes_stats\\.jsonl"),
    warns("episodes_stats\\.jsonl", "stats_missing"),
)
old(
    "beside_apple",
    "the Finder's ._episode_000000.parquet",
    lambda d: d.write("data/chunk-000/._episode_000000.parquet", b"\0\5\x16\7"),
)
old("total_wrong", "total_frames wrong", info(f'"total_frames": {FRAMES}', '"total_frames": 9'))
old("version_short", 'codebase_version "2.1"', info('"v2.1"', '"2.1"'))
old("video_path_missing", "no video_path", info('"video_path": null, ', ""))
