"""What info.json says otherwise than LeRobot writes it."""

from generate.odd.dataset import ACTION, CAMERA, DATA, ENVIRONMENT, INFO, POINTER, STATE, VIDEO, Dataset
from generate.odd.variants import add, odd, refused, trains

AS_BASE, AS_CAMERA = trains("vectors"), trains("camera")


def feature(name: str, what: str, key: str, fields: dict, *right, base="vectors", **more) -> None:
    """Another description of a feature."""
    default = AS_BASE if base == "vectors" else AS_CAMERA

    def edit(dataset: Dataset) -> None:
        dataset.feature(key, **fields)

    add(name, what, edit, *(right or [default]), base=base, **more)


def info(name: str, what: str, fields: dict, *right, base="vectors", **more) -> None:
    """Another value at the top of info.json; ... removes a key."""
    default = AS_BASE if base == "vectors" else AS_CAMERA

    def edit(dataset: Dataset) -> None:
        with dataset.info() as value:
            value.update(fields)
            for key in [key for key in value if value[key] is ...]:
                del value[key]

    add(name, what, edit, *(right or [default]), base=base, **more)


# Names of axes.
feature("names_of_motors", "names of a vector as a dictionary", STATE, {"names": {"motors": ["x", "y"]}})
feature("names_null", "names of a vector null", STATE, {"names": None})
feature("names_missing", "names of a vector left out", STATE, {"names": ...})
feature("names_too_few", "fewer names than axes", STATE, {"names": ["x"]})
feature("names_one_text", "one text as names", STATE, {"names": "position"})
RGB = {"report": "RoboticsData/score_lerobot_episodes#12, Tavish9/any4lerobot"}
feature(
    "camera_names_rgb",
    "a camera's names [height, width, rgb]",
    CAMERA,
    {"names": ["height", "width", "rgb"]},
    base="camera",
    **RGB,
)
feature(
    "camera_names_rgb_diffusion",
    "the same, with Diffusion",
    CAMERA,
    {"names": ["height", "width", "rgb"]},
    trains("camera_diffusion"),
    base="camera",
    policy="diffusion",
    **RGB,
)
feature(
    "camera_channels_first",
    "a camera's shape and names with channels first",
    CAMERA,
    {"names": ["channels", "height", "width"], "shape": [3, 48, 64]},
    base="camera",
)
feature(
    "camera_channels_first_names_last",
    "a shape with channels first whose names say last",
    CAMERA,
    {"shape": [3, 48, 64]},
    AS_CAMERA,
    refused("observation\\.image"),
    base="camera",
)
feature(
    "camera_channels_last_names_first",
    "a shape with channels last whose names say first",
    CAMERA,
    {"names": ["channels", "height", "width"]},
    AS_CAMERA,
    refused("observation\\.image"),
    base="camera",
)
feature("camera_names_null", "a camera's names null", CAMERA, {"names": None}, base="camera")
feature("camera_names_missing", "a camera's names left out", CAMERA, {"names": ...}, base="camera")
feature(
    "camera_names_upper_case",
    "a camera's names [Height, Width, Channels]",
    CAMERA,
    {"names": ["Height", "Width", "Channels"]},
    base="camera",
)
feature("camera_without_info", "a camera without the video's description", CAMERA, {"info": ...}, base="camera")
feature(
    "camera_shape_larger",
    "a camera declared larger than its video",
    CAMERA,
    {"shape": [96, 128, 3]},
    AS_CAMERA,
    refused("observation\\.image.*(size|48|96)"),
    base="camera",
)
feature(
    "camera_as_image",
    "a camera of video declared as pictures",
    CAMERA,
    {"dtype": "image"},
    refused("observation\\.image"),
    AS_CAMERA,
    base="camera",
)
feature(
    "camera_said_depth",
    "a camera of three channels that is said to be depth",
    CAMERA,
    {"info": {"video.is_depth_map": True, "video.fps": 10}},
    AS_CAMERA,
    refused("depth"),
    base="camera",
)

# Shapes.
feature("shape_number", "a shape that is a number", STATE, {"shape": 2})
feature("shape_empty", "a shape [] of a scalar", "next.reward", {"shape": []})
feature("shape_empty_state", "a shape [] of a vector", STATE, {"shape": []}, refused("observation\\.state"), AS_BASE)
feature("shape_of_floats", "a shape [2.0]", STATE, {"shape": [2.0]})
feature("shape_of_text", 'a shape ["2"]', STATE, {"shape": ["2"]}, AS_BASE, refused("observation\\.state"))
feature("shape_missing", "a shape left out", STATE, {"shape": ...}, AS_BASE, refused("observation\\.state"))
feature("shape_missing_unused", "a shape left out of an unused feature", "next.reward", {"shape": ...})
feature("shape_negative", "a shape [-2]", STATE, {"shape": [-2]}, refused("observation\\.state"))
feature("shape_huge", "a shape [4611686018427387904]", STATE, {"shape": [1 << 62]}, refused("observation\\.state"))
feature("shape_matrix", "a vector's shape [1, 2]", STATE, {"shape": [1, 2]}, refused("observation\\.state"), AS_BASE)


