"""The two small datasets that the odd ones differ from, written by LeRobot's own API."""

import shutil
from pathlib import Path

LENGTHS = [9, 7, 8]
FRAMES = sum(LENGTHS)
TASKS = ["Push the T onto the target.", "Push it back – slowly.", "Push the T onto the target."]
FPS = 10
HEIGHT, WIDTH = 48, 64
VECTORS = {
    "observation.state": {"dtype": "float32", "shape": (2,), "names": ["x", "y"]},
    "observation.environment_state": {"dtype": "float32", "shape": (3,), "names": None},
    "action": {"dtype": "float32", "shape": (2,), "names": ["x", "y"]},
    "next.reward": {"dtype": "float32", "shape": (1,), "names": None},
    "next.done": {"dtype": "bool", "shape": (1,), "names": None},
}
CAMERA = {
    "observation.image": {
        "dtype": "video",
        "shape": (HEIGHT, WIDTH, 3),
        "names": ["height", "width", "channels"],
    },
    **{key: VECTORS[key] for key in ("observation.state", "action")},
}


def write(name: str, folder: Path) -> None:
    """Writes `vectors`, which has no camera, or `camera`."""
    import numpy as np
    from lerobot.datasets.lerobot_dataset import LeRobotDataset

    features = {"vectors": VECTORS, "camera": CAMERA}[name]
    dataset = LeRobotDataset.create(f"local/{name}", fps=FPS, features=features, root=folder)
    random = np.random.default_rng(5)
    demo = demonstrations() if name == "camera" else None
    for episode, (length, task) in enumerate(zip(LENGTHS, TASKS, strict=True)):
        for frame in range(length):
            values = {
                key: random.normal(size=feature["shape"]).astype(feature["dtype"])
                for key, feature in features.items()
                if feature["dtype"] == "float32"
            }
            if demo:
                values |= demo(episode, frame)
            else:
                values["next.done"] = np.array([frame == length - 1])
            dataset.add_frame({**values, "task": task})
        dataset.save_episode()
    dataset.finalize()
    shutil.rmtree(folder / "images", ignore_errors=True)


def demonstrations():
    """A function from episode and frame to what the demo dataset has there, its picture made small."""
    import numpy as np
    from lerobot.datasets.lerobot_dataset import LeRobotDataset
    from PIL import Image

    demo = LeRobotDataset("local/pusht_demo", root="Fixtures/datasets/pusht_demo")

    def values(episode: int, frame: int) -> dict:
        # Every third frame, so that something moves.
        item = demo[demo.meta.episodes[episode]["dataset_from_index"] + 3 * frame]
        pixels = (item["observation.image"].permute(1, 2, 0) * 255).round().byte().numpy()
        picture = Image.fromarray(pixels).resize((WIDTH, HEIGHT), Image.Resampling.BOX)
        return {
            "observation.image": np.asarray(picture),
            "observation.state": item["observation.state"].numpy(),
            "action": item["action"].numpy(),
        }

    return values
