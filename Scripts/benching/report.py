"""What was measured, and its tables: outputs/bench/bench.json and bench.md, written after every sample."""

import datetime
import json
import os
import re
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .contenders import COLUMNS, LEROBOT, NEWER, OURS, TUNED
from .processes import OUTPUT, ROOT

QUARTILES_FROM = 8  # samples; below that the least and the most are shown
BUSY = 0.1  # of the processors with other work: too much to be quoted
PAGE, PLACE = ROOT / "Documentation/Performance.md", "## Measured\n"


@dataclass
class Row:
    """One quantity, its samples by column, and the limit it is held against."""

    case: str
    name: str
    unit: str = "s"  # s, MiB, or a rate's unit
    more_is_better: bool = False
    headline: bool = False
    samples: dict[str, list[float]] = field(default_factory=dict)
    limit: float | None = None
    limit_is: str = ""

    def median(self, column: str) -> float | None:
        return statistics.median(self.samples[column]) if self.samples.get(column) else None

    def spread(self, column: str) -> tuple[float, float]:
        values = self.samples[column]
        if len(values) < QUARTILES_FROM:
            return min(values), max(values)
        low, _, high = statistics.quantiles(values, n=4)
        return low, high

    def best_lerobot(self) -> float | None:
        """The better of LeRobot's two columns."""
        found = [value for column in (LEROBOT, TUNED) if (value := self.median(column)) is not None]
        return (max if self.more_is_better else min)(found) if found else None

    def advantage(self, theirs: float | None) -> float | None:
        """How many times better ours is."""
        ours = self.median(OURS)
        if not ours or not theirs:
            return None
        return ours / theirs if self.more_is_better else theirs / ours

    def share_of_limit(self) -> float | None:
        """1 is at the limit, for what should be small and what should be large alike."""
        ours = self.median(OURS)
        if not ours or not self.limit:
            return None
        return ours / self.limit if self.more_is_better else self.limit / ours

    def show(self, value: float) -> str:
        if self.unit == "s":
            return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.3g} s"
        return f"{value:.0f} {self.unit}" if abs(value) >= 100 else f"{value:.3g} {self.unit}"

    def cell(self, column: str) -> str:
        middle = self.median(column)
        if middle is None:
            return "–"
        if len(self.samples[column]) == 1:
            return self.show(middle)
        low, high = (self.show(value).rsplit(" ", 1)[0] if self.unit != "s" else self.show(value)
                     for value in self.spread(column))  # fmt: skip
        return f"{self.show(middle)} ({low} … {high})"


def machine() -> str:
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return f"{os.cpu_count()} cores, {model[1] if model else 'unknown processor'}"


def commit() -> str:
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() or "no commit"