@odd("an observation of width 0", AS_BASE, refused("observation\\.effort"))
def width_of_zero(dataset: Dataset) -> None:
    import pyarrow as pa

    dataset.feature("observation.effort", dtype="float32", shape=[0], names=[])
    rows = len(dataset.values("index"))
    dataset.set({"observation.effort": pa.array([[]] * rows, type=pa.list_(pa.float32()))})
    with dataset.stats() as stats:
        stats["observation.effort"] = {n: [] for n in ("min", "max", "mean", "std")} | {"count": [rows]}


def more(name: str, what: str, keys: list[str], *right, **fields) -> None:
    """Further features, copies of the state."""

    def edit(dataset: Dataset) -> None:
        rows = dataset.table()[STATE]
        for key in keys:
            dataset.feature(key, dtype="float32", shape=[2], names=None)
            dataset.set({key: rows})
            with dataset.stats() as stats:
                stats[key] = stats[STATE]

    add(name, what, edit, *(right or [trains()]), **fields)


more("states_several", "further states beside the one", ["observation.state.gripper", "observation.velocity"])
more("actions_several", "a further action beside the one", ["action.delta"], trains(), refused("action\\.delta"))
more("features_of_others", "features that no policy reads", ["reward.dense", "info.pose", "annotation"], AS_BASE)
more("feature_with_slash", "a feature's name with a slash", ["info/pose"], AS_BASE)
more("feature_with_space", "a feature's name with spaces and other letters", ["Pose – Größe (m)"], AS_BASE)
more("feature_named_task", "a feature called task", ["task"], AS_BASE, refused("task"))

# Types.
for kind in [
    "float",
    "double",
    "float64",
    "float16",
    "half",
    "bfloat16",
    "int",
    "Float32",
    "<f4",
    "np.float32",
    None,
]:
    name = str(kind).replace("<", "le_").replace(".", "_").replace("Float", "title_float").lower()
    feature(
        f"dtype_{name}_unused",
        f"an unused feature of dtype {kind}",
        "next.reward",
        {"dtype": kind},
        AS_BASE,
        *([] if kind else [refused("next\\.reward")]),
    )
for kind in ["float", "double", "float16"]:
    feature(f"dtype_{kind}", f"an action of dtype {kind}", ACTION, {"dtype": kind}, trains())
feature(
    "dtype_int64_action",
    "an action of floats that is declared int64",
    ACTION,
    {"dtype": "int64"},
    AS_BASE,
    refused("action"),
)
feature("dtype_missing", "a dtype left out of an unused feature", "next.reward", {"dtype": ...})
feature("dtype_uint8_done", "a boolean declared uint8", "next.done", {"dtype": "uint8"})
feature("dtype_list", "a state of dtype list", STATE, {"dtype": "list"}, AS_BASE, refused("observation\\.state"))
feature(
    "feature_with_more", "further keys in a feature", STATE, {"fps": 10.0, "unit": "m", "info": None, "x": {"y": [1]}}
)

# The top.
info("info_with_more", "further keys in info.json", {"_comment": "hello", "discarded": [1], "features_version": 2.5})
info("frames_too_many", "total_frames says 1000", {"total_frames": 1000})
info("frames_too_few", "total_frames says 5", {"total_frames": 5})
info("frames_missing", "total_frames left out", {"total_frames": ...})
info("episodes_too_many", "total_episodes says 9", {"total_episodes": 9})
info("episodes_too_few", "total_episodes says 1", {"total_episodes": 1})
info("episodes_missing", "total_episodes left out", {"total_episodes": ...})
info("tasks_too_many", "total_tasks says 9", {"total_tasks": 9})
info("splits_missing", "splits left out", {"splits": ...})
info("splits_null", "splits null", {"splits": None})
info("splits_partial", "splits name the first two episodes only", {"splits": {"train": "0:2", "test": "2:3"}})
info("robot_type_missing", "robot_type left out", {"robot_type": ...})
info(
    "chunks_size_missing",
    "chunks_size and sizes of files left out",
    {"chunks_size": ..., "data_files_size_in_mb": ..., "video_files_size_in_mb": ...},
)
info("fps_float", "fps 10.0", {"fps": 10.0})
info("fps_text", 'fps "10"', {"fps": "10"}, AS_BASE, refused("fps"))
info("fps_missing", "fps left out", {"fps": ...}, refused("fps"), AS_BASE)
info("fps_null", "fps null", {"fps": None}, refused("fps"), AS_BASE)
info("fps_zero", "fps 0", {"fps": 0}, refused("fps"))
info("fps_negative", "fps -10", {"fps": -10}, refused("fps"), AS_BASE)
info("fps_other", "fps 30, timestamps every 0.1 s", {"fps": 30}, AS_BASE, refused("timestamp|fps"))
info("video_path_null", "video_path null without cameras", {"video_path": None})
info(
    "video_path_null_camera",
    "video_path null beside a camera",
    {"video_path": None},
    refused("video_path"),
    AS_CAMERA,
    base="camera",
)
info("data_path_missing", "data_path left out", {"data_path": ...}, AS_BASE, refused("data_path"))
info("version_number", "codebase_version 3.0 without v", {"codebase_version": "3.0"})
info("version_float", "codebase_version a number", {"codebase_version": 3.0}, AS_BASE, refused("version"))
info("version_next", "codebase_version v3.1", {"codebase_version": "v3.1"})
info("version_far", "codebase_version v4.0", {"codebase_version": "v4.0"}, AS_BASE, refused("v4"))
info("version_missing", "codebase_version left out", {"codebase_version": ...}, AS_BASE, refused("version"))
info(
    "version_too_old",
    "codebase_version v2.1, files of v3.0",
    {"codebase_version": "v2.1"},
    AS_BASE,
    refused("v3"),
)
info("features_empty", "no features", {"features": {}}, refused("features|action|info\\.json"))
info("features_null", "features null", {"features": None}, refused("features"))
info("features_list", "features as a list", {"features": []}, refused("features"))


