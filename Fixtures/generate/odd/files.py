"""How rows lie in files, how files are encoded, what else lies beside them, damage."""

from generate.odd.dataset import DATA, EPISODES, INFO, POINTER, STATE, STATS, TASKS, VIDEO, Dataset
from generate.odd.variants import add, odd, refused, trains

AS_BASE, AS_CAMERA = trains("vectors"), trains("camera")
SECOND = "data/chunk-000/file-001.parquet"
DAMAGED = {"report": "lerobot#2035, #2268, #2529, #3522, #3631"}


def encoded(name: str, what: str, *right, **options) -> None:
    def edit(dataset: Dataset) -> None:
        dataset.put(dataset.table(), **options)

    add(name, what, edit, *(right or [AS_BASE]))


for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
    encoded(f"rows_{codec}", f"compression {codec}", compression=codec)
encoded("rows_pages_of_version_2", "data pages of version 2", data_page_version="2.0")
encoded("rows_in_groups", "a row group for every five rows", row_group_size=5)
encoded("rows_in_small_pages", "many pages", data_page_size=16, write_batch_size=2)
encoded("rows_without_dictionary", "plain encoding", use_dictionary=False)
encoded("rows_format_1", "Parquet's format 1.0", version="1.0")
encoded("rows_without_statistics", "no statistics in the footer", write_statistics=False)
encoded("rows_without_arrow_schema", "no Arrow schema in the footer", store_schema=False)
encoded("rows_with_crc", "checksums of pages", write_page_checksum=True)
encoded(
    "rows_byte_stream_split",
    "floats split by byte",
    use_dictionary=False,
    use_byte_stream_split=["timestamp", "next.reward"],
)
encoded(
    "rows_delta",
    "integers as differences",
    use_dictionary=False,
    column_encoding={"index": "DELTA_BINARY_PACKED", "frame_index": "DELTA_BINARY_PACKED"},
)


def spread(
    name: str, what: str, parts: list[list[int]], file_indices: list[int] | None, *right, change=None, **fields
):
    """Rows in several files; `file_indices` is what the episode table says of the three episodes."""

    def edit(dataset: Dataset) -> None:
        import pyarrow as pa

        table = dataset.table()
        for i, rows in enumerate(parts):
            part = table.take(pa.array(rows, pa.int64()))
            dataset.put(change(i, part) if change else part, f"data/chunk-000/file-{i:03d}.parquet")
        if file_indices:
            dataset.episodes(data__file_index=pa.array(file_indices))

    add(name, what, edit, *(right or [AS_BASE]), **fields)


FIRST, MIDDLE, LAST = list(range(9)), list(range(9, 16)), list(range(16, 24))
spread("rows_file_each", "a file for each episode", [FIRST, MIDDLE, LAST], [0, 1, 2])
spread(
    "rows_file_stale",
    "the episode at the roll-over is in the new file, its metadata says the old one",
    [FIRST, MIDDLE + LAST],
    [0, 0, 1],
    report="lerobot#2401",
)
spread("rows_all_stale", "three files, the episode table knows one", [FIRST, MIDDLE, LAST], None)
spread("rows_across_files", "an episode in two files", [FIRST + [9, 10, 11], [12, 13, 14, 15] + LAST], [0, 0, 1])
spread(
    "rows_files_swapped",
    "the later rows in the first file",
    [MIDDLE + LAST, FIRST],
    [1, 0, 0],
    AS_BASE,
    refused("index|order"),
)
spread(
    "rows_shuffled",
    "rows out of order",
    [[(5 * i) % 24 for i in range(24)]],
    None,
    AS_BASE,
    refused("index|order|episode|rows"),
)
spread(
    "rows_shuffled_over_files",
    "rows out of order over two files",
    [[(5 * i) % 24 for i in range(24)][:12], [(5 * i) % 24 for i in range(24)][12:]],
    None,
    AS_BASE,
    refused("index|order|episode|rows"),
)
spread("rows_empty_file", "a file without rows between two", [FIRST, [], MIDDLE + LAST], [0, 2, 2])
spread(
    "rows_order_of_columns",
    "another order of columns in each file",
    [FIRST, MIDDLE + LAST],
    [0, 1, 1],
    change=lambda i, t: t.select(t.column_names[::-1]) if i else t,
)


