"""What was found: one page to read, and the same as JSON."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

PASS, FAIL, LEFT_OUT, MEASURED = "PASS", "FAIL", "left out", "–"


@dataclass
class Row:
    what: str
    found: str
    bound: str
    verdict: str
    values: dict = field(default_factory=dict)  # the numbers, unrounded


@dataclass
class Failure:
    what: str
    reason: str
    log: list


@dataclass
class Part:
    title: str
    rows: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    failures: list = field(default_factory=list)
    left_out: list = field(default_factory=list)
    seconds: float = 0

    def bounded(self, what: str, value: float, bound: float, said: str = "") -> None:
        """A number that must not be larger than a bound; NaN is."""
        verdict = PASS if value <= bound else FAIL
        self.rows.append(Row(what, f"{said} {number(value)}".strip(), number(bound), verdict, {"value": value}))

    def at_least(self, what: str, value: float, bound: float) -> None:
        verdict = PASS if value >= bound else FAIL
        self.rows.append(Row(what, number(value), f"at least {number(bound)}", verdict, {"value": value}))

    def measured(self, what: str, found: str, **values: float) -> None:
        self.rows.append(Row(what, found, "", MEASURED, values))

    @property
    def verdict(self) -> str:
        if self.failures or any(row.verdict == FAIL for row in self.rows):
            return FAIL
        return PASS if self.rows else LEFT_OUT

    def markdown(self, place: int) -> list:
        lines = ["", f"## {place}. {self.title}: {self.verdict}", ""]
        if self.rows:
            lines += ["| | found | bound | |", "| --- | ---: | ---: | --- |"]
            lines += [f"| {row.what} | {row.found} | {row.bound} | {row.verdict} |" for row in self.rows]
            lines.append("")
        lines += [f"- {note}" for note in self.notes]
        lines += [f"- **Left out: {text}.**" for text in self.left_out]
        lines.append(f"- It took {self.seconds:.0f} s.")
        for failure in self.failures:
            lines += ["", f"**{failure.what} failed: {failure.reason}**"]
            if failure.log:
                lines += ["", "```", *failure.log, "```"]
        return lines


def number(value: float) -> str:
    return "0" if value == 0 else f"{value:.2g}"


@dataclass
class Report:
    path: Path
    device: str
    machine: list = field(default_factory=list)  # (what, text)
    version: str = ""
    parts: list = field(default_factory=list)
    began: str = field(default_factory=lambda: time.strftime("%Y-%m-%d %H:%M:%S"))
    seconds: float = 0

    @property
    def verdict(self) -> str:
        verdicts = [part.verdict for part in self.parts]
        if FAIL in verdicts:
            return FAIL
        some_left_out = any(part.left_out for part in self.parts) or LEFT_OUT in verdicts
        return f"{PASS}, some left out" if some_left_out else PASS

    def markdown(self) -> str:
        lines = [f"# Device check on {self.device}: {self.verdict}", ""]
        lines.append(f"{self.began}, {self.seconds:.0f} s.")
        lines += ["", "| | |", "| --- | --- |", *(f"| {what} | {text} |" for what, text in self.machine)]
        lines += ["", "```", self.version, "```", "", "| part | | left out | failed |", "| --- | --- | ---: | ---: |"]
        for part in self.parts:
            failed = len(part.failures) + sum(row.verdict == FAIL for row in part.rows)
            lines.append(f"| {part.title} | {part.verdict} | {len(part.left_out)} | {failed} |")
        for place, part in enumerate(self.parts, start=1):
            lines += part.markdown(place)
        return "\n".join(lines) + "\n"

    def write(self) -> None:
        """Both files, each whole."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        record = asdict(self) | {"path": str(self.path), "verdict": self.verdict,
                                 "verdicts": [part.verdict for part in self.parts]}  # fmt: skip
        files = {self.path: self.markdown(), self.path.with_suffix(".json"): json.dumps(record, indent=2)}
        for path, text in files.items():
            aside = path.with_name(f".{path.name}")
            aside.write_text(text)
            aside.replace(path)
