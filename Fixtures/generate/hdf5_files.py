"""An HDF5 file of every kind of dataset that recordings are seen with, written by h5py."""

import json
from pathlib import Path

from generate.golden import Case

SEED = 5


def make(root: Path) -> None:
    import h5py
    import numpy as np

    random = np.random.default_rng(SEED)
    numbers = random.normal(0, 10, (4, 3))
    whole = random.integers(-1000, 1000, (4, 3))
    pixels = random.integers(0, 256, (4, 5, 6, 3)).astype(np.uint8)
    rows = [bytes(random.integers(1, 256, 3 + 2 * i).astype(np.uint8)) for i in range(4)]
    with h5py.File(root / "hdf5/kinds.hdf5", "w") as file:
        for kind in ("<f4", ">f4", "<f8", ">f8"):
            file[f"numbers/{'big' if kind[0] == '>' else 'little'}{8 * int(kind[2])}"] = numbers.astype(kind)
        file["numbers/halves"] = numbers.astype(np.float16)
        file["integers/short"] = whole.astype(">i2")
        file["integers/long"] = whole.astype(np.int64)
        file["integers/bytes"] = pixels[..., 0, 0, 0]
        file["scalar"] = np.float64(2.5)
        file["empty"] = np.zeros((0, 3), np.float32)
        file.create_dataset("pixels/plain", data=pixels)
        file.create_dataset("pixels/packed", data=pixels, chunks=(1, 5, 6, 3), compression="gzip", shuffle=True)
        file.create_dataset("pixels/lzf", data=np.zeros((4, 50, 60, 3), np.uint8), chunks=True, compression="lzf")
        file.create_dataset("rows/fixed", data=np.array(rows, dtype="S16"))
        variable = file.create_dataset("rows/variable", (4,), dtype=h5py.vlen_dtype(np.uint8))
        for i, row in enumerate(rows):
            variable[i] = np.frombuffer(row, np.uint8)
        file["text"] = ["a", "b"]
    expected = {
        "numbers": numbers.astype(np.float32).ravel().tolist(),
        "halves": numbers.astype(np.float16).astype(np.float32).ravel().tolist(),
        "doubles": numbers.ravel().tolist(),
        "integers": whole.ravel().tolist(),
        "pixels": pixels.ravel().tolist(),
        "rows": [list(row) for row in rows],
    }
    (root / "hdf5/kinds.json").write_text(json.dumps(expected) + "\n")


def cases() -> list[Case]:
    return [
        Case(
            name="hdf5/kinds",
            files=["hdf5/kinds.hdf5", "hdf5/kinds.json"],
            seed=SEED,
            catches="byte order, width, packing or a row's length misread",
            make=make,
        )
    ]
