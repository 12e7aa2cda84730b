"""Small videos in every container a dataset may hold, and the frames that are in them.

containers.json: per video its file, its frames' times in seconds, and the first 16 digits of the SHA-256 of
each frame, uint8 [3, H, W], as PyAV decodes the video from its beginning to its end. `lerobot` says how many
of them LeRobot's decode_video_frames (video_utils.py) gives with either backend when it is asked for their
times; the others are an error there, or another frame. The colours of both backends agree in all of them.
"""

import hashlib
import json
import struct
import subprocess
import tempfile
import warnings
from pathlib import Path

from generate.golden import Case
from generate.videos import AV1, FPS, X264, picture

SIZE = (64, 64)
FRAMES = 6
VP9 = "-c:v libvpx-vp9 -threads 1 -g 4 -crf 50 -b:v 0 -pix_fmt yuv420p"
H264 = f"{X264} -g 4 -bf 0 -pix_fmt yuv420p"
REORDERED = f"{X264} -g 4 -bf 2 -pix_fmt yuv420p"
MPEG4 = "-c:v mpeg4 -threads 1 -q:v 24 -g 4 -pix_fmt yuv420p"
TONE = ["-f", "lavfi", "-i", "sine=frequency=300:sample_rate=8000:duration=0.3"]
TONE_FIRST = "-map 1:a -map 0:v -c:a aac -b:a 16k"
# Frames at 0, 0.1, 0.4, 0.9 s …
UNEVEN = "-vf settb=1/1000,setpts=100*N*N -fps_mode passthrough -enc_time_base 1/1000"
# Twenty minutes between frames.
LONG = "-vf settb=1/1000,setpts=1200100*N -fps_mode passthrough -enc_time_base 1/1000"

# name, options of ffmpeg, the bug it would catch
VIDEOS = [
    ("av1.mkv", f"{AV1} -g 4 -pix_fmt yuv420p", "the place of a block taken for that of its bytes"),
    ("vp9.webm", VP9, "the place of a block taken for that of its bytes"),
    ("vp8.webm", "-c:v libvpx -threads 1 -g 4 -crf 50 -b:v 50k -auto-alt-ref 0 -pix_fmt yuv420p", "the place of a block taken for that of its bytes"),
    ("h264_reordered.mkv", REORDERED, "decoding order taken for order of showing"),
    ("sound_first.mkv", f"{H264} {TONE_FIRST}", "the sound taken for the pictures"),
    ("mjpeg.avi", "-c:v mjpeg -threads 1 -q:v 24 -pix_fmt yuvj420p", "a chunk's header read as pictures"),
    ("mpeg4.avi", MPEG4, "times that only the decoding order gives"),
    ("h264_reordered.ts", REORDERED, "samples in pieces read as one; times that do not begin at 0"),
    ("h264.mov", H264, "QuickTime's header"),
    ("av1_fragments.mp4", f"{AV1} -g 4 -pix_fmt yuv420p -movflags frag_keyframe+empty_moov", "only the first fragment's frames"),
    ("h264_fragments.mp4", f"{REORDERED} -movflags frag_keyframe+empty_moov+default_base_moof", "only the first fragment's frames"),
    ("uneven.mp4", f"{H264} {UNEVEN}", "frames counted at a constant rate"),
    ("long.mp4", f"{H264} {LONG}", "times rounded to float32"),
    ("sound_first.mp4", f"{H264} {TONE_FIRST}", "the sound taken for the pictures"),
    ("grey.mp4", f"{X264} -g 4 -bf 0 -pix_fmt gray", "one plane read as three"),
]  # fmt: skip


def run(command: list[str], data: bytes = b"") -> None:
    environment = {"SVT_LOG": "0", "PATH": "/usr/bin:/bin"}
    subprocess.run(["ffmpeg", "-v", "error", *command], input=data, check=True, env=environment)


EXACT = ["-fflags", "+bitexact", "-flags", "+bitexact", "-y"]


def encode(path: Path, options: str, size: tuple[int, int] = SIZE) -> None:
    command = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size[0]}x{size[1]}", "-r", str(FPS), "-i", "-"]
    sound = TONE if "1:a" in options else []
    data = b"".join(picture(*size, index) for index in range(FRAMES))
    run([*command, *sound, *options.split(), *EXACT, str(path)], data)


