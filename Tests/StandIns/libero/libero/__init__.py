"""What LeRobot takes from `libero.libero`."""

import os
import tempfile


def get_libero_path(name: str) -> str:
    folder = os.path.join(tempfile.gettempdir(), "libero-stand-in", name)
    os.makedirs(folder, exist_ok=True)
    return folder