def double(i: int, table):
    import pyarrow as pa

    place = table.schema.get_field_index(STATE)
    wide = table[STATE].cast(pa.list_(pa.float64()))
    return table.set_column(place, STATE, wide) if i else table


spread(
    "rows_types_by_file", "another type of the state in each file", [FIRST, MIDDLE + LAST], [0, 1, 1], change=double
)
spread(
    "rows_column_by_file",
    "a column that only the second file has",
    [FIRST, MIDDLE + LAST],
    [0, 1, 1],
    change=lambda i, t: t.append_column("note", [["x"] * len(t)]) if i else t,
)
spread("rows_missing", "the last rows are not there", [list(range(20))], None, refused("episode 2|20 rows"))
spread(
    "rows_twice",
    "some rows twice",
    [list(range(24)) + [3, 4]],
    None,
    AS_BASE,
    refused("index|twice|episode 0|26 rows"),
)


@odd("rows in a second chunk", AS_BASE)
def rows_in_chunks(dataset: Dataset) -> None:
    import pyarrow as pa

    table = dataset.table()
    dataset.put(table.slice(0, 9))
    dataset.put(table.slice(9), "data/chunk-001/file-000.parquet")
    dataset.episodes(data__chunk_index=pa.array([0, 1, 1]))


# What else lies there.


def beside(name: str, what: str, file: str, data: bytes, *right, base="vectors", **fields) -> None:
    def edit(dataset: Dataset) -> None:
        dataset.write(file, data)

    default = AS_BASE if base == "vectors" else AS_CAMERA
    add(name, what, edit, *(right or [default]), base=base, **fields)


UNFINISHED = b"PAR1" + bytes(100)
APPLE = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        " + bytes(60)
beside("beside_unfinished", "an interrupted recording's file beside the rows", SECOND, UNFINISHED, **DAMAGED)
beside(
    "beside_unfinished_episodes",
    "an interrupted recording's episode table",
    "meta/episodes/chunk-000/file-001.parquet",
    UNFINISHED,
    refused("remove|interrupted|incomplete"),
    **DAMAGED,
)
beside("beside_no_bytes", "a table of no bytes beside the rows", SECOND, b"")
beside("beside_pointer", "a Git LFS pointer beside the rows that nobody refers to", SECOND, POINTER)
beside("beside_apple", "the Finder's ._file-000.parquet", "data/chunk-000/._file-000.parquet", APPLE)
beside(
    "beside_apple_episodes", "the same beside the episode table", "meta/episodes/chunk-000/._file-000.parquet", APPLE
)
beside("beside_apple_video", "the same beside the video", VIDEO.replace("file", "._file"), APPLE, base="camera")
beside("beside_finder", "a .DS_Store in data/", "data/.DS_Store", b"\0\0\0\1Bud1")
beside("beside_finder_chunk", "a .DS_Store in data/chunk-000/", "data/chunk-000/.DS_Store", b"\0\0\0\1Bud1")
beside(
    "beside_hub_cache",
    "the hub's download records",
    ".cache/huggingface/download/data/chunk-000/file-000.parquet.metadata",
    b"abc\ndef\n1.0\n",
)
beside("beside_hub_cache_in_data", "a table in data/.cache/", "data/.cache/file-000.parquet", UNFINISHED)
beside("beside_incomplete", "a download that was cut off", "data/chunk-000/file-001.parquet.incomplete", UNFINISHED)
beside("beside_temporary", "a table without an end, called .tmp", "data/chunk-000/file-000.parquet.tmp", UNFINISHED)
beside(
    "beside_pictures",
    "a folder images/ of an interrupted recording",
    "images/observation.image/episode-000003/frame-000000.png",
    b"\x89PNG",
)
beside("beside_readme", "a README.md and .gitattributes", "README.md", b"---\nlicense: mit\n---\n")
beside(
    "beside_version_2",
    "files of v2.1 that a conversion left behind",
    "meta/episodes.jsonl",
    b'{"episode_index": 0, "tasks": ["x"], "length": 9}\n',
)


@odd("the same rows again in a copy of the file", AS_BASE, refused("file-000 \\(1\\)|twice"))
def beside_copy(dataset: Dataset) -> None:
    dataset.write("data/chunk-000/file-000 (1).parquet", dataset.path(DATA).read_bytes())


