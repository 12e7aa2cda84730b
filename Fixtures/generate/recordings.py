"""Raw ALOHA recordings, and the same episodes written by LeRobot's own dataset API."""

import io
import json
from pathlib import Path

from generate.golden import Case

SEED = 3
FPS = 50
TASK = "Insert the peg."
#: By their numbers: "episode_10" comes after "episode_2", whatever the alphabet says.
LENGTHS = {0: 9, 2: 4, 10: 6}
CAMERAS = {"cam_high": (12, 16), "cam_left_wrist": (10, 14)}
JOINTS = 5


def picture(camera, frame, random):
    import numpy as np

    height, width = CAMERAS[camera]
    y, x = np.mgrid[0:height, 0:width]
    ramp = np.stack([12 * x + 3 * frame, 15 * y, 200 - 5 * x - 4 * y + frame], -1)
    return (ramp + random.integers(0, 12, ramp.shape)).clip(0, 255).astype(np.uint8)


def episode(length, random, joints=JOINTS):
    import numpy as np

    return {
        "qpos": np.cumsum(random.normal(0, 0.1, (length, joints)), 0),
        "qvel": random.normal(0, 1, (length, joints)),
        "action": random.normal(0, 1, (length, joints)).astype(np.float32),
        **{camera: np.stack([picture(camera, t, random) for t in range(length)]) for camera in CAMERAS},
    }


def jpeg(pixels) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="JPEG", quality=50)
    return buffer.getvalue()


def write_recording(path: Path, data: dict, compressed: bool) -> None:
    """As ALOHA's record_episodes.py lays an episode out."""
    import h5py
    import numpy as np

    with h5py.File(path, "w") as file:
        file.attrs["sim"] = False
        file.attrs["compress"] = compressed
        # Big-endian doubles and an effort that only one of the two kinds has: both are seen in the wild.
        file["observations/qpos"] = data["qpos"].astype(">f8")
        file["observations/qvel"] = data["qvel"].astype(np.float32)
        if compressed:
            file["observations/effort"] = data["qvel"].astype(np.float32) * 2
        file["action"] = data["action"]
        lengths = np.zeros((len(CAMERAS), len(data["action"])))
        for number, camera in enumerate(CAMERAS):
            name = f"observations/images/{camera}"
            if not compressed:
                file.create_dataset(name, data=data[camera], chunks=(1, *data[camera].shape[1:]), compression="gzip", shuffle=True)
                continue
            rows = [jpeg(pixels) for pixels in data[camera]]
            lengths[number] = [len(row) for row in rows]
            padded = np.zeros((len(rows), max(map(len, rows)) + 20), np.uint8)
            for row, content in zip(padded, rows):
                row[: len(content)] = np.frombuffer(content, np.uint8)
            file[name] = padded
        if compressed:
            file["compress_len"] = lengths


def write_lerobot(folder: Path, episodes: list[dict], compressed: bool) -> None:
    import numpy as np
    import pyarrow.parquet as pq
    from lerobot.datasets.lerobot_dataset import LeRobotDataset
    from PIL import Image

    vectors = ["observation.state", "action", "observation.velocity"] + ["observation.effort"] * compressed
    features = {key: {"dtype": "float32", "shape": (JOINTS,), "names": None} for key in vectors}
    for camera, size in CAMERAS.items():
        features[f"observation.images.{camera}"] = {
            "dtype": "image", "shape": (*size, 3), "names": ["height", "width", "channels"]
        }  # fmt: skip
    dataset = LeRobotDataset.create("us/aloha", FPS, features, root=folder, use_videos=False)
    for data in episodes:
        for t in range(len(data["action"])):
            frame = {
                "observation.state": data["qpos"][t].astype(np.float32),
                "observation.velocity": data["qvel"][t].astype(np.float32),
                "action": data["action"][t],
                "task": TASK,
            }
            if compressed:
                frame["observation.effort"] = data["qvel"][t].astype(np.float32) * 2
            for camera in CAMERAS:
                pixels = data[camera][t]
                if compressed:
                    pixels = np.array(Image.open(io.BytesIO(jpeg(pixels))))
                frame[f"observation.images.{camera}"] = pixels
            dataset.add_frame(frame)
        dataset.save_episode()
    dataset.finalize()
    # `datasets` puts a random fingerprint into the file's metadata.
    for path in folder.glob("data/*/*.parquet"):
        pq.write_table(pq.read_table(path).replace_schema_metadata(None), path)


def deviations(folder: Path) -> dict:
    """The cameras' true deviations, aggregated as LeRobot aggregates them: its own overflow."""
    from lerobot.datasets.compute_stats import aggregate_stats
    from lerobot.datasets.lerobot_dataset import LeRobotDataset

    dataset = LeRobotDataset("us/aloha", root=folder)
    ranges = [(e["dataset_from_index"], e["dataset_to_index"]) for e in dataset.meta.episodes]
    result = {}
    for key in dataset.meta.camera_keys:
        whole = None
        for start, stop in ranges:
            import numpy as np

            pixels = np.stack([dataset[i][key].numpy() for i in range(start, stop)]).astype(np.float64)
            stats = {
                "mean": pixels.mean((0, 2, 3)), "std": pixels.std((0, 2, 3)), "min": pixels.min((0, 2, 3)),
                "max": pixels.max((0, 2, 3)), "count": np.array([len(pixels)]),
            }  # fmt: skip
            stats = {k: v if k == "count" else v.reshape(3, 1, 1) for k, v in stats.items()}
            whole = {key: stats} if whole is None else aggregate_stats([whole, {key: stats}])
        result[key] = whole[key]["std"].ravel().tolist()
    return result