class Report:
    def __init__(self, settings: dict, titles: dict[str, str], folder: Path = OUTPUT):
        self.settings, self.titles, self.folder = settings, titles, folder
        self.rows: dict[tuple[str, str], Row] = {}
        self.notes: dict[str, list[str]] = {}
        self.failures: list[str] = []
        self.other_work: dict[str, float] = {}
        self.versions: dict[str, dict] = {}
        self.began = datetime.datetime.now().isoformat(" ", "minutes")
        self.load = os.getloadavg()[0]
        self.machine, self.commit = machine(), commit()

    def row(self, case: str, name: str, **traits) -> Row:
        row = self.rows.setdefault((case, name), Row(case, name))
        for trait, value in traits.items():
            setattr(row, trait, value)
        return row

    def add(self, case: str, name: str, column: str, values: float | list[float], **traits) -> None:
        """Samples of one quantity; traits are fields of its Row."""
        row = self.row(case, name, **traits)
        values = values if isinstance(values, list) else [values]
        row.samples.setdefault(column, []).extend(values)
        self.write()

    def note(self, case: str, text: str) -> None:
        if text not in self.notes.setdefault(case, []):
            self.notes[case].append(text)
        self.write()

    def fail(self, case: str, text: str) -> None:
        self.failures.append(f"{case}: {text}")
        print(f"bench: {case}: {text}", file=sys.stderr)
        self.write()

    def write(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        record = {
            "machine": self.machine, "commit": self.commit, "began": self.began, "load_at_start": self.load,
            "settings": self.settings, "versions": self.versions, "other_work": self.other_work,
            "rows": [self.record(row) for row in self.rows.values()],
            "notes": self.notes, "failures": self.failures,
        }  # fmt: skip
        for name, text in (("bench.json", json.dumps(record, indent=2)), ("bench.md", self.markdown())):
            aside = self.folder / f".{name}"
            aside.write_text(text + "\n")
            aside.replace(self.folder / name)

    def record(self, row: Row) -> dict:
        return asdict(row) | {
            "medians": {column: row.median(column) for column in row.samples},
            "best_lerobot_over_ours": row.advantage(row.best_lerobot()),
            "newer_torch_over_ours": row.advantage(row.median(NEWER)),
            "share_of_limit": row.share_of_limit(),
        }

    def markdown(self) -> str:
        lines = ["# Beside LeRobot", "", *self.heading()]
        headlines = [row for row in self.rows.values() if row.headline and row.samples]
        if headlines:
            lines += ["", "## In short", "", *self.table(headlines, with_case=True)]
        for case in dict.fromkeys([*(row.case for row in self.rows.values()), *self.notes]):
            rows = [row for row in self.rows.values() if row.case == case and row.samples]
            lines += ["", f"## {self.titles.get(case, case)}"]
            lines += ["", *self.table(rows)] if rows else []
            notes = [f"- {note}" for note in self.notes.get(case, [])]
            notes += [f"- The limit of “{row.name}”: {row.limit_is}." for row in rows if row.limit]
            if case in self.other_work:
                notes.append(f"- Other work had {self.other_work[case]:.0%} of the processors meanwhile.")
            lines += ["", *notes] if notes else []
        if self.failures:
            lines += ["", "## What failed", "", *(f"- {text}" for text in self.failures)]
        return "\n".join(lines)

    def heading(self) -> list[str]:
        lines = [f"{self.machine}; commit {self.commit}; {self.began}; load {self.load:.1f} at the start.",
                 f"Medians, with quartiles in parentheses, or the least and the most below {QUARTILES_FROM} samples."]
        lines += [f"{column}: " + ", ".join(f"{name} {value}" for name, value in found.items()) + "."
                  for column, found in self.versions.items()]  # fmt: skip
        busy = max(self.other_work.values(), default=0)
        if busy > BUSY:
            lines.append(f"**The machine was busy with other work (up to {busy:.0%}): not to be quoted.**")
        return lines

    def table(self, rows: list[Row], with_case: bool = False) -> list[str]:
        columns = [column for column in COLUMNS if any(row.samples.get(column) for row in rows)]
        compares = LEROBOT in columns or TUNED in columns
        limits = any(row.limit for row in rows)
        heads = [*columns, *(["times better than LeRobot"] if compares else []),
                 *(["times better than newer torch"] if NEWER in columns else []),
                 *(["limit", "share of it"] if limits else [])]  # fmt: skip
        lines = [f"| | {' | '.join(heads)} |", "| --- |" + " ---: |" * len(heads)]
        for row in rows:
            name = f"{row.case}: {row.name}" if with_case else row.name
            cells = [row.cell(column) for column in columns]
            if compares:
                cells.append(times(row.advantage(row.best_lerobot())))
            if NEWER in columns:
                cells.append(times(row.advantage(row.median(NEWER))))
            if limits:
                share = row.share_of_limit()
                cells += [row.show(row.limit) if row.limit else "", f"{share:.0%}" if share else ""]
            lines.append(f"| {name} | {' | '.join(cells)} |")
        return lines


def times(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


def publish(folder: Path) -> int:
    """Puts the report at the end of Performance.md, one level deeper."""
    record = json.loads((folder / "bench.json").read_text())
    busy = max(record["other_work"].values(), default=0)
    if record["settings"]["quick"] or busy > BUSY:
        print(f"bench: not published: quick, or {busy:.0%} of the processors had other work", file=sys.stderr)
        return 1
    _, _, report = (folder / "bench.md").read_text().partition("\n")
    page, _, _ = PAGE.read_text().partition(PLACE)
    PAGE.write_text(page + PLACE + re.sub("^##", "###", report, flags=re.M))
    return 0
