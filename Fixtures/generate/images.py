"""The pixels Pillow reads from pictures of every kind a dataset may hold.

decoding.json: per picture the file's bytes, the expected [height, width, 3] bytes after
exif_transpose and convert("RGB"), which is how LeRobot 0.4.2 (datasets/utils.py,
load_image_as_numpy) and the `datasets` image feature read it, and the bug it would catch.
"""

import base64
import io
import json
from pathlib import Path

from generate.golden import Case

SEED = 7


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def make_decoding(root: Path) -> None:
    import numpy as np
    from generate.image_files import pictures
    from PIL import Image, ImageOps

    entries = []
    for name, data, bug in pictures(SEED):
        pixels = np.array(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))
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
