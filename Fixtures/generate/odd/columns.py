"""Tables whose columns have other types or shapes than LeRobot writes."""

from generate.odd.dataset import ACTION, INDICES, STATE, Dataset
from generate.odd.variants import add, odd, refused, trains

AS_BASE = trains("vectors")
WRITERS = "the writer's types, as in lerobot#854"


def casts(name: str, what: str, columns: list[str], kind: str, *right, **fields) -> None:
    """The base's numbers in other types; `kind` is an expression of pyarrow."""

    def edit(dataset: Dataset) -> None:
        import pyarrow as pa

        dataset.cast(columns, eval(kind, {"pa": pa}))

    add(name, what, edit, *(right or [AS_BASE]), **fields)


VECTOR_KINDS = {
    "list": "pa.list_(pa.float32())",
    "large_list": "pa.large_list(pa.float32())",
    "fixed_size_list": "pa.list_(pa.float32(), 2)",
    "list_view": "pa.list_view(pa.float32())",
    "list_of_double": "pa.list_(pa.float64())",
    "large_list_of_double": "pa.large_list(pa.float64())",
}
for kind, expression in VECTOR_KINDS.items():
    casts(f"vectors_as_{kind}", f"state and action stored as {kind}", [STATE, ACTION], expression)
for kind in ["int32", "uint16", "uint64", "int8", "float64", "float32"]:
    casts(f"indices_as_{kind}", f"the four indices stored as {kind}", INDICES, f"pa.{kind}()")
casts("indices_as_decimal", "the four indices stored as decimals", INDICES, "pa.decimal128(9, 0)")
casts("timestamp_as_float64", "timestamp stored as float64", ["timestamp"], "pa.float64()")
casts("reward_as_float16", "an unused column stored as half precision", ["next.reward"], "pa.float16()")
for kind in ["uint8", "int8", "int64", "float32"]:
    casts(f"done_as_{kind}", f"a boolean stored as {kind}", ["next.done"], f"pa.{kind}()")


@odd("state stored as half precision", trains())
def state_as_float16(dataset: Dataset) -> None:
    import numpy as np
    import pyarrow as pa

    halves = [[np.float16(x) for x in row] for row in dataset.values(STATE)]
    dataset.columns(observation__state=pa.array(halves, type=pa.list_(pa.float16())))


@odd("state stored as whole numbers", trains())
def state_as_int32(dataset: Dataset) -> None:
    import pyarrow as pa

    whole = [[int(10 * x) for x in row] for row in dataset.values(STATE)]
    dataset.columns(observation__state=pa.array(whole, type=pa.list_(pa.int32())))


@odd("state stored as decimals", AS_BASE)
def state_as_decimal(dataset: Dataset) -> None:
    from decimal import Decimal

    import pyarrow as pa

    exact = [[Decimal(str(round(x, 9))) for x in row] for row in dataset.values(STATE)]
    dataset.columns(observation__state=pa.array(exact, type=pa.list_(pa.decimal128(18, 9))))


@odd("state stored as text", AS_BASE, refused("observation\\.state"))
def state_as_text(dataset: Dataset) -> None:
    import pyarrow as pa

    dataset.columns(observation__state=pa.array([[str(x) for x in r] for r in dataset.values(STATE)]))


@odd("state stored as a struct of its axes", refused("observation\\.state"))
def state_as_struct(dataset: Dataset) -> None:
    import pyarrow as pa

    dataset.columns(observation__state=pa.array([{"x": x, "y": y} for x, y in dataset.values(STATE)]))


@odd("reward and task_index dictionary-encoded", AS_BASE)
def scalars_as_dictionary(dataset: Dataset) -> None:
    table = dataset.table()
    dataset.set({c: table[c].combine_chunks().dictionary_encode() for c in ("next.reward", "task_index")})


@odd("action stored as [[x], [y]] where info.json says [2]", refused("action"), AS_BASE)
def action_nested(dataset: Dataset) -> None:
    import pyarrow as pa

    dataset.columns(action=pa.array([[[x] for x in row] for row in dataset.values(ACTION)]))


@odd(
    "action stored as [[x], [y]], and info.json says [2, 1]",
    refused(r"action.*\[2, 1\]|\[2, 1\].*action"),
    report="lerobot#854",
)
def action_of_two_axes(dataset: Dataset) -> None:
    action_nested(dataset)
    dataset.feature(ACTION, shape=[2, 1], names=None)
    with dataset.stats() as stats:
        for name in ("min", "max", "mean", "std"):
            stats[ACTION][name] = [[x] for x in stats[ACTION][name]]