@odd("fps 29.97 with its timestamps", trains())
def fps_fraction(dataset: Dataset) -> None:
    import pyarrow as pa

    with dataset.info() as value:
        value["fps"] = 29.97
    dataset.columns(timestamp=pa.array([i / 29.97 for i in dataset.values("frame_index")], pa.float32()))


@odd("files called otherwise, as data_path says", AS_BASE)
def data_path_other(dataset: Dataset) -> None:
    dataset.move(DATA, "data/train/part-0.parquet")
    with dataset.info() as value:
        value["data_path"] = "data/train/part-{file_index}.parquet"


@odd("files called otherwise than data_path says", AS_BASE, refused("file-000\\.parquet"))
def data_path_stale(dataset: Dataset) -> None:
    dataset.move(DATA, "data/train/part-0.parquet")


@odd("data_path with a key that is unknown", AS_BASE, refused("data_path|split"))
def data_path_unknown_key(dataset: Dataset) -> None:
    with dataset.info() as value:
        value["data_path"] = "data/{split}/file-{file_index:03d}.parquet"


@odd("videos elsewhere, as video_path says", AS_CAMERA, base="camera")
def video_path_other(dataset: Dataset) -> None:
    dataset.move(VIDEO, f"media/{CAMERA}.0.mp4")
    with dataset.info() as value:
        value["video_path"] = "media/{video_key}.{file_index}.mp4"


@odd("no action at all", refused("action"))
def action_none(dataset: Dataset) -> None:
    dataset.set({ACTION: None})
    with dataset.info() as value:
        del value["features"][ACTION]


@odd(
    "an action called actions",
    refused("actions"),
    report="lerobot#2529, #2128, Physical-Intelligence/openpi",
)
def action_called_actions(dataset: Dataset) -> None:
    table = dataset.table()
    dataset.put(table.rename_columns(["actions" if c == ACTION else c for c in table.column_names]))
    for file in (dataset.info, dataset.stats):
        with file() as value:
            value = value.get("features", value)
            value["actions"] = value.pop(ACTION)


@odd("observations called without their prefix", refused("state"))
def state_called_state(dataset: Dataset) -> None:
    names = {STATE: "state", ENVIRONMENT: "environment_state"}
    table = dataset.table()
    dataset.put(table.rename_columns([names.get(c, c) for c in table.column_names]))
    for file in (dataset.info, dataset.stats):
        with file() as value:
            value = value.get("features", value)
            for old, new in names.items():
                value[new] = value.pop(old)


# The file itself.


def text(name: str, what: str, change, *right) -> None:
    def edit(dataset: Dataset) -> None:
        dataset.write(INFO, change(dataset.path(INFO).read_bytes()))

    add(name, what, edit, *right)


text("info_with_mark", "info.json with a byte order mark", lambda b: b"\xef\xbb\xbf" + b, AS_BASE)
text("info_carriage_returns", "info.json with CRLF", lambda b: b.replace(b"\n", b"\r\n"), AS_BASE)
text("info_utf16", "info.json in UTF-16", lambda b: b.decode().encode("utf-16"), AS_BASE, refused("info\\.json"))
text("info_cut", "info.json cut short", lambda b: b[:300], refused("info\\.json"))
text("info_empty", "info.json of no bytes", lambda b: b"", refused("info\\.json"))
text("info_pointer", "info.json is a Git LFS pointer", lambda b: POINTER, refused("git.lfs"))
text("info_zeros", "info.json full of zero bytes", lambda b: bytes(len(b)), refused("info\\.json"))
text(
    "info_commas",
    "info.json with a comma too many",
    lambda b: b.replace(b'"fps": 10', b'"fps": 10,', 1).replace(b"10,,", b"10, ,", 1),
    refused("info\\.json"),
)
text(
    "info_nan",
    "info.json with NaN in an unused key",
    lambda b: b.replace(b'"fps": 10', b'"fps": 10,\n "rate": NaN', 1),
    AS_BASE,
)
text(
    "info_twice",
    "info.json with a key twice",
    lambda b: b.replace(b'"fps": 10', b'"fps": 99,\n "fps": 10', 1),
    AS_BASE,
)
text("info_list", "info.json is a list", lambda b: b"[" + b + b"]", refused("info\\.json"))
