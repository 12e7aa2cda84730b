"""Who is measured: this program, LeRobot as it ships, at its best setting, and on a newer torch."""

import os
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path

from .processes import ROOT, Failed, Run, run

OURS, LEROBOT, TUNED, NEWER = "ours", "LeRobot", "LeRobot, best setting", "LeRobot, newer torch"
COLUMNS = [OURS, LEROBOT, TUNED, NEWER]
PEER = ROOT / "Scripts/benching/peer.py"


def peer_python(variable: str = "LEROBOT_PEER", fall_back: bool = True) -> str | None:
    """A Python that has LeRobot: of the virtual environment that the variable names, or on PATH."""
    folder = os.environ.get(variable)
    python = f"{folder}/bin/python3" if folder else shutil.which("python3") if fall_back else None
    probe = "import importlib.util, sys; sys.exit(importlib.util.find_spec('lerobot') is None)"
    if python and Path(python).exists() and subprocess.run([python, "-c", probe]).returncode == 0:
        return python
    return None


@dataclass(frozen=True)
class Contender:
    """One way to run a training: a column of the report."""

    column: str
    program: str  # lerobot-train, or LeRobot's Python
    setting: dict[str, str] = field(default_factory=dict)

    @property
    def is_ours(self) -> bool:
        return self.column == OURS

    def tuned(self, setting: dict[str, str]) -> "Contender":
        return replace(self, column=TUNED if self.column == LEROBOT else self.column, setting=setting)

    def has(self, module: str) -> bool:
        """Whether its Python has a module; this program needs none."""
        probe = f"import importlib.util, sys; sys.exit(importlib.util.find_spec('{module}') is None)"
        return self.is_ours or subprocess.run([self.program, "-c", probe]).returncode == 0

    def command(self, arguments: list[str], runner: str | None = None) -> list[str]:
        """A training; `runner` is what LeRobot is started by."""
        start = [self.program] if self.is_ours else [self.program, runner or "-m", "lerobot.scripts.lerobot_train"]
        return [*start, *arguments]

    def run(self, arguments: list[str], runner: str | None = None, **options) -> Run:
        return run(self.command(arguments, runner), self.setting, **options)

    def ask(self, mode: str, *arguments, **options) -> Run:
        """One of the tasks of benching/peer.py, in LeRobot's Python."""
        return run([self.program, PEER, mode, *arguments], self.setting, **options)


@dataclass
class Contenders:
    """All there are; `lerobot` and `newer` are absent where they are not installed."""

    programs: Path  # the folder of lerobot-train, bench-data and bench-environment
    ours: Contender
    lerobot: Contender | None
    newer: Contender | None

    @classmethod
    def find(cls, programs: Path) -> "Contenders":
        program = programs / "lerobot-train"
        if not program.exists():
            raise Failed(f"{program} is missing; run make build")
        python, newer = peer_python(), peer_python("LEROBOT_PEER_NEW", fall_back=False)
        return cls(
            programs=programs,
            ours=Contender(OURS, str(program)),
            lerobot=Contender(LEROBOT, python) if python else None,
            newer=Contender(NEWER, newer) if newer else None,
        )

    @property
    def everyone(self) -> list[Contender]:
        """Each at its defaults."""
        return [one for one in (self.ours, self.lerobot, self.newer) if one]

    @property
    def pythons(self) -> list[Contender]:
        return self.everyone[1:]

    def program(self, name: str) -> Path:
        path = self.programs / name
        if not path.exists():
            raise Failed(f"{path} is missing; run make build")
        return path

    def versions(self) -> dict[str, dict]:
        """What each is made of, by column."""
        return {one.column: one.ask("versions").answer for one in self.pythons}


def thread_settings() -> list[dict[str, str]]:
    """What LeRobot is tried with beside its defaults, which are one spinning thread for each core."""
    cores = os.cpu_count() or 1
    counts = sorted({max(1, cores // 4), max(1, cores // 2)} - {cores})
    return [{"OMP_NUM_THREADS": str(count)} for count in counts] + [{"OMP_WAIT_POLICY": "passive"}]