@odd("a backup folder with the same rows", AS_BASE, refused("backup|twice"))
def beside_backup(dataset: Dataset) -> None:
    dataset.write("data/backup/file-000.parquet", dataset.path(DATA).read_bytes())


# Links.


def linked(name: str, what: str, files: list[str], base="vectors") -> None:
    def edit(dataset: Dataset) -> None:
        for file in files:
            dataset.link(file)

    add(name, what, edit, AS_BASE if base == "vectors" else AS_CAMERA, base=base)


linked("link_rows", "the table is a symbolic link", [DATA])
linked(
    "link_all",
    "every file is a symbolic link, as in the hub's cache",
    [DATA, EPISODES, TASKS, INFO, STATS, VIDEO],
    base="camera",
)
linked("link_video", "the video is a symbolic link", [VIDEO], base="camera")
linked("link_folders", "data/ and videos/ are symbolic links", ["data", "videos"], base="camera")
linked("link_meta", "meta/ is a symbolic link", ["meta"])
linked("link_chunk", "data/chunk-000 is a symbolic link", ["data/chunk-000"])


@odd("the table is a symbolic link that leads nowhere", refused("file-000\\.parquet"))
def link_broken(dataset: Dataset) -> None:
    dataset.remove(DATA)
    dataset.path(DATA).symlink_to("../../blobs/gone")


# Damage.


def damaged(name: str, what: str, file: str, how, *right, base="vectors") -> None:
    def edit(dataset: Dataset) -> None:
        dataset.write(file, how(dataset.path(file).read_bytes()))

    add(name, what, edit, *right, base=base, **DAMAGED)


damaged("rows_pointer", "the table is a Git LFS pointer", DATA, lambda b: POINTER, refused("git.lfs"))
damaged("rows_cut", "the table cut short", DATA, lambda b: b[: len(b) // 2], refused("file-000\\.parquet"))
damaged("rows_no_bytes", "the table of no bytes", DATA, lambda b: b"", refused("file-000\\.parquet"))
damaged("rows_zeros", "the table full of zero bytes", DATA, lambda b: bytes(len(b)), refused("file-000\\.parquet"))
damaged(
    "rows_html",
    "the table is a page of a server",
    DATA,
    lambda b: b"<!DOCTYPE html><html>Login</html>",
    refused("file-000\\.parquet"),
)
damaged(
    "video_pointer", "the video is a Git LFS pointer", VIDEO, lambda b: POINTER, refused("git.lfs"), base="camera"
)
damaged(
    "video_cut", "the video cut short", VIDEO, lambda b: b[: len(b) // 3], refused("file-000\\.mp4"), base="camera"
)
damaged("video_no_bytes", "the video of no bytes", VIDEO, lambda b: b"", refused("file-000\\.mp4"), base="camera")
damaged(
    "video_zeros",
    "the video full of zero bytes",
    VIDEO,
    lambda b: bytes(len(b)),
    refused("file-000\\.mp4"),
    base="camera",
)


@odd("no video", refused("file-000\\.mp4"), base="camera")
def video_missing(dataset: Dataset) -> None:
    dataset.remove("videos")


@odd("no table", refused("data"))
def rows_gone(dataset: Dataset) -> None:
    dataset.remove("data")


@odd("info.json says v3.0, the files are those of v2.1", refused("v2"), report="lerobot#2652")
def version_of_files(dataset: Dataset) -> None:
    import json

    table = dataset.table()
    rows = dataset.table(EPISODES).to_pylist()
    dataset.remove("data")
    for row in rows:
        start, length = row["dataset_from_index"], row["length"]
        dataset.put(table.slice(start, length), f"data/chunk-000/episode_{row['episode_index']:06d}.parquet")
    lines = [{key: row[key] for key in ("episode_index", "tasks", "length")} for row in rows]
    dataset.write("meta/episodes.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    texts = dict.fromkeys(task for row in rows for task in row["tasks"])
    tasks = [{"task_index": i, "task": text} for i, text in enumerate(texts)]
    dataset.write("meta/tasks.jsonl", "".join(json.dumps(line) + "\n" for line in tasks))
    dataset.remove("meta/episodes")
    dataset.remove(TASKS)
