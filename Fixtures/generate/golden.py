"""What a generator module declares: cases. See README.md beside this file."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """One golden: what LeRobot, torch or NumPy answered, and the bug that answer would catch.

    name       "area/what_it_is"; the area is the folder under Fixtures that holds files and manifest.
    files      the files `make` writes, relative to Fixtures; every one below the area's folder.
               A folder ends in "/" and stands for everything in it.
    catches    the bug in one clause: "a mask applied after the mean".
    make       writes the files under the folder it is given (a stand-in for Fixtures).
    seed       what everything random in `make` was seeded with; None when nothing is random.
    tolerance  how far a float may be from the stored one when generated on another machine, relative
               to the largest magnitude of its tensor or list; 0 asks for equality.
    volatile   JSON keys that differ from run to run (seconds, dates) and are not compared.
    heavy      takes minutes or the shared data; generated only when named by --only.
    """

    name: str
    files: list[str]
    catches: str
    make: Callable[[Path], None]
    seed: int | None = None
    tolerance: float = 0.0
    volatile: frozenset[str] = field(default_factory=frozenset)
    heavy: bool = False

    @property
    def area(self) -> str:
        return self.name.split("/")[0]
