"""The pixels Pillow reads from pictures of every kind a dataset may hold.

decoding.json: per picture the file's bytes, the expected [height, width, 3] bytes after
exif_transpose and convert("RGB"), which is how LeRobot 0.4.2 (datasets/utils.py,
load_image_as_numpy) and the `datasets` image feature read it, and the bug it would catch. Of grey in 16
bits the high byte is expected, as Pillow has it for colours: LeRobot wraps those numbers.
"""

import base64
import io
import json
from pathlib import Path

from generate.golden import Case

SEED = 7


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def rgb(image):
    """The picture as it should be trained on, uint8 [height, width, 3]."""
    import numpy as np

    if image.mode.startswith("I;16"):
        return np.repeat((np.array(image) >> 8).astype(np.uint8)[..., None], 3, -1)
    return np.array(image.convert("RGB"))


def make_decoding(root: Path) -> None:
    from generate.image_files import pictures
    from PIL import Image, ImageOps

    entries = []
    for name, data, bug in pictures(SEED):
        pixels = rgb(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
        height, width, _ = pixels.shape
        entries.append(
            dict(name=name, catches=bug, file=text(data), width=width, height=height, pixels=text(pixels.tobytes()))
        )
    (root / "images/decoding.json").write_text(json.dumps(entries, indent=1) + "\n")


def cases() -> list[Case]:
    return [
        Case(
            name="images/decoding",
            files=["images/decoding.json"],
            seed=SEED,
            catches="pixels other than Pillow's, for any PNG or JPEG (each picture names its own bug)",
            make=make_decoding,
        )
    ]
