"""Small videos of every kind a dataset may hold, and the frames LeRobot reads from them.

The pictures move and every colour occurs, so that a wrong frame, matrix or range shows. Encoded with
the ffmpeg command line, on one thread so that the bytes are the same everywhere.

frames.json: per video its frames' times in seconds, and for either backend the SHA-256 of each frame
as LeRobot's decode_video_frames gives it (video_utils.py), uint8 [3, H, W]; null where LeRobot itself
cannot read that frame.
"""

import hashlib
import json
import subprocess
import warnings
from pathlib import Path

from generate.golden import Case

FPS = 10
X264 = "-c:v libx264 -x264-params threads=1 -preset medium -crf 28"
X265 = "-c:v libx265 -preset medium -crf 30 -tag:v hvc1 -x265-params"
AV1 = "-c:v libsvtav1 -crf 40 -preset 10 -svtav1-params lp=1"

# name, (width, height), frames, options of ffmpeg, the bug it would catch
VIDEOS = [
    ("av1", (64, 64), 13, f"{AV1} -g 2 -pix_fmt yuv420p", "the frame before or after the asked one"),
    ("av1_long_group", (64, 64), 25, f"{AV1} -g 12 -pix_fmt yuv420p", "hidden frames counted as shown"),
    ("av1_10_bit", (64, 64), 5, f"{AV1} -g 2 -pix_fmt yuv420p10le", "ten bits read as eight"),
    ("av1_odd_width", (74, 70), 5, f"{AV1} -g 2 -pix_fmt yuv420p", "rows padded by the decoder"),
    ("av1_full_range", (64, 64), 5, f"{AV1}:color-range=1 -g 2 -pix_fmt yuv420p -color_range pc", "the range tag believed where swscale is not told"),
    ("av1_full_range_odd", (74, 70), 5, f"{AV1}:color-range=1 -g 2 -pix_fmt yuv420p -color_range pc", "torchcodec's other path to RGB"),
    ("h264_bt709_odd", (50, 38), 5, f"{X264} -pix_fmt yuv420p -colorspace bt709 -color_primaries bt709 -color_trc bt709", "torchcodec's other path to RGB"),
    ("h264_10_bit_odd", (50, 38), 5, f"{X264} -pix_fmt yuv420p10le", "torchcodec's other path to RGB"),
    ("h264", (64, 48), 25, f"{X264} -g 8 -bf 0 -pix_fmt yuv420p", "times shifted by the encoder's delay"),
    ("h264_reordered", (64, 48), 25, f"{X264} -g 8 -bf 3 -pix_fmt yuv420p", "decoding order taken for order of showing"),
    (
        "h264_open_groups",
        (64, 48),
        25,
        "-c:v libx264 -x264-params threads=1:open-gop=1:keyint=8:bframes=3:b-adapt=0 -crf 28 -pix_fmt yuv420p",
        "pictures shown before their key picture decoded from it alone",
    ),
    ("h264_bt709", (64, 48), 5, f"{X264} -pix_fmt yuv420p -colorspace bt709 -color_primaries bt709 -color_trc bt709", "BT.601 coefficients for BT.709 video"),
    ("h264_full_range", (64, 48), 5, f"{X264} -pix_fmt yuvj420p -color_range pc", "full range expanded once more"),
    ("h264_444", (64, 48), 5, f"{X264} -pix_fmt yuv444p", "chroma taken for subsampled"),
    ("h264_10_bit", (64, 48), 5, f"{X264} -pix_fmt yuv420p10le", "ten bits read as eight"),
    ("h264_odd_width", (50, 38), 5, f"{X264} -pix_fmt yuv420p", "cropping ignored"),
    ("h264_width_82", (82, 38), 5, f"{X264} -pix_fmt yuv420p", "rows too short for swscale's last step of eight pixels"),
    ("h264_one_group", (64, 48), 25, f"{X264} -g 250 -pix_fmt yuv420p", "a frame beyond the first key picture's reach"),
    ("hevc", (64, 48), 25, f"{X265} pools=none:frame-threads=1:keyint=8:log-level=none -pix_fmt yuv420p", "leading pictures of an open group dropped"),
    ("hevc_10_bit", (64, 48), 5, f"{X265} pools=none:frame-threads=1:log-level=none -pix_fmt yuv420p10le", "ten bits read as eight"),
    ("mpeg4", (64, 48), 25, "-c:v mpeg4 -threads 1 -q:v 6 -g 8 -pix_fmt yuv420p", "a size that only the decoder knows"),
    ("mpeg4_reordered", (64, 48), 25, "-c:v mpeg4 -threads 1 -q:v 6 -g 8 -bf 2 -pix_fmt yuv420p", "decoding order taken for order of showing"),
    ("vp9", (64, 48), 13, "-c:v libvpx-vp9 -threads 1 -g 4 -crf 40 -b:v 0 -pix_fmt yuv420p", "hidden frames counted as shown"),
    ("mjpeg", (64, 48), 5, "-c:v mjpeg -threads 1 -q:v 6 -pix_fmt yuvj420p", "full range taken for limited"),
]  # fmt: skip


def picture(width: int, height: int, index: int) -> bytes:
    """A colour wheel that drifts, and a white square on a diagonal."""
    import numpy as np

    y, x = np.mgrid[0:height, 0:width]
    wave = [128 + 127 * np.sin((x * a + y * b) / 9 + index / 4 + p) for a, b, p in ((1, 2, 0), (2, -1, 2), (-1, 1, 4))]
    pixels = np.stack(wave, -1).astype(np.uint8)
    at = 3 + index % 20
    pixels[at : at + 8, at : at + 8] = 255
    return pixels.tobytes()


def encode(path: Path, size: tuple[int, int], count: int, options: str) -> None:
    width, height = size
    command = ["ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}"]
    command += ["-r", str(FPS), "-i", "-", *options.split(), "-fflags", "+bitexact", "-flags", "+bitexact"]
    frames = b"".join(picture(width, height, index) for index in range(count))
    subprocess.run(command + ["-y", str(path)], input=frames, check=True, env={"SVT_LOG": "0", "PATH": "/usr/bin:/bin"})


def frame_times(path: Path) -> list[float]:
    import av

    with av.open(str(path)) as container:
        return [float(frame.pts * frame.time_base) for frame in container.decode(video=0)]


def digest(path: Path, time: float, backend: str) -> str | None:
    from lerobot.datasets.video_utils import decode_video_frames

    warnings.simplefilter("ignore")  # torchvision announces the end of its decoder with every frame.
    try:
        frame = decode_video_frames(path, [time], 1e-4, backend)[0]
    except Exception:
        return None
    return hashlib.sha256((frame * 255).round().byte().numpy().tobytes()).hexdigest()


def make_codecs(root: Path) -> None:
    entries = []
    for name, size, count, options, bug in VIDEOS:
        path = root / f"videos/{name}.mp4"
        encode(path, size, count, options)
        times = frame_times(path)
        entries.append(
            {
                "name": name,
                "catches": bug,
                "size": size,
                "times": times,
                **{backend: [digest(path, time, backend) for time in times] for backend in ("torchcodec", "pyav")},
            }
        )
    (root / "videos/frames.json").write_text(json.dumps(entries, indent=1) + "\n")


def cases() -> list[Case]:
    return [
        Case(
            name="videos/codecs",
            files=["videos/frames.json", *(f"videos/{video[0]}.mp4" for video in VIDEOS)],
            catches="another frame than the asked one, or other pixels (each video names its own bug)",
            make=make_codecs,
        )
    ]