def cut(source: Path, path: Path) -> None:
    """Without its beginning, which an edit list hides."""
    run(["-ss", "0.25", "-i", str(source), "-c", "copy", *EXACT, str(path)])


def add_cover(source: Path, path: Path, folder: str) -> None:
    cover = f"{folder}/cover.jpg"
    run(["-f", "lavfi", "-i", "color=red:s=32x32", "-frames:v", "1", *EXACT, cover])
    command = ["-i", cover, "-i", str(source), "-map", "0", "-map", "1", "-c", "copy"]
    run([*command, "-disposition:v:0", "attached_pic", *EXACT, str(path)])


def misstate_size(source: Path, path: Path) -> None:
    """The same file with a header that claims half of the width and of the height."""
    data = source.read_bytes()
    claimed, real = struct.pack(">HH", SIZE[0] // 2, SIZE[1] // 2), struct.pack(">HH", *SIZE)
    at = data.index(b"avc1", data.index(b"stsd")) + 4 + 24
    assert data[at : at + 4] == real
    path.write_bytes(data[:at] + claimed + data[at + 4 :])


def make_changed(folder: Path) -> list[tuple[str, str]]:
    """Videos that are made from others. Returns names and the bugs they would catch."""
    with tempfile.TemporaryDirectory() as aside:
        plain, reordered = Path(aside, "plain.mp4"), Path(aside, "reordered.mp4")
        encode(plain, H264)
        encode(reordered, REORDERED)
        cut(plain, folder / "cut.mp4")
        cut(reordered, folder / "cut_reordered.mp4")
        add_cover(plain, folder / "cover.mp4", aside)
        add_cover(plain, folder / "cover.mkv", aside)
        misstate_size(plain, folder / "misstated.mp4")
    return [
        ("cut.mp4", "frames before the beginning of an edit list shown"),
        ("cut_reordered.mp4", "frames before the beginning of an edit list shown"),
        ("cover.mp4", "the cover taken for the video"),
        ("cover.mkv", "the cover taken for the video"),
        ("misstated.mp4", "the header's size believed"),
    ]


def frames(path: Path) -> tuple[list[float], list[bytes]]:
    """Times and pixels; of two streams the one that is marked as the default."""
    import av

    with av.open(str(path)) as container:
        streams = container.streams.video
        stream = next((one for one in streams if one.disposition & av.stream.Disposition.default), streams[0])
        decoded = list(container.decode(stream))
        pixels = [frame.to_rgb().to_ndarray().transpose(2, 0, 1).tobytes() for frame in decoded]
        return [float(frame.pts * frame.time_base) for frame in decoded], pixels


def from_lerobot(path: Path, time: float, backend: str) -> bytes | None:
    from lerobot.datasets.video_utils import decode_video_frames

    warnings.simplefilter("ignore")  # torchvision announces the end of its decoder with every frame.
    try:
        frame = decode_video_frames(path, [time], 1e-4, backend)[0]
    except Exception:
        return None
    return (frame * 255).round().byte().numpy().tobytes()


def entry(path: Path, bug: str) -> dict:
    times, pixels = frames(path)
    assert all(len(frame) == 3 * SIZE[0] * SIZE[1] for frame in pixels), path.name
    read = {
        backend: sum(from_lerobot(path, time, backend) == frame for time, frame in zip(times, pixels, strict=True))
        for backend in ("torchcodec", "pyav")
    }
    digests = [hashlib.sha256(frame).hexdigest()[:16] for frame in pixels]
    return dict(name=path.name, catches=bug, size=SIZE, times=times, lerobot=read, frames=digests)


def make_containers(root: Path) -> None:
    folder = root / "containers"
    for name, options, _ in VIDEOS:
        encode(folder / name, options)
    made = [(name, bug) for name, _, bug in VIDEOS] + make_changed(folder)
    entries = [entry(folder / name, bug) for name, bug in made]
    (folder / "containers.json").write_text(json.dumps(entries, indent=1) + "\n")


CHANGED = ["cut.mp4", "cut_reordered.mp4", "cover.mp4", "cover.mkv", "misstated.mp4"]


def cases() -> list[Case]:
    return [
        Case(
            name="containers/frames",
            files=["containers/containers.json", *(f"containers/{name}" for name in [*(video[0] for video in VIDEOS), *CHANGED])],
            catches="another frame than the asked one, or other pixels (each video names its own bug)",
            make=make_containers,
        )
    ]
