"""The forms in which a Parquet column may hold pictures, and how LeRobot's image feature reads them.

columns/data.parquet: three pictures in a column of each form; columns/images/: the files that some name by
their path. columns.json: the pictures' bytes [4, 5, 3] in order, and for each column whether the `datasets`
image feature reads those with the working directory where the paths begin.
"""

import contextlib
import json
from pathlib import Path

from generate.golden import Case
from generate.images import text

COUNT = 3


def name(index: int) -> str:
    return f"images/camera/episode_000000/frame_{index:06d}.png"


def columns(files: list[bytes]) -> dict:
    import pyarrow as pa

    none, paths = [None] * COUNT, [name(index) for index in range(COUNT)]

    def structure(data, names, data_type=None, name_type=None):
        return pa.StructArray.from_arrays(
            [pa.array(data, data_type or pa.binary()), pa.array(names, name_type or pa.string())], ["bytes", "path"]
        )

    return {
        "structure": structure(files, paths),
        "large_structure": structure(files, paths, pa.large_binary(), pa.large_string()),
        "only_bytes": pa.StructArray.from_arrays([pa.array(files, pa.binary())], ["bytes"]),
        "bytes": pa.array(files, pa.binary()),
        "large_bytes": pa.array(files, pa.large_binary()),
        "dictionary": pa.DictionaryArray.from_arrays(pa.array([2, 0, 1], pa.int32()), pa.array(files[1:] + files[:1], pa.binary())),
        "paths": structure(none, paths),
        "only_paths": pa.StructArray.from_arrays([pa.array(paths, pa.string())], ["path"]),
        "texts": pa.array(paths, pa.string()),
        "mixed": structure([files[0], None, files[2]], [None, paths[1], "gone.png"]),
        "moved": structure(none, ["/robot/recordings/one/" + path for path in paths]),
    }


def is_read(column: str, wanted: list) -> bool:
    import numpy as np
    from datasets import Features, Image, load_dataset

    try:
        dataset = load_dataset("parquet", data_files="data.parquet", split="train", columns=[column], features=Features({column: Image()}))
        return all(np.array_equal(np.array(row[column]), picture) for row, picture in zip(dataset, wanted, strict=True))
    except Exception:
        return False


def make_columns(root: Path) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq
    from generate.image_files import saved
    from PIL import Image

    pictures = list(np.random.default_rng(13).integers(0, 256, (COUNT, 4, 5, 3)).astype(np.uint8))
    files = [saved(Image.fromarray(picture), format="PNG") for picture in pictures]
    folder = root / "images/columns"
    for index, file in enumerate(files):
        (folder / name(index)).parent.mkdir(parents=True, exist_ok=True)
        (folder / name(index)).write_bytes(file)
    pq.write_table(pa.table(columns(files)), folder / "data.parquet")
    with contextlib.chdir(folder):
        read = {column: is_read(column, pictures) for column in columns(files)}
    golden = {"pictures": [text(picture.tobytes()) for picture in pictures], "lerobot": read}
    (root / "images/columns.json").write_text(json.dumps(golden, indent=1) + "\n")


def cases() -> list[Case]:
    return [
        Case(
            name="images/columns",
            files=["images/columns.json", "images/columns/"],
            seed=13,
            catches="a column of pictures refused for its type, or a picture's path taken for the picture",
            make=make_columns,
        )
    ]
