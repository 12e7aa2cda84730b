"""Collects what a machine with a GPU needs for the check, and packs it."""

from __future__ import annotations

import fnmatch
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

LIMIT = 60_000_000
NAME = "device_check"
# What a training on a LeRobot dataset of AV1 videos or PNG pictures never opens.
UNUSED = ["libopenblas*", "libgfortran*", "libquadmath*", "libhdf5*", "libsz.so*", "libaec*", "libwebp*",
          "libchipmunk*", "libcurl*", "libssl*", "libcrypto*", "libtorch", "nvidia"]  # fmt: skip
SHIMS = "libCTorch-*.so"


def pack(folder: Path, archive: Path, dataset: Path, torch: str | None, script: Path) -> Path:
    """Makes `folder/device_check.tar.xz` of a program's tree or archive; raises ValueError where it cannot."""
    with tempfile.TemporaryDirectory() as temporary:
        tree = unpacked(archive, Path(temporary) / "archive")
        target = Path(temporary) / NAME
        shutil.copytree(tree, target / "program", symlinks=True, ignore=lambda _, names: unneeded(names, torch))
        shutil.copytree(dataset, target / "dataset" / dataset.name)
        shutil.copy2(script, target)
        shutil.copytree(Path(__file__).parent, target / Path(__file__).parent.name,
                        ignore=shutil.ignore_patterns("__pycache__"))  # fmt: skip
        check(target, torch)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{NAME}.tar.xz"
        with tarfile.open(path, "w:xz", preset=6) as packed:
            packed.add(target, NAME, filter=anonymous)
    size = path.stat().st_size
    if size > LIMIT:
        raise ValueError(f"{path} has {size / 1e6:.1f} MB, more than {LIMIT / 1e6:.0f}")
    return path


def unpacked(archive: Path, aside: Path) -> Path:
    """The folder that holds bin/lerobot-train."""
    if archive.is_file():
        aside.mkdir()
        # Python's tarfile knows no zstd before 3.14.
        subprocess.run(["tar", "-xf", archive, "-C", aside], check=True)
        archive = aside
    found = [archive, *sorted(path for path in archive.iterdir() if path.is_dir())]
    for folder in found:
        if (folder / "bin/lerobot-train").is_file():
            return folder
    raise ValueError(f"{archive} holds no bin/lerobot-train; make it with Scripts/dist")


def unneeded(names: list, torch: str | None) -> set:
    patterns = list(UNUSED)
    found = {name for pattern in patterns for name in fnmatch.filter(names, pattern)}
    # The empty library that stands for libtorch's is a file of another name.
    if torch:
        found |= {name for name in fnmatch.filter(names, SHIMS) if name != SHIMS.replace("*", torch)}
    return found


def check(target: Path, torch: str | None) -> None:
    shims = sorted(path.name for path in target.glob(f"program/lib/lerobot-train/{SHIMS}"))
    if not shims:
        raise ValueError(f"there is no {SHIMS.replace('*', torch or '*')} in the archive")


def anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry
