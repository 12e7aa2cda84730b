"""Episode tables as other programs write them."""

from generate.odd.dataset import CAMERA, EPISODES, POINTER, Dataset
from generate.odd.variants import add, odd, refused, trains, warns

AS_BASE, AS_CAMERA = trains("vectors"), trains("camera")


@odd("an episode table without statistics", AS_BASE)
def episodes_lean(dataset: Dataset) -> None:
    dataset.lean_episodes()


def dropped(name: str, columns: list[str], *right, base="vectors") -> None:
    def edit(dataset: Dataset) -> None:
        dataset.episodes(**{c.replace("/", "__"): None for c in columns})

    add(name, f"an episode table without {' and '.join(columns)}", edit, *right, base=base)


dropped("episodes_without_tasks", ["tasks"], AS_BASE)
dropped("episodes_without_length", ["length"], AS_BASE)
dropped("episodes_without_meta", ["meta/episodes/chunk_index", "meta/episodes/file_index"], AS_BASE)
dropped("episodes_without_files", ["data/chunk_index", "data/file_index"], AS_BASE, refused("data/chunk_index"))
dropped("episodes_without_range", ["dataset_from_index", "dataset_to_index"], AS_BASE, refused("dataset_from_index"))
dropped(
    "episodes_without_video",
    [f"videos/{CAMERA}/chunk_index", f"videos/{CAMERA}/file_index"],
    refused("videos/observation\\.image"),
    base="camera",
)
dropped(
    "episodes_without_video_times",
    [f"videos/{CAMERA}/from_timestamp", f"videos/{CAMERA}/to_timestamp"],
    refused("from_timestamp"),
    base="camera",
)
dropped("episodes_without_video_end", [f"videos/{CAMERA}/to_timestamp"], AS_CAMERA, base="camera")


@odd("an episode table with further, nested columns", AS_BASE)
def episodes_nested(dataset: Dataset) -> None:
    import pyarrow as pa

    dataset.episodes(
        language=pa.array([{"en": "push", "de": ["schieb", None]}] * 3),
        quality=pa.array([0.5, None, 1.0]),
        tags=pa.array([[("a", 1)]] * 3, type=pa.map_(pa.string(), pa.int64())),
    )


@odd("episodes out of order", AS_BASE)
def episodes_shuffled(dataset: Dataset) -> None:
    dataset.lean_episodes()
    dataset.put(dataset.table(EPISODES).take([2, 0, 1]), EPISODES)


@odd("episode numbers as int32, times as float32", AS_CAMERA, base="camera")
def episodes_narrow(dataset: Dataset) -> None:
    import pyarrow as pa

    dataset.lean_episodes()
    narrow = {pa.int64(): pa.int32(), pa.float64(): pa.float32()}
    table = dataset.table(EPISODES)
    dataset.put(table.cast(pa.schema([(f.name, narrow.get(f.type, f.type)) for f in table.schema])), EPISODES)


@odd("episode numbers as float64", AS_BASE, refused("episodes"))
def episodes_as_floats(dataset: Dataset) -> None:
    import pyarrow as pa

    dataset.lean_episodes()
    table = dataset.table(EPISODES)
    kinds = [(f.name, pa.float64() if f.type == pa.int64() else f.type) for f in table.schema]
    dataset.put(table.cast(pa.schema(kinds)), EPISODES)


@odd("episode numbers dictionary-encoded, tasks as large lists", AS_BASE)
def episodes_dictionary(dataset: Dataset) -> None:
    import pyarrow as pa

    dataset.lean_episodes()
    table = dataset.table(EPISODES)
    columns = {c: table[c].combine_chunks().dictionary_encode() for c in ("data/file_index", "length")}
    columns["tasks"] = table["tasks"].cast(pa.large_list(pa.large_string()))
    dataset.set(columns, EPISODES)


@odd("tasks of an episode as one text", AS_BASE)
def episodes_task_text(dataset: Dataset) -> None:
    import pyarrow as pa

    dataset.episodes(tasks=pa.array([tasks[0] for tasks in dataset.values("tasks", EPISODES)]))


@odd("an episode of one frame", trains())
def episode_of_one_frame(dataset: Dataset) -> None:
    import pyarrow as pa

    # The last of the 24 rows becomes an episode of its own.
    dataset.columns(
        episode_index=pa.array([*dataset.values("episode_index")[:-1], 3]),
        frame_index=pa.array([*dataset.values("frame_index")[:-1], 0]),
        timestamp=pa.array([*dataset.values("timestamp")[:-1], 0.0], pa.float32()),
    )
    dataset.lean_episodes()
    rows = dataset.table(EPISODES).to_pylist()
    rows.append(rows[2] | {"episode_index": 3, "length": 1, "dataset_from_index": 23, "dataset_to_index": 24})
    rows[2] |= {"length": 7, "dataset_to_index": 23}
    dataset.put(pa.Table.from_pylist(rows), EPISODES)
    with dataset.info() as info:
        info.update(total_episodes=4, splits={"train": "0:4"})