def make(kind: str):
    def make_kind(root: Path) -> None:
        import numpy as np

        random = np.random.default_rng(SEED)
        episodes = [episode(length, random) for length in LENGTHS.values()]
        raw = root / "recordings" / kind
        raw.mkdir(parents=True)
        for number, data in zip(LENGTHS, episodes):
            write_recording(raw / f"episode_{number}.hdf5", data, kind == "compressed")
        (raw / "recordings.json").write_text(json.dumps({"fps": FPS, "task": TASK}) + "\n")
        written = root / "recordings" / f"{kind}_lerobot"
        write_lerobot(written, episodes, kind == "compressed")
        (root / f"recordings/{kind}_deviations.json").write_text(json.dumps(deviations(written)) + "\n")

    return make_kind


def make_statistics(root: Path) -> None:
    """get_feature_stats on single episodes, and which frames sample_indices takes."""
    import numpy as np
    from lerobot.datasets.compute_stats import get_feature_stats, sample_indices

    random = np.random.default_rng(SEED)
    entries = []
    for length, width in [(1, 3), (2, 1), (7, 1), (50, 2), (131, 1), (300, 3)]:
        values = random.normal(0.3, 1, (length, width)).astype(np.float32)
        values[:, 0] = np.round(values[:, 0], 1)
        if width == 3:
            values[:, 1] = 0.25
        stats = get_feature_stats(values, 0, False)
        entries.append(
            {"width": width, "values": values.ravel().tolist(), **{k: v.tolist() for k, v in stats.items()}}
        )
    times = np.arange(300) / FPS
    stats = get_feature_stats(times, 0, True)
    entries.append({"width": 1, "isDouble": True, "values": times.tolist(), **{k: v.tolist() for k, v in stats.items()}})
    lengths = [1, 2, 99, 100, 101, 477, 800]
    sampled = [{"length": n, "frames": sample_indices(n)} for n in lengths]
    (root / "recordings/statistics.json").write_text(json.dumps({"features": entries, "sampled": sampled}) + "\n")


def make_broken(root: Path) -> None:
    """A whole episode of each kind, and one file for each fault."""
    import h5py
    import numpy as np

    def small(path: Path, change=lambda file: None, compressed=False) -> None:
        random = np.random.default_rng(SEED)
        with h5py.File(path, "w") as file:
            file["observations/qpos"] = random.normal(0, 1, (3, 2)).astype(np.float32)
            file["action"] = random.normal(0, 1, (3, 2)).astype(np.float32)
            pixels = np.stack([picture("cam_high", t, random)[:6, :8] for t in range(3)])
            if compressed:
                rows = [np.frombuffer(jpeg(frame), np.uint8) for frame in pixels]
                pixels = np.zeros((3, max(map(len, rows))), np.uint8)
                for target, row in zip(pixels, rows):
                    target[: len(row)] = row
            file["observations/images/cam"] = pixels
            change(file)

    def replaced(name, value):
        def change(file):
            del file[name]
            if value is not None:
                file[name] = value

        return change

    images = "observations/images/cam"
    other_size = np.zeros((3, 900), np.uint8)
    for target in other_size:
        row = np.frombuffer(jpeg(np.zeros((4, 4, 3), np.uint8)), np.uint8)
        target[: len(row)] = row

    faults = {
        "no_action": (replaced("action", None), False),
        "no_state": (replaced("observations/qpos", None), False),
        "short_action": (replaced("action", np.zeros((2, 2), np.float32)), False),
        "short_camera": (replaced(images, np.zeros((2, 6, 8, 3), np.uint8)), False),
        "empty": (replaced("observations/qpos", np.zeros((0, 2), np.float32)), False),
        "flat_state": (replaced("observations/qpos", np.zeros(3, np.float32)), False),
        "float_camera": (replaced(images, np.zeros((3, 6, 8, 3), np.float32)), False),
        "more_joints": (replaced("action", np.zeros((3, 4), np.float32)), False),
        "no_camera": (replaced(images, None), False),
        "other_pixels": (replaced(images, np.zeros((3, 6, 9, 3), np.uint8)), False),
        "other_jpeg_size": (replaced(images, other_size), True),
        "damaged_jpeg": (replaced(images, np.full((3, 50), 7, np.uint8)), True),
    }
    folder = root / "recordings/broken"
    folder.mkdir(parents=True)
    small(folder / "pixels.hdf5")
    small(folder / "jpeg.hdf5", compressed=True)
    for name, (change, compressed) in faults.items():
        small(folder / f"{name}.hdf5", change, compressed)


def cases() -> list[Case]:
    result = [
        Case(
            name="recordings/broken",
            files=["recordings/broken/"],
            seed=SEED,
            catches="a recording that lacks something read as if it were whole",
            make=make_broken,
        )
    ]
    result += [
        Case(
            name=f"recordings/{kind}",
            files=[f"recordings/{kind}/", f"recordings/{kind}_lerobot/", f"recordings/{kind}_deviations.json"],
            seed=SEED,
            catches=bug,
            make=make(kind),
        )
        for kind, bug in [
            ("pixels", "a raw episode read in another order, rate or type than LeRobot's converter writes it"),
            ("compressed", "JPEG rows whose padding, channels or decoding differ"),
        ]
    ]
    result.append(
        Case(
            name="recordings/statistics",
            files=["recordings/statistics.json"],
            seed=SEED,
            catches="sums in another order or type than NumPy's, quantiles of another histogram",
            make=make_statistics,
        )
    )
    return result