def of_one(dataset: Dataset, as_list: bool = False) -> None:
    import pyarrow as pa

    for key in (STATE, ACTION):
        values = [[row[0]] if as_list else row[0] for row in dataset.values(key)]
        dataset.set({key: pa.array(values, type=pa.list_(pa.float32()) if as_list else pa.float32())})
        dataset.feature(key, shape=[1], names=["slider"])
        dataset.statistics_of(key, values)


ONE = {"report": "lerobot#3833, #3415, #3771"}
VAE = {**ONE, "arguments": ["--policy.use_vae=true"]}
LIKE_SCALARS = trains("width_of_one")
add("width_of_one", "state and action of width 1, stored as scalars", of_one, trains(), widen=True, **VAE)
add("width_of_one_diffusion", "the same, with Diffusion", of_one, trains(), policy="diffusion", widen=True, **ONE)
add(
    "width_of_one_as_lists",
    "state and action of width 1, stored as lists of one",
    lambda dataset: of_one(dataset, as_list=True),
    LIKE_SCALARS,
    **VAE,
)


def listed(name: str, column: str, *right) -> None:
    def edit(dataset: Dataset) -> None:
        import pyarrow as pa

        kind = dataset.table().schema.field(column).type
        dataset.set({column: pa.array([[x] for x in dataset.values(column)], type=pa.list_(kind))})

    add(name, f"{column}, a scalar, stored as a list of one", edit, *(right or [AS_BASE]))


listed("reward_as_list_of_one", "next.reward")
listed("timestamp_as_list_of_one", "timestamp", AS_BASE, refused("timestamp"))
listed("done_as_list_of_one", "next.done")
listed("index_as_list_of_one", "index", AS_BASE, refused("index"))
listed("episode_index_as_list_of_one", "episode_index", AS_BASE, refused("episode_index"))


@odd("timestamp stored as a time of day in microseconds", AS_BASE, refused("timestamp"))
def timestamp_as_instant(dataset: Dataset) -> None:
    import pyarrow as pa

    whole = [round(t * 1e6) for t in dataset.values("timestamp")]
    dataset.columns(timestamp=pa.array(whole, type=pa.timestamp("us")))


@odd("timestamp stored as whole milliseconds", refused("timestamp"), trains())
def timestamp_as_milliseconds(dataset: Dataset) -> None:
    import pyarrow as pa

    dataset.columns(timestamp=pa.array([round(t * 1e3) for t in dataset.values("timestamp")], pa.int64()))


@odd("episode_index stored as text", AS_BASE, refused("episode_index"))
def episode_index_as_text(dataset: Dataset) -> None:
    import pyarrow as pa

    dataset.columns(episode_index=pa.array([str(i) for i in dataset.values("episode_index")]))


@odd("episode_index that is no whole number", refused("episode_index"))
def episode_index_fraction(dataset: Dataset) -> None:
    import pyarrow as pa

    dataset.columns(episode_index=pa.array([i + 0.5 for i in dataset.values("episode_index")]))


# Columns that only one side has.


@odd(
    "columns that info.json does not name: text, bytes, a struct, a map, a list of structs",
    AS_BASE,
)
def columns_unnamed(dataset: Dataset) -> None:
    import pyarrow as pa

    rows = range(len(dataset.values("index")))
    dataset.columns(
        note=pa.array([f"frame {i}" for i in rows]),
        blob=pa.array([bytes([i]) for i in rows]),
        pose=pa.array([{"q": [1.0, 2.0], "id": i} for i in rows]),
        tags=pa.array([[("a", i)] for i in rows], type=pa.map_(pa.string(), pa.int64())),
        boxes=pa.array([[{"x": 1.0}] * (i % 3) for i in rows]),
    )


@odd("the column that pandas makes of a named index", AS_BASE)
def column_of_pandas(dataset: Dataset) -> None:
    import pandas as pd

    frame = dataset.table().to_pandas()
    frame.index = pd.Index(range(100, 100 + len(frame)))
    frame.iloc[:].set_index(frame.index.astype("float64")).to_parquet(dataset.path("data/chunk-000/file-000.parquet"))


def without(column: str, what: str, *right) -> None:
    def edit(dataset: Dataset) -> None:
        dataset.set({column: None})

    add(f"without_{column.replace('.', '_')}", what, edit, *right)


without("next.reward", "info.json names an unused column that the table lacks", AS_BASE)
without("observation.state", "info.json names a state that the table lacks", refused("observation\\.state"))
without("action", "info.json names an action that the table lacks", refused("action"))
without("timestamp", "the table lacks timestamp", refused("timestamp"), AS_BASE)
without("frame_index", "the table lacks frame_index", refused("frame_index"), AS_BASE)
without("episode_index", "the table lacks episode_index", refused("episode_index"))
without("index", "the table lacks index", refused("index"), AS_BASE)
without("task_index", "the table lacks task_index", refused("task_index"), AS_BASE)


