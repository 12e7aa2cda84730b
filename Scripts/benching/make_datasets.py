"""Makes the datasets of Scripts/bench from one that is there, in LeRobot's Python.

    PYTHON Scripts/benching/make_datasets.py two_cameras SOURCE FOLDER
    PYTHON Scripts/benching/make_datasets.py h264|images|wide SOURCE FOLDER FRAMES

two_cameras shows the source's camera twice; h264 and images hold its first frames as H.264 video, and as
PNG in Parquet; wide holds them as AV1, enlarged to 480x640. LeRobot itself writes the latter three.
"""

import functools
import json
import shutil
import sys
from pathlib import Path

SECOND = "observation.images.second"


def camera_of(information: dict) -> str:
    return next(name for name, feature in information["features"].items() if feature["dtype"] == "video")


def two_cameras(source: Path, folder: Path) -> None:
    import pyarrow.parquet as parquet

    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("videos"))
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    information = json.loads((folder / "meta/info.json").read_text())
    camera = camera_of(information)
    information["features"][SECOND] = information["features"][camera]
    (folder / "meta/info.json").write_text(json.dumps(information, indent=4))
    statistics = json.loads((folder / "meta/stats.json").read_text())
    statistics[SECOND] = statistics[camera]
    (folder / "meta/stats.json").write_text(json.dumps(statistics, indent=4))
    for path in (folder / "meta/episodes").rglob("*.parquet"):
        table = parquet.read_table(path)
        for name in table.column_names:
            if f"/{camera}/" in name:
                table = table.append_column(name.replace(camera, SECOND), table[name])
        parquet.write_table(table, path)
    (folder / "videos").mkdir()
    for name in (camera, SECOND):
        (folder / "videos" / name).symlink_to((source / "videos" / camera).resolve())


def copy(kind: str, source: Path, folder: Path, frames: int) -> None:
    import torch

    from lerobot.datasets import lerobot_dataset
    from lerobot.datasets.lerobot_dataset import LeRobotDataset

    if kind == "h264":
        encode = lerobot_dataset.encode_video_frames
        lerobot_dataset.encode_video_frames = functools.partial(encode, vcodec="h264")
    original = LeRobotDataset("local/source", root=source)
    camera = camera_of(original.meta.info)
    names = [camera, "observation.state", "action"]
    features = {name: {key: original.features[name][key] for key in ("dtype", "shape", "names")} for name in names}
    if kind == "wide":
        features[camera]["shape"] = (480, 640, 3)
    if kind == "images":
        features[camera]["dtype"] = "image"
    made = LeRobotDataset.create(
        f"local/{kind}", fps=original.fps, features=features, root=folder, use_videos=kind != "images"
    )
    for index in range(min(frames, original.num_frames)):
        item = original[index]
        picture = item[camera]
        if kind == "wide":
            picture = torch.nn.functional.interpolate(picture[None], (480, 640), mode="bilinear")[0]
        pixels = (picture * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
        values = {name: item[name].numpy() for name in names[1:]}
        made.add_frame({camera: pixels, **values, "task": item["task"]})
    made.save_episode()
    made.finalize()
    if kind != "images":
        shutil.rmtree(folder / "images", ignore_errors=True)


def main() -> None:
    kind, source, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    # Whole or not there: an interrupted run leaves nothing that looks like a dataset.
    aside = folder.with_name(f".{folder.name}")
    shutil.rmtree(aside, ignore_errors=True)
    if kind == "two_cameras":
        two_cameras(source, aside)
    else:
        copy(kind, source, aside, int(sys.argv[4]))
    aside.rename(folder)


if __name__ == "__main__":
    main()
