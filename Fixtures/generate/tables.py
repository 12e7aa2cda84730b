"""Parquet files that no dataset of ours would show: every type a column may have, and damage.

kinds.parquet, kinds.json: columns of all types and encodings pyarrow writes, and their values.
The others are the first episode of layouts/v21 with one thing wrong.
"""

import json
from pathlib import Path

from generate.golden import Case


def kinds():
    import numpy as np
    import pyarrow as pa

    random = np.random.default_rng(5)
    rows = 11
    columns = {}
    for name in ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"):
        limits = np.iinfo(name)
        values = random.integers(max(limits.min, -(2**62)), min(limits.max, 2**62), rows)
        columns[name] = pa.array(values.astype(name))
    columns["float32"] = pa.array(random.normal(size=rows).astype(np.float32))
    columns["float64"] = pa.array(random.normal(size=rows))
    columns["bool"] = pa.array(random.integers(0, 2, rows).astype(bool))
    vectors = random.normal(size=(rows, 3)).astype(np.float32)
    columns["list"] = pa.array(list(vectors), pa.list_(pa.float32()))
    columns["large_list"] = pa.array(list(vectors), pa.large_list(pa.float32()))
    columns["fixed_list"] = pa.array(list(vectors), pa.list_(pa.float32(), 3))
    columns["matrix"] = pa.array([[list(v), list(-v)] for v in vectors], pa.list_(pa.list_(pa.float32())))
    texts = [f"naïve “{index % 3}”" for index in range(rows)]
    columns["string"] = pa.array(texts)
    columns["large_string"] = pa.array(texts, pa.large_string())
    columns["dictionary"] = pa.array(texts).dictionary_encode()
    return pa.table(columns)


def flat(value) -> list:
    return [inner for item in value for inner in flat(item)] if isinstance(value, list) else [value]


def make_kinds(root: Path) -> None:
    import pyarrow.parquet

    table = kinds()
    pyarrow.parquet.write_table(table, root / "tables/kinds.parquet", row_group_size=4, compression="zstd")
    values = {name: flat(table[name].to_pylist()) for name in table.column_names}
    (root / "tables/kinds.json").write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n")


def make_damaged(root: Path) -> None:
    import datasets  # noqa: F401  Its column types decide how pyarrow writes the schema it has read.
    import pyarrow as pa
    import pyarrow.parquet

    stored = Path(__file__).resolve().parents[1] / "layouts/v21/data/chunk-000/episode_000000.parquet"
    table = pyarrow.parquet.read_table(stored)

    def write(name: str, column: str, change) -> None:
        field = table.schema.field(column)
        values = change(table[column].to_pylist())
        index = table.column_names.index(column)
        damaged = table.set_column(index, field, pa.array(values, field.type))
        pyarrow.parquet.write_table(damaged, root / f"tables/{name}.parquet")

    state, picture = "observation.state", "observation.image"
    write("null_state", state, lambda rows: [*rows[:4], None, *rows[5:]])
    write("picture_by_path", picture, lambda rows: [*rows[:4], {"bytes": None, "path": "a.png"}, *rows[5:]])
    write("broken_picture", picture, lambda rows: [*rows[:4], rows[4] | {"bytes": rows[4]["bytes"][:60]}, *rows[5:]])


def cases() -> list[Case]:
    return [
        Case(
            name="tables/kinds",
            files=["tables/kinds.parquet", "tables/kinds.json"],
            seed=5,
            catches="a type or nesting read with another's width, offsets forgotten, row groups out of order",
            make=make_kinds,
        ),
        Case(
            name="tables/damaged",
            files=[f"tables/{name}.parquet" for name in ("null_state", "picture_by_path", "broken_picture")],
            catches="a null or a broken picture taken for data",
            make=make_damaged,
        ),
    ]