@odd("columns in the order of the alphabet", AS_BASE)
def columns_sorted(dataset: Dataset) -> None:
    table = dataset.table()
    dataset.put(table.select(sorted(table.column_names)))


@odd("an unused column without a type, all null", AS_BASE, refused("next\\.reward.*null|null.*next\\.reward"))
def reward_untyped(dataset: Dataset) -> None:
    import pyarrow as pa

    dataset.set({"next.reward": pa.nulls(len(dataset.values("index")))})


def text_feature(kind: str):
    def edit(dataset: Dataset) -> None:
        import pyarrow as pa

        texts = pa.array([["open", "close"][i % 2] for i in dataset.values("index")], pa.string())
        column = texts.dictionary_encode() if kind == "dictionary" else texts.cast(kind)
        dataset.columns(gripper__mode=column)
        dataset.feature("gripper.mode", dtype="string", shape=[1], names=None)

    return edit


for kind in ["string", "large_string", "dictionary"]:
    add(f"text_feature_as_{kind}", f"a feature of dtype string, stored as {kind}", text_feature(kind), AS_BASE)


@odd("state 3 wide in the table and 2 in info.json", refused("observation\\.state"))
def state_wider_than_declared(dataset: Dataset) -> None:
    import pyarrow as pa

    rows = [[*row, 0.5] for row in dataset.values(STATE)]
    dataset.columns(observation__state=pa.array(rows, type=pa.list_(pa.float32())))


@odd("one state of another width", refused("observation\\.state"))
def state_ragged(dataset: Dataset) -> None:
    import pyarrow as pa

    rows = dataset.values(STATE)
    rows[11] = rows[11][:1]
    dataset.columns(observation__state=pa.array(rows, type=pa.list_(pa.float32())))


@odd("the table's huggingface metadata says other types than the table", AS_BASE)
def metadata_contradicts(dataset: Dataset) -> None:
    import json

    table = dataset.table()
    features = {
        "action": {"dtype": "int64", "_type": "Value"},
        "index": {"dtype": "string", "_type": "Value"},
        "gone": {"_type": "Image"},
    }
    text = json.dumps({"info": {"features": features}})
    dataset.put(table.replace_schema_metadata({b"huggingface": text.encode()}))


@odd("the table's huggingface metadata is no JSON", AS_BASE)
def metadata_damaged(dataset: Dataset) -> None:
    dataset.put(dataset.table().replace_schema_metadata({b"huggingface": b"{", b"pandas": b"\xff"}))


# Numbers that are missing or not finite.


def spoilt(name: str, what: str, column: str, place, value, *right, kind=None) -> None:
    """Replaces what stands at row `place`, or at [row, axis]."""

    def edit(dataset: Dataset) -> None:
        import pyarrow as pa

        rows = dataset.values(column)
        if isinstance(place, tuple):
            rows[place[0]][place[1]] = value
        else:
            rows[place] = value
        stored = dataset.table().schema.field(column).type
        dataset.set({column: pa.array(rows, type=kind and eval(kind, {"pa": pa}) or stored)})

    add(name, what, edit, *right)


NAN, LIST = float("nan"), "pa.list_(pa.float32())"
# Row 11 is episode 1's frame 2, row 0 the very first.
spoilt("action_nan", "one action is NaN", ACTION, (11, 1), NAN, refused("episode 1.*frame 2", "learning rate"))
spoilt(
    "action_nan_first", "the first action is NaN", ACTION, (0, 0), NAN, refused("episode 0.*frame 0", "learning rate")
)
spoilt(
    "state_infinite",
    "one state is infinite",
    STATE,
    (11, 0),
    float("inf"),
    refused("episode 1.*frame 2", "learning rate"),
)
spoilt("action_null", "one action is null", ACTION, 11, None, refused("episode 1.*frame 2"), kind=LIST)
spoilt("action_half_null", "one action holds a null", ACTION, (11, 0), None, refused("episode 1.*frame 2"), kind=LIST)
spoilt("reward_null", "an unused value is null", "next.reward", 11, None, refused("episode 1.*frame 2"), AS_BASE)
spoilt("reward_nan", "an unused value is NaN", "next.reward", 11, NAN, AS_BASE)
spoilt("timestamp_null", "one timestamp is null", "timestamp", 11, None, refused("timestamp"))
spoilt("timestamp_nan", "one timestamp is NaN", "timestamp", 11, NAN, refused("timestamp"), AS_BASE)
spoilt("episode_index_null", "one episode_index is null", "episode_index", 11, None, refused("episode_index"))
spoilt("task_index_null", "one task_index is null", "task_index", 11, None, refused("task_index"))
