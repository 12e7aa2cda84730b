"""What was checked of each page, as a table."""

from __future__ import annotations


class Results:
    def __init__(self):
        self.rows: list[tuple[str, str, bool, str]] = []

    def add(self, page: str, claim: str, holds: bool, seen: object = "") -> None:
        self.rows.append((page, claim, bool(holds), str(seen)))

    @property
    def has_failed(self) -> bool:
        return not self.rows or any(not holds for _, _, holds, _ in self.rows)

    @property
    def markdown(self) -> str:
        lines = ["| page | claim | | seen |", "|---|---|---|---|"]
        for page, claim, holds, seen in self.rows:
            text = seen.replace("|", "\\|").replace("\n", " ")[:160]
            lines.append(f"| {page} | {claim} | {'holds' if holds else '**FAILS**'} | {text} |")
        failed = sum(not holds for _, _, holds, _ in self.rows)
        return "\n".join(lines) + f"\n\n{len(self.rows)} checks, {failed} failed."