@odd("an episode of no frames", AS_BASE, refused("episode 3"))
def episode_of_no_frames(dataset: Dataset) -> None:
    import pyarrow as pa

    dataset.lean_episodes()
    rows = dataset.table(EPISODES).to_pylist()
    rows.append(rows[2] | {"episode_index": 3, "length": 0, "dataset_from_index": 24, "dataset_to_index": 24})
    dataset.put(pa.Table.from_pylist(rows), EPISODES)
    with dataset.info() as info:
        info.update(total_episodes=4)


@odd("an episode table in three files", AS_BASE)
def episodes_in_three_files(dataset: Dataset) -> None:
    dataset.lean_episodes()
    table = dataset.table(EPISODES)
    for i in range(3):
        dataset.put(table.slice(i, 1), f"meta/episodes/chunk-000/file-{i:03d}.parquet")


@odd("ranges of rows as they were before the dataset was merged", AS_BASE, refused("dataset_from_index|episode"))
def episodes_ranges_stale(dataset: Dataset) -> None:
    import pyarrow as pa

    dataset.episodes(
        dataset_from_index=pa.array([0, 0, 0]), dataset_to_index=pa.array(dataset.values("length", EPISODES))
    )


@odd("lengths that do not fit the rows", AS_BASE, refused("length|episode"))
def episodes_lengths_wrong(dataset: Dataset) -> None:
    import pyarrow as pa

    dataset.episodes(length=pa.array([99, 7, 8]))


@odd("episode numbers that begin at 10, in the rows too", AS_BASE, refused("episode"))
def episodes_from_ten(dataset: Dataset) -> None:
    import pyarrow as pa

    dataset.columns(episode_index=pa.array([i + 10 for i in dataset.values("episode_index")]))
    dataset.episodes(episode_index=pa.array([10, 11, 12]))


@odd("a row index that begins at 1000, in the episode table too", AS_BASE, refused("index"))
def rows_from_thousand(dataset: Dataset) -> None:
    import pyarrow as pa

    dataset.columns(index=pa.array([i + 1000 for i in dataset.values("index")]))
    starts = dataset.values("dataset_from_index", EPISODES)
    ends = dataset.values("dataset_to_index", EPISODES)
    dataset.episodes(
        dataset_from_index=pa.array([i + 1000 for i in starts]), dataset_to_index=pa.array([i + 1000 for i in ends])
    )


@odd("a row index that begins again in every episode", AS_BASE, refused("index"))
def rows_from_zero_each(dataset: Dataset) -> None:
    dataset.set({"index": dataset.table()["frame_index"]})


@odd("an episode that was deleted from the rows only", refused("episode 1|17 rows"), warns("episode 1", "any"))
def episode_deleted_from_rows(dataset: Dataset) -> None:
    table = dataset.table()
    dataset.put(table.take([i for i, e in enumerate(dataset.values("episode_index")) if e != 1]))


@odd("an episode that was deleted from the table only", refused("episode 1|total_episodes"), warns("episode", "any"))
def episode_deleted_from_table(dataset: Dataset) -> None:
    dataset.lean_episodes()
    dataset.put(dataset.table(EPISODES).take([0, 2]), EPISODES)


@odd("an episode table cut short", refused("episodes/chunk-000/file-000\\.parquet"))
def episodes_cut(dataset: Dataset) -> None:
    dataset.lean_episodes()
    dataset.cut(EPISODES)


@odd("an episode table that is a Git LFS pointer", refused("git.lfs"))
def episodes_pointer(dataset: Dataset) -> None:
    dataset.write(EPISODES, POINTER)


@odd("no episode table", refused("episodes"))
def episode_table_missing(dataset: Dataset) -> None:
    dataset.remove("meta/episodes")


@odd(
    "episode times of a video that are off by half a millisecond",
    AS_CAMERA,
    refused("timestamp|tolerance_s"),
    base="camera",
    tolerance=0.01,
)
def episodes_times_rounded(dataset: Dataset) -> None:
    import pyarrow as pa

    for name in ("from_timestamp", "to_timestamp"):
        times = dataset.values(f"videos/{CAMERA}/{name}", EPISODES)
        dataset.lean_episodes()
        dataset.set({f"videos/{CAMERA}/{name}": pa.array([t + 5e-4 * (t > 0) for t in times])}, EPISODES)
