"""Watches a run with the real server while commands train it."""

from __future__ import annotations

import io
import shlex
import subprocess
import time
from pathlib import Path

from PIL import Image

from . import metrics
from .server import Server

PATIENCE = 60  # seconds until the server shows what is in the files


class Watch:
    """What was seen of a run."""

    def __init__(self, server: Server, run: Path):
        self.server, self.run = server, run
        self.sizes: list[int] = []
        self.wrong: list[str] = []
        self.stale_since: float | None = None
        self.longest_stale = 0.0

    def look(self) -> bool:
        """Holds the server's curves against the file; true where they are the same."""
        found = self.server.scalars()
        if not (self.run / "run.json").exists():
            return False
        now, wrong = time.monotonic(), metrics.differences(found, metrics.points(self.run))
        if not self.sizes or self.sizes[-1] != len(found):
            self.sizes.append(len(found))
        # Lines that were cut by resuming may be shown until the server looks the next time.
        self.wrong = [text for text in wrong if not text.endswith("is missing")]
        if self.wrong:
            self.stale_since = self.stale_since or now
            self.longest_stale = max(self.longest_stale, now - self.stale_since)
        else:
            self.stale_since = None
        return not wrong

    def until_same(self) -> bool:
        end = time.monotonic() + PATIENCE
        while not self.look():
            if time.monotonic() > end:
                return False
            time.sleep(0.2)
        return True


def check(run: Path, commands: list[str], is_slow: bool) -> tuple[list[tuple[str, str]], list[str]]:
    """Rows of what was seen, and what is wrong."""
    run.mkdir(parents=True, exist_ok=True)
    rows, wrong = [], []
    with Server(run, is_slow) as server:
        while not server.is_ready():
            time.sleep(0.1)
        watch = Watch(server, run)
        for command in commands:
            watch.sizes = []
            with subprocess.Popen(shlex.split(command), stdout=subprocess.DEVNULL) as process:
                while process.poll() is None:
                    watch.look()
                    time.sleep(0.1)
            if not watch.until_same():
                wrong.append(f"after `{command}`: {watch.wrong[:3] or 'points are missing'}")
            if len(watch.sizes) < 3:
                wrong.append(f"during `{command}` the curves did not grow: {watch.sizes}")
            rows.append((f"`{command}`", f"status {process.returncode}; points seen {watch.sizes}"))
        rows.append(("longest that points of cut lines were shown", f"{watch.longest_stale:.1f} s"))
        if watch.longest_stale > 10:
            wrong.append("points of cut lines stayed")
        pictures = server.pictures()
        for _, _, data in pictures:
            Image.open(io.BytesIO(data)).load()
        rows.append(("pictures served", ", ".join(f"{tag} {step}" for tag, step, _ in pictures)))
        texts = server.texts()
        rows.append(("texts served", ", ".join(sorted(texts))))
        names, sessions = server.hyperparameters()
        rows.append(("HPARAMS", f"{sessions} session, {', '.join(names)}"))
        if not pictures or "<table>" not in texts.get("run/configuration", "") or not names:
            wrong.append("no picture, no table of the configuration or no settings were served")
    return rows, wrong
