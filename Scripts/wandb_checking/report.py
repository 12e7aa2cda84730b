"""The report: Markdown tables of what had to hold and of what differs."""

import json

from .cases import Cases, Findings
from .compare import differences
from .faults import FAULTS, planted

LONGEST = 60


def shown(value) -> str:
    """A value in a cell."""
    text = value if isinstance(value, str) else json.dumps(value)
    text = text.replace("|", "\\|").replace("\n", " ")
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def written(findings: Findings) -> str:
    claims = [[claim.case, claim.what, "yes" if claim.held else "**NO**", shown(claim.detail)] for claim in findings.claims]
    rows = [
        [case, difference.part, shown(difference.item), shown(difference.theirs), shown(difference.ours),
         difference.reason or "**unexplained**"]
        for case, difference in sorted(findings.differences, key=lambda pair: bool(pair[1].reason))
    ]  # fmt: skip
    text = "## What had to hold\n\n" + table(["case", "what", "held", ""], claims)
    text += "\n## What differs\n\n"
    text += table(["case", "part", "item", "LeRobot", "ours", "why"], rows) if rows else "Nothing.\n"
    return text + f"\n{len(claims)} claims, {len(rows)} differences; {findings.wrong} wrong.\n"


def self_test(cases: Cases) -> tuple[str, int]:
    """Whether each planted fault is found, and nothing without one."""
    kept = cases.kept("offline", cases.send_offline)
    original = cases.parts_of(kept)
    rows = [["none", "yes" if not differences(original, original) else "**NO**", ""]]
    for fault in FAULTS:
        changed = cases.parts_of(kept | {"arrived": planted(kept["arrived"], fault)})
        found = [difference for difference in differences(original, changed) if not difference.reason]
        seen = f"{found[0].part}: {found[0].item}" if found else ""
        rows.append([fault.__name__.replace("_", " "), "yes" if found else "**NO**", shown(seen)])
    wrong = sum(row[1] != "yes" for row in rows)
    return table(["planted fault", "found", "first seen in"], rows) + f"\n{len(FAULTS)} faults; {wrong} wrong.\n", wrong
