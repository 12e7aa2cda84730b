"""Videos and pictures that differ from what LeRobot records."""

import io
import subprocess

from generate.odd.bases import FPS, FRAMES, HEIGHT, WIDTH
from generate.odd.dataset import ACTION, CAMERA, EPISODES, STATE, VIDEO, Dataset
from generate.odd.variants import add, odd, refused, trains, warns

AS_CAMERA = trains("camera")
AS_MOV = trains("video_mov")
LOSSLESS = ["-c:v", "libx264", "-qp", "0", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
SMALL = ["-c:v", "libx264", "-crf", "30", "-preset", "veryslow", "-pix_fmt", "yuv420p"]
SECOND = "observation.images.wrist"
CHOOSE = (
    f'--policy.input_features={{"{CAMERA}": {{"type": "VISUAL", "shape": [3, {HEIGHT}, {WIDTH}]}}, '
    f'"{STATE}": {{"type": "STATE", "shape": [2]}}}}'
)


def ffmpeg(*arguments) -> None:
    command = ["ffmpeg", "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True)


def encode(dataset: Dataset, *arguments, before=(), target: str = VIDEO, file: str = VIDEO) -> None:
    """Encodes the base's video again, without the encoder's version in it."""
    source = dataset.path("in.mp4")
    source.write_bytes(dataset.path(file).read_bytes())
    exact = ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1"]
    ffmpeg(*before, "-i", source, *arguments, *exact, dataset.path(target))
    source.unlink()


def video(name: str, what: str, *arguments, right=(), before=(), **fields) -> None:
    def edit(dataset: Dataset) -> None:
        encode(dataset, *arguments, before=before)

    add(name, what, edit, *(right or [trains()]), base="camera", **fields)


video("video_h264", "h264 with B-frames", *SMALL, "-bf", 2, "-g", 12)
video("video_h264_one_key", "one key frame", *SMALL, "-bf", 0, "-g", 999)
video(
    "video_h265",
    "h265",
    "-c:v",
    "libx265",
    "-crf",
    30,
    "-x265-params",
    "log-level=none",
    "-pix_fmt",
    "yuv420p",
    "-tag:v",
    "hvc1",
)
video("video_mpeg4", "mpeg4", "-c:v", "mpeg4", "-q:v", 8)
video("video_mjpeg", "mjpeg of full range", "-c:v", "mjpeg", "-q:v", 12, "-pix_fmt", "yuvj420p")
video("video_444", "yuv444p", "-c:v", "libx264", "-crf", 30, "-pix_fmt", "yuv444p")
video("video_10_bit", "ten bits", "-c:v", "libx264", "-crf", 30, "-pix_fmt", "yuv420p10le")
video("video_gray", "gray, declared with three channels", "-c:v", "libx264", "-crf", 30, "-pix_fmt", "gray")
video(
    "video_bt709",
    "colours said to be BT.709",
    *SMALL,
    "-colorspace",
    "bt709",
    "-color_primaries",
    "bt709",
    "-color_trc",
    "bt709",
)
video("video_full_range", "colours said to be of full range", *SMALL, "-color_range", "pc")
video(
    "video_larger",
    "a video larger than declared",
    "-vf",
    "scale=96:72",
    *SMALL,
    right=[trains(), refused("observation\\.image.*(96|72|size)")],
)
video("video_time_base", "times in units of 1/1000 s", *SMALL, "-video_track_timescale", 1000)
video("video_faster", "a video of 20 frames a second, each twice", "-vf", "fps=20", *SMALL)
video(
    "video_slower",
    "a video that says 5 frames a second",
    *SMALL,
    before=["-r", 5],
    right=[refused("timestamp|frame|tolerance_s"), warns("fps", "any")],
)
video(
    "video_starts_late",
    "times that begin at half a second",
    *SMALL,
    "-output_ts_offset",
    0.5,
    "-avoid_negative_ts",
    "disabled",
    right=[AS_MOV, refused("file-000\\.mp4|timestamp")],
)
video(
    "video_too_short",
    "a video that lacks the last frames",
    "-frames:v",
    FRAMES - 3,
    *SMALL,
    right=[refused("file-000\\.mp4|observation\\.image")],
)
video(
    "video_fragmented",
    "a fragmented mp4",
    *SMALL,
    "-bf",
    0,
    "-movflags",
    "frag_keyframe+empty_moov",
    right=[trains("camera_h264")],
)
video("video_index_first", "the index before the frames", *SMALL, "-movflags", "+faststart")
video("camera_h264", "h264 (control)", *SMALL, "-bf", 0)


@odd("a video with frames of a longer recording after the last", trains(), base="camera")
def video_longer(dataset: Dataset) -> None:
    encode(dataset, "-vf", "tpad=stop=12:stop_mode=clone", *SMALL)


@odd("a video with sound", trains(), base="camera")
def video_with_sound(dataset: Dataset) -> None:
    sound = ["-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono"]
    encode(dataset, *sound, "-map", "0:v", "-map", "1:a", "-c:a", "aac", "-b:a", "8k", "-shortest", *SMALL)


def container(name: str, ending: str, *arguments, right=(), renamed: bool = True) -> None:
    def edit(dataset: Dataset) -> None:
        target = VIDEO.replace(".mp4", f".{ending}")
        encode(dataset, *arguments, target=target)
        if renamed:
            dataset.move(target, VIDEO)
        else:
            dataset.remove(VIDEO)
            with dataset.info() as info:
                info["video_path"] = info["video_path"].replace(".mp4", f".{ending}")

    how = "called mp4" if renamed else f"called {ending}, as video_path says"
    add(name, f"a video in {ending}, {how}", edit, *(right or [trains()]), base="camera")


container("video_mov", "mov", *SMALL, renamed=False)
container("video_mkv", "mkv", *SMALL, right=[AS_MOV, refused("mkv|Matroska")], renamed=False)
container("video_avi", "avi", *SMALL, "-bf", 0, renamed=False)
container("video_mkv_renamed", "mkv", *SMALL, right=[AS_MOV, refused("mkv|Matroska|file-000\\.mp4")])


@odd("a file a camera and episode", AS_CAMERA, base="camera")
def video_file_each(dataset: Dataset) -> None:
    import pyarrow as pa

    starts = dataset.values("dataset_from_index", EPISODES)
    lengths = dataset.values("length", EPISODES)
    source = dataset.path(VIDEO).read_bytes()
    for i, (start, length) in enumerate(zip(starts, lengths)):
        dataset.write("whole.mp4", source)
        copy = ["-c", "copy", "-avoid_negative_ts", "make_zero", "-frames:v", length]
        exact = ["-fflags", "+bitexact", "-map_metadata", "-1"]
        target = dataset.path(VIDEO.replace("file-000", f"file-{i:03d}"))
        # Every second picture is a key; one before an odd start is cut off by the edit list.
        ffmpeg(
            "-ss",
            start / FPS,
            "-i",
            dataset.path("whole.mp4"),
            *LOSSLESS[:6],
            "-pix_fmt",
            "yuv420p",
            *copy[2:],
            *exact,
            target,
        )
    dataset.remove("whole.mp4")
    dataset.lean_episodes()
    dataset.set(
        {
            f"videos/{CAMERA}/file_index": pa.array([0, 1, 2]),
            f"videos/{CAMERA}/from_timestamp": pa.array([0.0, 0.0, 0.0]),
            f"videos/{CAMERA}/to_timestamp": pa.array([length / FPS for length in lengths]),
        },
        EPISODES,
    )


@odd(
    "an episode that begins after 2048 s of its video, where float32 is no longer exact",
    trains(),
    base="camera",
    report="lerobot#3177, #3580",
    tolerance=1e-3,
)
def video_of_hours(dataset: Dataset) -> None:
    import pyarrow as pa

    # At 3 frames in 10 s, 640 frames are enough.
    rate, before = 0.3, 640
    with dataset.info() as info:
        info["fps"] = rate
    dataset.columns(timestamp=pa.array([i / rate for i in dataset.values("frame_index")], pa.float32()))
    slow = ["-vf", f"setpts=N/(0.3*TB),tpad=start={before}:color=gray", "-r", "3/10"]
    encode(dataset, *slow, *SMALL, "-g", "100", "-bf", "0", "-frames:v", before + FRAMES, before=["-r", "3/10"])
    starts = [before + i for i in dataset.values("dataset_from_index", EPISODES)]
    lengths = dataset.values("length", EPISODES)
    dataset.lean_episodes()
    dataset.set(
        {
            f"videos/{CAMERA}/from_timestamp": pa.array([s / rate for s in starts]),
            f"videos/{CAMERA}/to_timestamp": pa.array([(s + n) / rate for s, n in zip(starts, lengths)]),
        },
        EPISODES,
    )


# A second camera.


def second(dataset: Dataset, **description) -> None:
    """A copy of the camera under another name."""
    with dataset.info() as info:
        info["features"][SECOND] = info["features"][CAMERA] | description
    with dataset.stats() as stats:
        stats[SECOND] = stats[CAMERA]
    dataset.write(VIDEO.replace(CAMERA, SECOND), dataset.path(VIDEO).read_bytes())
    dataset.lean_episodes()
    table = dataset.table(EPISODES)
    names = [c for c in table.column_names if c.startswith(f"videos/{CAMERA}/")]
    dataset.set({c.replace(CAMERA, SECOND): table[c] for c in names}, EPISODES)


@odd("two cameras, one left out by input_features", trains("camera"), base="camera", arguments=[CHOOSE])
def cameras_one_chosen(dataset: Dataset) -> None:
    second(dataset)


@odd("two cameras, one cut short and left out by input_features", trains("camera"), base="camera", arguments=[CHOOSE])
def cameras_broken_left_out(dataset: Dataset) -> None:
    second(dataset)
    dataset.cut(VIDEO.replace(CAMERA, SECOND), 1 / 4)


@odd("two cameras, one cut short", refused("wrist"), base="camera")
def cameras_one_broken(dataset: Dataset) -> None:
    second(dataset)
    dataset.cut(VIDEO.replace(CAMERA, SECOND), 1 / 4)


@odd("two cameras of different sizes", trains(), base="camera")
def cameras_of_two_sizes(dataset: Dataset) -> None:
    second(dataset, shape=[72, 96, 3])
    file = VIDEO.replace(CAMERA, SECOND)
    encode(dataset, "-vf", "scale=96:72", *SMALL, file=file, target=file)


def depth(dataset: Dataset) -> None:
    description = {"video.is_depth_map": True, "video.channels": 1, "video.pix_fmt": "gray", "video.fps": FPS}
    second(dataset, shape=[HEIGHT, WIDTH, 1], info=description)
    file = VIDEO.replace(CAMERA, SECOND)
    encode(dataset, "-c:v", "libx264", "-crf", "30", "-pix_fmt", "gray", file=file, target=file)


DEPTH = {"report": "lerobot#1144, #3402, #3070, #3541"}
add(
    "depth_video",
    "a depth camera as gray video",
    depth,
    refused("depth|one channel|1 channel", "download"),
    trains(),
    base="camera",
    **DEPTH,
)
add(
    "depth_video_left_out",
    "the same, left out by input_features",
    depth,
    trains("camera"),
    base="camera",
    arguments=[CHOOSE],
    **DEPTH,
)


def depth_pictures(dataset: Dataset) -> None:
    import numpy as np
    import pyarrow as pa
    from PIL import Image

    ramp = np.linspace(0, 5000, HEIGHT * WIDTH).astype(np.uint16).reshape(HEIGHT, WIDTH)
    file = io.BytesIO()
    Image.fromarray(ramp).save(file, "PNG")
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    rows = [{"bytes": file.getvalue(), "path": None}] * FRAMES
    key = "observation.images.depth"
    dataset.set({key: pa.array(rows, type=kind)})
    dataset.feature(key, dtype="image", shape=[HEIGHT, WIDTH, 1], names=["height", "width", "channel"])
    with dataset.stats() as stats:
        numbers = {"min": 0.0, "max": 1.0, "mean": 0.5, "std": 0.3}
        stats[key] = {name: [[[x]]] for name, x in numbers.items()} | {"count": [FRAMES]}


add(
    "depth_pictures",
    "a depth camera of 16-bit pictures",
    depth_pictures,
    refused("depth|one channel|1 channel", "download"),
    base="camera",
    **DEPTH,
)
add(
    "depth_pictures_left_out",
    "the same, left out by input_features",
    depth_pictures,
    trains("camera"),
    base="camera",
    arguments=[CHOOSE],
    **DEPTH,
)

# Pictures in the table instead of a video.


def picture(index: int, mode: str = "RGB"):
    """A few coloured fields, small as a file."""
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(index)
    fields = random.integers(0, 256, (3, 4, 3), dtype=np.uint8).repeat(16, 0).repeat(16, 1)
    image = Image.fromarray(fields)
    return image.quantize(12) if mode == "P" else image.convert(mode)


def stored(index: int, form: str, mode: str, **options) -> bytes:
    file = io.BytesIO()
    picture(index, mode).save(file, form, **options)
    return file.getvalue()


STRUCT = "pa.struct([('bytes', pa.binary()), ('path', pa.string())])"


def pictures(
    name: str, what: str, *right, kind=STRUCT, form="PNG", mode="RGB", row=None, extra=None, **options
) -> None:
    """`row` makes a cell of the picture's number and bytes; LeRobot's own form is a struct."""
    row = row or (lambda i, data: {"bytes": data, "path": f"frame-{i:06d}.png"})

    def edit(dataset: Dataset) -> None:
        import pyarrow as pa

        dataset.remove("videos")
        dataset.lean_episodes()
        table = dataset.table(EPISODES)
        dataset.put(table.select([c for c in table.column_names if not c.startswith("videos/")]), EPISODES)
        files = [stored(i, form, mode, **options) for i in range(FRAMES)]
        cells = pa.array([row(i, data) for i, data in enumerate(files)], type=eval(kind, {"pa": pa}))
        dataset.set({CAMERA: cells})
        dataset.feature(CAMERA, dtype="image", info=...)
        if extra:
            extra(dataset, files)

    add(name, what, edit, *(right or [trains("pictures")]), base="camera")


def alone(dataset: Dataset, files: list[bytes]) -> None:
    for i, data in enumerate(files):
        dataset.write(f"images/{CAMERA}/frame-{i:06d}.png", data)


pictures("pictures", "pictures in the table as LeRobot stores them (control)", trains())
pictures("pictures_without_paths", "pictures without paths", row=lambda i, data: {"bytes": data, "path": None})
pictures(
    "pictures_bytes_only",
    "a struct of bytes alone",
    row=lambda i, data: {"bytes": data},
    kind="pa.struct([('bytes', pa.binary())])",
)
pictures(
    "pictures_path_first",
    "a struct with path before bytes",
    kind="pa.struct([('path', pa.string()), ('bytes', pa.binary())])",
)
pictures(
    "pictures_large",
    "a struct of large_binary and large_string",
    kind="pa.struct([('bytes', pa.large_binary()), ('path', pa.large_string())])",
)
pictures("pictures_binary", "plain bytes", kind="pa.binary()", row=lambda i, data: data)
pictures("pictures_large_binary", "plain bytes as large_binary", kind="pa.large_binary()", row=lambda i, data: data)
pictures("pictures_jpeg", "JPEG files", trains(), form="JPEG", quality=60)
pictures("pictures_webp", "WebP files", trains(), refused("WebP|observation\\.image"), form="WEBP", quality=60)
pictures(
    "pictures_palette",
    "PNG files with palettes",
    trains("pictures"),
    refused("palette|observation\\.image"),
    mode="P",
)
pictures(
    "pictures_gray",
    "gray PNG files, declared with three channels",
    trains(),
    refused("gr[ae]y|channel|observation\\.image"),
    mode="L",
)
pictures(
    "pictures_alpha",
    "PNG files with transparency, declared with three channels",
    trains("pictures"),
    refused("alpha|transparen|channel|observation\\.image"),
    mode="RGBA",
)
pictures(
    "pictures_elsewhere",
    "paths of files, no bytes",
    refused("path|observation\\.image|frame-000000"),
    trains("pictures"),
    row=lambda i, data: {"bytes": None, "path": f"images/{CAMERA}/frame-{i:06d}.png"},
    extra=alone,
)
pictures(
    "pictures_null",
    "one picture null",
    refused("episode 2.*frame 0|observation\\.image"),
    row=lambda i, data: None if i == 16 else {"bytes": data, "path": None},
)
pictures(
    "pictures_cut",
    "one picture cut short",
    refused("episode 2.*frame 0|observation\\.image"),
    row=lambda i, data: {"bytes": data[:60] if i == 16 else data, "path": None},
)


@odd("pictures as lists of numbers", refused("observation\\.image"), trains("pictures"), base="camera")
def pictures_as_lists(dataset: Dataset) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as parquet

    from generate.odd.variants import VARIANTS

    VARIANTS["pictures"].edit(dataset)
    rows = [np.asarray(picture(i)).tolist() for i in range(FRAMES)]
    dataset.set({CAMERA: pa.array(rows, type=pa.list_(pa.list_(pa.list_(pa.uint8()))))})
    parquet.write_table(dataset.table(), dataset.path("data/chunk-000/file-000.parquet"), compression="zstd")


@odd("a camera and an action of openpi's names", refused("actions"), base="camera", report="lerobot#2529, #2128")
def camera_of_openpi(dataset: Dataset) -> None:
    names = {STATE: "state", ACTION: "actions", CAMERA: "image"}
    table = dataset.table()
    dataset.put(table.rename_columns([names.get(c, c) for c in table.column_names]))
    dataset.move(f"videos/{CAMERA}", "videos/image")
    dataset.lean_episodes()
    table = dataset.table(EPISODES)
    dataset.put(table.rename_columns([c.replace(f"/{CAMERA}/", "/image/") for c in table.column_names]), EPISODES)
    with dataset.info() as info:
        info["features"] = {names.get(key, key): value for key, value in info["features"].items()}
    with dataset.stats() as stats:
        values = {names.get(key, key): value for key, value in stats.items()}
        stats.clear()
        stats.update(values)
